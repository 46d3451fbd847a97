/**
 * Public market file -> risk table -> open-book checks, for whoever makes or mends one: refusals say what to do next. Verifiers
 * import the parts, which do without. Browser-safe.
 */
import "../nextSteps.js";
import "./nextSteps.js";

export { namesAlike } from "./checkNames.js";
export { assertTableInvariants } from "./checkTable.js";
export { compareMarkets, firstDifference, type MarketDifference } from "./compareMarkets.js";
export { compileTable } from "./compileTable.js";
export { contractOf } from "./contracts.js";
export { fundParts, fundTotal } from "./fundValue.js";
export { type InstrumentTerms, instrumentTerms } from "./instrumentTerms.js";
export { worthNothing } from "./noRequirement.js";
export {
  type AssetBook,
  type BookCheck,
  insuranceChecks,
  type OpenBook,
  type OpenInterest,
  openBook,
  openInterestOf,
} from "./openBook.js";
export { type OpenTable, openTable } from "./openTable.js";
export {
  fillRates,
  type OpenRates,
  openRates,
  type PrivateModel,
  parsePrivateModel,
} from "./privateModel.js";
export { type LaneHolding, type RoundingBound, roundingBound } from "./roundingBound.js";
export {
  canonicalMarketDigest,
  type Market,
  type MarketInstrument,
  type MarketJson,
  parseMarket,
  parseMarketText,
} from "./schema.js";
export { secretRatesDigest } from "./secretRates.js";
export { type ListedInstrument, listedInstruments } from "./settlement.js";
export { type StressMove, stressMoves } from "./stressMoves.js";
export { marketSuspects, type Suspect } from "./suspects.js";
