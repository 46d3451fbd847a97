/** Rules of an exchange (YAML) -> market file. Browser-safe. */
export type { BufferReport } from "./buffers.js";
export {
  type BuildOptions,
  type BuiltMarket,
  buildMarket,
  buildSignedMarket,
  buildWithReport,
  type Hide,
  marketText,
  type SignedMarket,
} from "./buildMarket.js";
export { type PreviousEpoch, provenEpoch } from "./previousEpoch.js";
export { ruleSuspects } from "./ruleSuspects.js";
export { termsOfRules } from "./ruleTerms.js";
export { hideRates, newPrivateModel } from "./secretRates.js";
