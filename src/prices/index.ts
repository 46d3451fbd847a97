/** Attested prices: signed price files, medians of a quorum, and evidence that anyone repeats offline. */
export { checksumAddress, isAddress } from "../signing/address.js";
export { addressOfPrivateKey, type PrivateKey } from "../signing/signature.js";
export { PRICE_TYPES, priceDigest, type WalletRequest } from "./digest.js";
export { termsOfMarket, withPatterns } from "./draftTerms.js";
export type { EvidenceJson } from "./evidenceFile.js";
export type { MedianPrice } from "./instrumentPrice.js";
export { type MarketPrices, verifyMarketPrices } from "./marketPrices.js";
export { type AttestedPrices, medianPrices, type WantedPrices } from "./medianPrices.js";
export {
  POLICY_FORMAT,
  type PricePolicy,
  type PricePolicyJson,
  parsePolicy,
  parsePolicyText,
} from "./policy.js";
export {
  type Observation,
  PRICES_FORMAT,
  type PriceFile,
  type PriceFileJson,
  type UnsignedPricesJson,
} from "./priceFile.js";
export { priceTypedData, signPrices } from "./signPrices.js";
export { evidenceDigest, parseEvidence, type RepeatedEvidence, repeatEvidence } from "./verifyEvidence.js";
export { verifyPriceFile, verifyPriceFileText } from "./verifyPriceFile.js";
