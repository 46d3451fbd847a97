/** marginproof as a library for Node: prove, publish, verify, disclose and check. For browsers: `marginproof/web`. */
export { MarginproofError } from "./errors.js";
export { bestPoseidon } from "./field/bestPoseidon.js";
export { compileTable, type Market, type MarketJson, parseMarket, parseMarketText } from "./market/index.js";
export {
  type AttestedPrices,
  type MarketPrices,
  medianPrices,
  type PricePolicy,
  type PricePolicyJson,
  parsePolicyText as parsePricePolicyText,
  priceTypedData,
  signPrices,
  type UnsignedPricesJson,
  verifyMarketPrices,
  verifyPriceFileText,
} from "./prices/index.js";
export type { OpeningJson } from "./protocol/opening.js";
export { CROSS_POCKET, type PocketId } from "./protocol/pocket.js";
export type { Statement } from "./protocol/statement.js";
export type { ProverBackend } from "./prover/backends/backend.js";
export { createWasmBackend } from "./prover/backends/wasmBackend.js";
export { readBundle } from "./prover/bundleFolder.js";
export { disclose } from "./prover/disclose.js";
export { loadProfile } from "./prover/instances.js";
export { loadKeyList } from "./prover/keyFolder.js";
export { type Progress, silentProgress } from "./prover/progress.js";
export { type ProveOptions, type ProveResult, proveEpoch } from "./prover/prove.js";
export { type SetupOptions, setup } from "./prover/setup.js";
export { buildMarket, buildSignedMarket, marketText, type SignedMarket } from "./rules/index.js";
export type { BundleParts } from "./verifier/bundle.js";
export {
  type AccountFindings,
  type AccountLookup,
  checkAccount,
  type PocketFindings,
} from "./verifier/checkAccount.js";
export { type PinnedKey, parsePinnedKeys } from "./verifier/pins.js";
export type { Check, PriceStanding, Verdict } from "./verifier/verdict.js";
export { type VerifiedEpoch, type VerifyOptions, verifyEpoch } from "./verifier/verifyEpoch.js";
