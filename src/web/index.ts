/**
 * The verifier for browsers (and anything else with WebCrypto and BigInt): texts in, verdicts out. It opens no file
 * and no connection, and nothing it is built from does.
 */

export { MarginproofError } from "../errors.js";
export type { CheckOpeningOptions } from "../holder/checkOpening.js";
export { MAX_OPENING_BYTES } from "../holder/opening.js";
export type { PricePolicy } from "../prices/index.js";
export { FILE_LIMITS, type FileKind } from "../protocol/fileLimits.js";
export type { AccountReport, Health, PocketReport, PositionReport } from "../report/accountReport.js";
export { type AccountOutcome, reportOpening as checkOpening } from "../report/reportOpening.js";
export { BUNDLE_FILE_NAMES, type BundleTexts } from "../verifier/bundleTexts.js";
export type { PinnedKey } from "../verifier/pins.js";
export { parseDigest, parseKeysText, parsePricePolicyText } from "../verifier/trust.js";
export type { Check, Verdict } from "../verifier/verdict.js";
export { NOT_PROVED } from "../verifier/verdict.js";
export { type VerifiedBundle, type VerifyBundleOptions, verifyBundle } from "../verifier/verifyBundle.js";
