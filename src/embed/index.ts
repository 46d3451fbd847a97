/**
 * The verifier to embed: texts in, typed findings out. It opens no file and no connection, runs in browsers and in Node, and leaves
 * out of a bundle what is not imported.
 */

// Nothing is taken from these here. Bundlers keep the order of imports, and compression looks back 32 KiB: with the curves and
// other machinery in front, the checks stand together, and a whole verification is 1.5 kB smaller.
import "../protocol/constants.js";
import "../verifier/groth16/verifyingKey.js";
import "../verifier/groth16/verifyMany.js";
import "../field/poseidon/poseidon.js";
import "../verifier/checks/marketFile.js";

export type { CarryingJson } from "../attest/carry.js";
export { MarginproofError } from "../errors.js";
export type { PricePolicy } from "../prices/index.js";
export { parsePolicyText as parsePricePolicyText } from "../prices/index.js";
export { FILE_LIMITS, type FileKind } from "../protocol/fileLimits.js";
export type { AccountReport, Health, PocketReport, PositionReport } from "../report/accountReport.js";
export type { AccountOutcome } from "../report/reportOpening.js";
export { BUNDLE_FILE_NAMES, type BundleTexts } from "../verifier/bundleTexts.js";
export type { JudgedBy } from "../verifier/judgedBy.js";
export type { PinnedKey } from "../verifier/pins.js";
export type { VerifiedBundle, VerifyBundleOptions } from "../verifier/readParts.js";
export { parseDigest, parseKeysText } from "../verifier/trust.js";
export type { AttestedWord, Check, PriceStanding, Verdict } from "../verifier/verdict.js";
export { NOT_PROVED } from "../verifier/verdict.js";
export { signedPrices } from "../verifier/verifyEpoch.js";
export type { PriceChecker } from "../verifier/verifySteps.js";
export { withJudgedBy } from "../verifier/withJudgedBy.js";
export type { EpochName } from "./epochName.js";
export { verifyInWorker, type WorkerOptions } from "./inWorker.js";
export { checkLight, type LightCheckOptions, type LightOutcome } from "./light.js";
export type { WorkerOutcome, WorkerRequest } from "./messages.js";
export { checkAccount, type VerifyOptions, verify } from "./verify.js";
