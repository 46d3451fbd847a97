/**
 * The verifier for browsers (and anything else with WebCrypto and BigInt): texts in, verdicts out. It opens no file
 * and no connection, and nothing it is built from does.
 */
export type { AccountReport, Health, PocketReport, PositionReport } from "../cli/format/accountReport.js";
export type { AccountOutcome } from "../cli/format/checkText.js";
export { MarginproofError } from "../errors.js";
export type { PricePolicy } from "../prices/index.js";
export { MAX_OPENING_BYTES } from "../protocol/opening.js";
export type { PinnedKey } from "../verifier/pins.js";
export type { Check, Verdict } from "../verifier/verdict.js";
export { NOT_PROVED } from "../verifier/verdict.js";
export { BUNDLE_FILE_NAMES, type BundleTexts, MAX_BUNDLE_FILE_BYTES } from "./bundleTexts.js";
export { type CheckOpeningOptions, checkOpening } from "./checkOpening.js";
export { parseDigest, parseKeysText, parsePricePolicyText } from "./trust.js";
export { type VerifiedBundle, type VerifyBundleOptions, verifyBundle } from "./verifyBundle.js";
