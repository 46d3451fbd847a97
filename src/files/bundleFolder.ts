import { createReadStream } from "node:fs";
import { lstat, mkdir, open, readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MarginproofError } from "../errors.js";
import { toFieldHex } from "../field/encoding.js";
import { MAX_EVIDENCE_LENGTH } from "../prices/evidenceFile.js";
import type { StatementJson } from "../protocol/statement.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import type { BundleParts } from "../verifier/bundle.js";
import type { ProofJson } from "../verifier/groth16/proof.js";
import type { VerifyingKeyJson } from "../verifier/groth16/verifyingKey.js";
import { LITTER, PUBLIC_FILE, syncFolder, writeWhole } from "./files.js";
import { naming } from "./systemError.js";

/** The files of a published bundle; `evidence` is there exactly when the market file names price evidence. */
export const BUNDLE_FILES = {
  statement: "statement.json",
  market: "market.json",
  evidence: "price-evidence.json",
  steps: "steps.ndjson",
  verifyingKeys: "verifying-keys.json",
} as const;

/** Bounds on what is read from a bundle that nobody vouches for. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;
const MAX_STEP_LINE = 4096;
const MAX_STEPS = 131_072;

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
  await write(BUNDLE_FILES.statement, `${JSON.stringify(bundle.statement, null, 1)}\n`);
  await write(BUNDLE_FILES.market, bundle.marketText);
  if (bundle.evidenceText !== undefined) await write(BUNDLE_FILES.evidence, bundle.evidenceText);
  await write(BUNDLE_FILES.verifyingKeys, `${JSON.stringify(bundle.verifyingKeys, null, 1)}\n`);
  const path = join(folder, BUNDLE_FILES.steps);
  await naming(path, async () => {
    const steps = await open(path, "wx", PUBLIC_FILE);
    try {
      for await (const { stateOut, proof } of bundle.steps) {
        await steps.appendFile(`${JSON.stringify({ stateOut: toFieldHex(stateOut), proof })}\n`);
      }
      await steps.sync();
    } finally {
      await steps.close();
    }
  });
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
export async function readBundle(folder: string): Promise<BundleParts> {
  const names = await readdir(folder).catch((cause: Error) => {
    throw new MarginproofError("BUNDLE_UNREADABLE", `can't open bundle ${folder}: ${cause.message}`, {
      kind: "io",
      cause,
      hint: "A bundle is a folder with statement.json, market.json, steps.ndjson and verifying-keys.json.",
    });
  });
  const expected: readonly string[] = Object.values(BUNDLE_FILES);
  const wrong = [
    ...names
      .filter((name) => !expected.includes(name) && !LITTER.test(name))
      .slice(0, 5)
      .map((name) => `unexpected ${JSON.stringify(name)}`),
    ...expected
      .filter((name) => name !== BUNDLE_FILES.evidence && !names.includes(name))
      .map((name) => `missing ${name}`),
  ];
  if (wrong.length > 0) throw invalidBundle("BUNDLE_FILES", `${folder}: ${wrong.join(", ")}`);
  const text = (name: string, limit = MAX_FILE_BYTES): Promise<string> =>
    readBounded(join(folder, name), limit);
  return {
    statement: parseStrictJson(await text(BUNDLE_FILES.statement), BUNDLE_FILES.statement),
    marketText: await text(BUNDLE_FILES.market),
    ...(names.includes(BUNDLE_FILES.evidence)
      ? { evidenceText: await text(BUNDLE_FILES.evidence, MAX_EVIDENCE_LENGTH) }
      : {}),
    verifyingKeys: parseStrictJson(await text(BUNDLE_FILES.verifyingKeys), BUNDLE_FILES.verifyingKeys),
    steps: await readSteps(join(folder, BUNDLE_FILES.steps)),
  };
}

/** Text of a plain file, never more than `limit` bytes of it: no link, pipe or device is followed. */
async function readBounded(path: string, limit: number): Promise<string> {
  if (!(await lstat(path)).isFile()) throw invalidBundle("BUNDLE_FILES", `${path} is not a plain file`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of createReadStream(path, { end: limit }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
  }
  if (size > limit) throw invalidBundle("BUNDLE_TOO_LARGE", `${path} is larger than ${limit} bytes`);
  return Buffer.concat(chunks).toString("utf8");
}

async function readSteps(path: string): Promise<unknown[]> {
  const lines = (await readBounded(path, MAX_FILE_BYTES)).split("\n", MAX_STEPS + 2);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length > MAX_STEPS || lines.some((line) => line.length > MAX_STEP_LINE)) {
    throw invalidBundle("BUNDLE_TOO_LARGE", `${path} has too many or too long lines`);
  }
  return lines.map((line, index) => parseStrictJson(line, `${BUNDLE_FILES.steps} line ${index + 1}`));
}

function invalidBundle(code: string, message: string): MarginproofError {
  return new MarginproofError(code, message, {
    kind: "invalid",
    hint: "The bundle is damaged or was altered; fetch it again from the exchange.",
  });
}
