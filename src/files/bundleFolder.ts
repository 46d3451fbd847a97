import { type FileHandle, lstat, mkdir, readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MarginproofError } from "../errors.js";
import { toFieldHex } from "../field/encoding.js";
import { FILE_LIMITS, tooLarge } from "../protocol/fileLimits.js";
import type { StatementJson } from "../protocol/statement.js";
import type { BundleParts } from "../verifier/bundle.js";
import {
  BUNDLE_FILE_NAMES,
  type BundlePart,
  bundleFileKind,
  missingNames,
  parseBundleTexts,
  unexpectedNames,
} from "../verifier/bundleTexts.js";
import type { ProofJson } from "../verifier/groth16/proof.js";
import type { VerifyingKeyJson } from "../verifier/groth16/verifyingKey.js";
import { invalidBundle } from "../verifier/invalidBundle.js";
import { PUBLIC_FILE, readPlainFile, syncFolder, systemReason, writeWhole } from "./files.js";
import { naming } from "./systemError.js";

export interface NewBundle {
  readonly statement: StatementJson;
  readonly marketText: string;
  readonly evidenceText?: string | undefined;
  readonly verifyingKeys: Readonly<Record<string, VerifyingKeyJson>>;
  readonly steps: AsyncIterable<{ readonly stateOut: bigint; readonly proof: ProofJson }>;
}

/** Writes a new folder with a bundle's files and makes all of it durable. */
export async function writeBundle(folder: string, bundle: NewBundle): Promise<void> {
  await naming(folder, () => mkdir(folder));
  const write = (name: string, text: string) => writeWhole(join(folder, name), text, PUBLIC_FILE);
  await write(BUNDLE_FILE_NAMES.statement, `${JSON.stringify(bundle.statement, null, 1)}\n`);
  await write(BUNDLE_FILE_NAMES.market, bundle.marketText);
  if (bundle.evidenceText !== undefined) await write(BUNDLE_FILE_NAMES.evidence, bundle.evidenceText);
  await write(BUNDLE_FILE_NAMES.verifyingKeys, `${JSON.stringify(bundle.verifyingKeys, null, 1)}\n`);
  const writeSteps = async (file: FileHandle): Promise<void> => {
    for await (const { stateOut, proof } of bundle.steps) {
      await file.appendFile(`${JSON.stringify({ stateOut: toFieldHex(stateOut), proof })}\n`);
    }
  };
  await writeWhole(join(folder, BUNDLE_FILE_NAMES.steps), writeSteps, PUBLIC_FILE);
  await syncFolder(folder);
}

/**
 * Gives a folder its name in one rename, and makes that durable: never half a bundle. An empty folder of that name is
 * replaced, anything else is not.
 */
export async function nameBundle(folder: string, out: string): Promise<void> {
  await rename(folder, out);
  await syncFolder(dirname(out));
}

/**
 * Reads a bundle's files, bounded in size, without believing any of them.
 * @throws MarginproofError BUNDLE_UNREADABLE (I/O); BUNDLE_TOO_LARGE, BUNDLE_FILES, and those of parseStrictJson
 */
export function readBundle(folder: string): Promise<BundleParts> {
  return readFiles(folder, (path) => readPart(path, "steps"));
}

/** The same, as if it had no steps, for whoever reads these otherwise. @throws as `readBundle` */
export function readAllButSteps(folder: string): Promise<BundleParts> {
  return readFiles(folder, () => Promise.resolve(""));
}

async function readFiles(folder: string, steps: (path: string) => Promise<string>): Promise<BundleParts> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw unreadable(folder, cause);
  });
  const wrong = [...unexpectedNames(names), ...missingNames(names)];
  if (wrong.length > 0) throw invalidBundle("BUNDLE_FILES", `${folder}: ${wrong.join(", ")}`);
  const text = (part: BundlePart): Promise<string> => readPart(join(folder, BUNDLE_FILE_NAMES[part]), part);
  return parseBundleTexts({
    statement: await text("statement"),
    market: await text("market"),
    ...(names.includes(BUNDLE_FILE_NAMES.evidence) ? { evidence: await text("evidence") } : {}),
    steps: await steps(join(folder, BUNDLE_FILE_NAMES.steps)),
    verifyingKeys: await text("verifyingKeys"),
  });
}

/** Text of a bundle's file: no link, pipe or device is followed, and nothing above the limit is read. */
async function readPart(path: string, part: BundlePart): Promise<string> {
  const found = await lstat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (!found.isFile()) throw invalidBundle("BUNDLE_FILES", `${path} is not a plain file`);
  const kind = bundleFileKind(part);
  const text = await readPlainFile(path, FILE_LIMITS[kind]).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (text === undefined) throw invalidBundle("BUNDLE_TOO_LARGE", `${path} is ${tooLarge(kind)}`);
  return text;
}

function unreadable(path: string, cause: unknown): MarginproofError {
  return new MarginproofError("BUNDLE_UNREADABLE", `can't read bundle ${path}: ${systemReason(cause)}`, {
    kind: "io",
    cause,
    hint: "A bundle is a folder with statement.json, market.json, steps.ndjson and verifying-keys.json.",
  });
}
