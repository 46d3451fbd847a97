import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { MarginproofError } from "../errors.js";
import { toFieldHex } from "../field/encoding.js";
import type { StatementJson } from "../protocol/statement.js";
import type { BundleParts } from "../verifier/bundle.js";
import type { ProofJson } from "../verifier/groth16/proof.js";
import type { VerifyingKeyJson } from "../verifier/groth16/verifyingKey.js";
import { PUBLIC_FILE, readNamedFile, syncFolder, writeWhole } from "./files.js";

/** The files of a published bundle. */
export const BUNDLE_FILES = {
  statement: "statement.json",
  market: "market.json",
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
  readonly verifyingKeys: Readonly<Record<string, VerifyingKeyJson>>;
  readonly steps: AsyncIterable<{ readonly stateOut: bigint; readonly proof: ProofJson }>;
}

/** Writes a bundle aside, makes it durable, and gives it its name in one rename: never half a bundle. */
export async function publishBundle(
  out: string,
  bundle: NewBundle,
  check: (aside: string) => Promise<void>,
): Promise<void> {
  const parent = dirname(out);
  await mkdir(parent, { recursive: true });
  const aside = join(parent, `.${basename(out)}.${randomBytes(6).toString("hex")}.partial`);
  await mkdir(aside);
  try {
    const write = (name: string, text: string) => writeWhole(join(aside, name), text, PUBLIC_FILE);
    await write(BUNDLE_FILES.statement, `${JSON.stringify(bundle.statement, null, 1)}\n`);
    await write(BUNDLE_FILES.market, bundle.marketText);
    await write(BUNDLE_FILES.verifyingKeys, `${JSON.stringify(bundle.verifyingKeys, null, 1)}\n`);
    const steps = await open(join(aside, BUNDLE_FILES.steps), "wx", PUBLIC_FILE);
    try {
      for await (const { stateOut, proof } of bundle.steps) {
        await steps.write(`${JSON.stringify({ stateOut: toFieldHex(stateOut), proof })}\n`);
      }
      await steps.sync();
    } finally {
      await steps.close();
    }
    await check(aside);
    await syncFolder(aside);
    await rename(aside, out);
    await syncFolder(parent);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Reads a bundle's files, bounded in size, without believing any of them.
 * @throws MarginproofError BUNDLE_UNREADABLE (I/O), BUNDLE_TOO_LARGE, BUNDLE_NOT_JSON, BUNDLE_FILES (not valid)
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
    ...names.filter((name) => !expected.includes(name)).map((name) => `unexpected ${name}`),
    ...expected.filter((name) => !names.includes(name)).map((name) => `missing ${name}`),
  ];
  if (wrong.length > 0) throw invalidBundle("BUNDLE_FILES", `${folder}: ${wrong.join(", ")}`);
  const text = async (name: string): Promise<string> => {
    const path = join(folder, name);
    if ((await stat(path)).size > MAX_FILE_BYTES)
      throw invalidBundle("BUNDLE_TOO_LARGE", `${path} is too large`);
    return readNamedFile(path, "bundle file");
  };
  return {
    statement: parseJson(await text(BUNDLE_FILES.statement), BUNDLE_FILES.statement),
    marketText: await text(BUNDLE_FILES.market),
    verifyingKeys: parseJson(await text(BUNDLE_FILES.verifyingKeys), BUNDLE_FILES.verifyingKeys),
    steps: await readSteps(join(folder, BUNDLE_FILES.steps)),
  };
}

async function readSteps(path: string): Promise<unknown[]> {
  if ((await stat(path)).size > MAX_STEPS * MAX_STEP_LINE) {
    throw invalidBundle("BUNDLE_TOO_LARGE", `${path} is too large`);
  }
  const steps: unknown[] = [];
  for await (const line of createInterface({
    input: createReadStream(path, "utf8"),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (line.length > MAX_STEP_LINE || steps.length === MAX_STEPS) {
      throw invalidBundle(
        "BUNDLE_TOO_LARGE",
        `${path} line ${steps.length + 1} is too long, or there are too many`,
      );
    }
    steps.push(parseJson(line, `${BUNDLE_FILES.steps} line ${steps.length + 1}`));
  }
  return steps;
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw invalidBundle("BUNDLE_NOT_JSON", `${what} is not JSON: ${(cause as Error).message}`);
  }
}

function invalidBundle(code: string, message: string): MarginproofError {
  return new MarginproofError(code, message, {
    kind: "invalid",
    hint: "The bundle is damaged or was altered; fetch it again from the exchange.",
  });
}
