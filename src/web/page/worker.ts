import "./jitless.js";
import { MarginproofError } from "../../errors.js";
import { MAX_OPENING_BYTES } from "../../holder/opening.js";
import { reportOpening } from "../../report/reportOpening.js";
import { type BundleTexts, MAX_BUNDLE_FILE_BYTES } from "../../verifier/bundleTexts.js";
import type { PinnedKey } from "../../verifier/pins.js";
import { parseKeysText, parsePricePolicyText } from "../../verifier/trust.js";
import { verifyBundle } from "../../verifier/verifyBundle.js";
import type { CheckRequest, CheckResult, WorkerMessage } from "./messages.js";

/** The package's development keys, put here by the build: see scripts/buildWeb.ts. */
declare const DEVELOPMENT_KEYS: readonly PinnedKey[];

const post = (message: WorkerMessage): void => globalThis.postMessage(message);

globalThis.addEventListener("message", ({ data }: MessageEvent<CheckRequest>) => {
  check(data).then(
    (result) => post({ type: "result", result }),
    (error: unknown) => post(describe(error)),
  );
});

async function check(request: CheckRequest): Promise<CheckResult> {
  const begin = performance.now();
  post({ type: "stage", text: "Reading the files" });
  const texts = await readBundleFiles(request.bundle);
  const opening = await readText(request.opening, MAX_OPENING_BYTES);
  // The package's keys come first: no file can pass a known development key off as another.
  const pins =
    request.keys === undefined
      ? DEVELOPMENT_KEYS
      : [...DEVELOPMENT_KEYS, ...parseKeysText(await readText(request.keys, MAX_BUNDLE_FILE_BYTES))];
  const pricePolicy =
    request.pricePolicy && parsePricePolicyText(await readText(request.pricePolicy, MAX_BUNDLE_FILE_BYTES));
  post({ type: "stage", text: "Rebuilding the risk table and verifying the proofs" });
  const bundle = verifyBundle(texts, {
    pins,
    allowDevKeys: request.allowDevKeys,
    ...(pricePolicy === undefined ? {} : { pricePolicy }),
    ...(request.digest === undefined ? {} : { expectedDigest: request.digest }),
    onProgress: (done, total) => post({ type: "progress", done, total }),
  });
  post({ type: "stage", text: "Looking for your account" });
  const account = reportOpening(opening, bundle, { account: request.account });
  const { verdict, statement } = bundle;
  return {
    verdict,
    account,
    epoch: statement && { exchange: statement.exchange, epoch: statement.epoch, time: statement.time },
    milliseconds: performance.now() - begin,
  };
}

async function readBundleFiles(files: CheckRequest["bundle"]): Promise<BundleTexts> {
  const read = (file: File): Promise<string> => readText(file, MAX_BUNDLE_FILE_BYTES);
  return {
    statement: await read(files.statement),
    market: await read(files.market),
    ...(files.evidence === undefined ? {} : { evidence: await read(files.evidence) }),
    steps: await read(files.steps),
    verifyingKeys: await read(files.verifyingKeys),
  };
}

/** A file's text exactly as Node decodes it: `File.text()` would drop a byte order mark. */
async function readText(file: File, limit: number): Promise<string> {
  if (file.size > limit) {
    throw new MarginproofError("FILE_TOO_LARGE", `${file.name} is larger than ${limit} bytes`, {
      kind: "io",
      hint: "Is it the right file? None that marginproof writes comes near this size.",
    });
  }
  let bytes: ArrayBuffer;
  try {
    bytes = await file.arrayBuffer();
  } catch (cause) {
    throw new MarginproofError("FILE_UNREADABLE", `can't read ${file.name}: ${(cause as Error).message}`, {
      kind: "io",
      cause,
      hint: "The file may have been changed or moved since you chose it. Choose it again.",
    });
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function describe(error: unknown): WorkerMessage {
  if (!(error instanceof MarginproofError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { type: "error", code: "UNEXPECTED", message };
  }
  const { code, message, options } = error;
  return { type: "error", code, message, ...(options.hint === undefined ? {} : { hint: options.hint }) };
}
