/** marginproof as a library for Node: prove, publish, verify, disclose and check. For browsers: `marginproof/web`. */
export { type AttestOptions, attest } from "./attest/attest.js";
export { type Attestation, verifyAttestation } from "./attest/attestation.js";
export { type Auditors, type AuditorsJson, parseAuditorsText } from "./attest/auditors.js";
export { type AuditorsOptions, auditorsSource } from "./attest/auditorsSource.js";
export { type CarryingJson, carry } from "./attest/carry.js";
export {
  type LightEpoch,
  type LightEpochParts,
  type LightLookup,
  type LightOptions,
  lookUpLight,
} from "./attest/lightCheck.js";
export type { ProofSource, StatementFacts } from "./attest/proofSource.js";
export { verifyLight } from "./attest/verifyLight.js";
export { MarginproofError } from "./errors.js";
export { bestPoseidon } from "./field/poseidon/bestPoseidon.js";
export { readBundle } from "./files/bundleFolder.js";
export { type Progress, type StageId, silentProgress } from "./files/progress.js";
export {
  type AccountFindings,
  type AccountLookup,
  checkAccount,
  type PocketFindings,
} from "./holder/checkAccount.js";
export type { OpeningJson } from "./holder/opening.js";
export { loadProfile, type Profile, profileInstances } from "./keys/instances.js";
export { loadKeyList } from "./keys/keyFolder.js";
export { type SetupOptions, setup } from "./keys/setup.js";
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
export { CROSS_POCKET, type PocketId } from "./protocol/pocket.js";
export type { Statement } from "./protocol/statement.js";
export type { AccountsBehind } from "./prover/accountsBehind.js";
export type { ProofJob, ProofResult, ProverBackend, Witness } from "./prover/backend.js";
export { type BackendName, type ChosenBackend, chooseBackend } from "./prover/chooseBackend.js";
export { disclose } from "./prover/disclose.js";
export { type Diagnosis, type DoctorOptions, diagnose } from "./prover/doctor/diagnose.js";
export type { Finding } from "./prover/doctor/finding.js";
export { type ProveOptions, type ProveResult, proveEpoch } from "./prover/prove.js";
export { createWasmBackend } from "./prover/wasm/wasmBackend.js";
export { assertNotClaimedTwice } from "./reserves/claims.js";
export { heldReserves, withReserves } from "./reserves/heldReserves.js";
export { parseReservesText, type ReserveFile } from "./reserves/reserveFile.js";
export { parseReservePolicyText, type ReservePolicy } from "./reserves/reservePolicy.js";
export { askContracts, connectAll } from "./reserves/rpc/nodes.js";
export { type ReserveReport, verifyReserves } from "./reserves/verifyReserves.js";
export { buildMarket, buildSignedMarket, marketText, type SignedMarket } from "./rules/index.js";
export type { BundleParts } from "./verifier/bundle.js";
export type { VerifyOptions } from "./verifier/options.js";
export { type PinnedKey, parsePinnedKeys } from "./verifier/pins.js";
export type { Check, PriceStanding, Verdict } from "./verifier/verdict.js";
export { type VerifiedEpoch, verifyEpoch } from "./verifier/verifyEpoch.js";
