import type { LightEpoch } from "../../attest/lightCheck.js";
import { lightEpoch } from "../../embed/lightEpoch.js";
import { MarginproofError, sayNextSteps } from "../../errors.js";
import { MARKET_STEPS } from "../../market/nextSteps.js";
import { NEXT_STEPS } from "../../nextSteps.js";
import { FILE_LIMITS, type FileKind, tooLarge } from "../../protocol/fileLimits.js";
import { type BookReport, bookReport } from "../../report/bookReport.js";
import { reportOpening } from "../../report/reportOpening.js";
import { type BundlePart, type BundleTexts, bundleFileKind } from "../../verifier/bundleTexts.js";
import type { PinnedKey } from "../../verifier/pins.js";
import { parseKeysText, parsePricePolicyText } from "../../verifier/trust.js";
import { type VerifiedBundle, type VerifyBundleOptions, verifyBundle } from "../../verifier/verifyBundle.js";
import { withJudgedBy } from "../../verifier/withJudgedBy.js";
import type { BundleFiles } from "./bundlePicker.js";
import {
  type CheckRequest,
  type CheckResult,
  describe,
  type EarlierEpoch,
  type FullRequest,
  type LightRequest,
  type WorkerMessage,
} from "./messages.js";

/** The package's development keys, put here by the build: see scripts/buildWeb.ts. */
declare const DEVELOPMENT_KEYS: readonly PinnedKey[];

sayNextSteps(NEXT_STEPS);
sayNextSteps(MARKET_STEPS);

const post = (message: WorkerMessage): void => globalThis.postMessage(message);

globalThis.addEventListener("message", ({ data }: MessageEvent<CheckRequest>) => {
  check(data).then(
    (result) => post({ type: "result", result }),
    (error: unknown) => post(describe(error)),
  );
});

const check = (request: CheckRequest): Promise<CheckResult> =>
  request.kind === "light" ? checkLight(request) : checkAll(request);

async function checkLight(request: LightRequest): Promise<CheckResult> {
  const begin = performance.now();
  post({ type: "stage", text: "Looking for your account" });
  const { statement, market, attestations, digest, account, allowDevKeys } = request;
  const found = lightEpoch(await readText(request.opening, "holder's file"), {
    auditors: await readText(request.auditors, "list of auditors"),
    ...{ account, allowDevKeys },
    // Whatever an auditor calls them.
    developmentKeys: DEVELOPMENT_KEYS.map(({ keyDigest }) => keyDigest),
    judge: withJudgedBy,
    ...(statement === undefined ? {} : { statement: await readText(statement, "bundle file") }),
    ...(market === undefined ? {} : { market: await readText(market, "market file") }),
    ...(attestations.length === 0
      ? {}
      : { attestations: await Promise.all(attestations.map((file) => readText(file, "attestation"))) }),
    ...(digest === undefined ? {} : { expectedDigest: digest }),
  });
  return {
    verdict: found.epoch.verdict,
    account: found.account,
    book: bookOf(found.epoch),
    earlier: undefined,
    milliseconds: performance.now() - begin,
  };
}

async function checkAll(request: FullRequest): Promise<CheckResult> {
  const begin = performance.now();
  post({ type: "stage", text: "Reading the files" });
  const texts = await readBundleFiles(request.bundle);
  const opening = request.holder && (await readText(request.holder.opening, "holder's file"));
  // The package's keys come first: no file can pass a known development key off as another.
  const pins =
    request.keys === undefined
      ? DEVELOPMENT_KEYS
      : [...DEVELOPMENT_KEYS, ...parseKeysText(await readText(request.keys, "trusted keys"))];
  const pricePolicy =
    request.pricePolicy && parsePricePolicyText(await readText(request.pricePolicy, "price policy"));
  const trust: VerifyBundleOptions = {
    pins,
    allowDevKeys: request.allowDevKeys,
    ...(pricePolicy === undefined ? {} : { pricePolicy }),
    onProgress: (done, total) => post({ type: "progress", done, total }),
  };
  post({ type: "stage", text: "Rebuilding the risk table and verifying the proofs" });
  const digest = request.digest === undefined ? {} : { expectedDigest: request.digest };
  const bundle = verifyBundle(texts, { ...trust, ...digest });
  if (opening !== undefined) post({ type: "stage", text: "Looking for your account" });
  const account =
    opening === undefined ? undefined : reportOpening(opening, bundle, { account: request.holder!.account });
  const earlier = request.earlier === undefined ? undefined : await checkEarlier(request.earlier, trust);
  return {
    verdict: bundle.verdict,
    account,
    book: bookOf(bundle),
    earlier,
    milliseconds: performance.now() - begin,
  };
}

async function checkEarlier(files: BundleFiles, trust: VerifyBundleOptions): Promise<EarlierEpoch> {
  post({ type: "stage", text: "Verifying the other epoch" });
  const texts = await readBundleFiles(files);
  const bundle = verifyBundle(texts, trust);
  return { verdict: bundle.verdict, book: bookOf(bundle) };
}

/** Figures are shown only of what is proved. */
function bookOf({ verdict, statement, market, table }: LightEpoch | VerifiedBundle): BookReport | undefined {
  if (!verdict.proved || statement === undefined || market === undefined || table === undefined)
    return undefined;
  return bookReport(statement, market, table);
}

async function readBundleFiles(files: BundleFiles): Promise<BundleTexts> {
  const read = (part: Exclude<BundlePart, "evidence">): Promise<string> =>
    readText(files[part], bundleFileKind(part));
  const { evidence } = files;
  return {
    statement: await read("statement"),
    market: await read("market"),
    ...(evidence === undefined ? {} : { evidence: await readText(evidence, bundleFileKind("evidence")) }),
    steps: await read("steps"),
    verifyingKeys: await read("verifyingKeys"),
  };
}

/** A file's text exactly as Node decodes it: `File.text()` would drop a byte order mark. */
async function readText(file: File, kind: FileKind): Promise<string> {
  if (file.size > FILE_LIMITS[kind]) {
    throw new MarginproofError("FILE_TOO_LARGE", `${file.name} is ${tooLarge(kind)}`, {
      kind: "io",
      hint: "Check that it is the right file.",
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
