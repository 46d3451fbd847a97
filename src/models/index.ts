/** Margin models: attested prices and an exchange's rules -> the figures of a market file. Pure functions of decimals. */
export {
  DAYS_PER_YEAR,
  type Greeks,
  type OptionTerms,
  optionGreeks,
  optionValue,
  yearsOf,
} from "./black76.js";
export { DELTA_PLUS, type DeltaPlusParameters, deltaPlusTable, unitCharges } from "./deltaPlus.js";
export { type DeribitChoices, deribitTable } from "./deribit.js";
export { type DeribitMargins, deribitReference, type Holding, jointWorst } from "./deribitReference.js";
export { DERIBIT_BTC, type DeribitParameters, deribitExtended, deribitStandard } from "./deribitScenarios.js";
export { type HybridParameters, hybridTable } from "./hybrid.js";
export {
  cashDelta,
  type InverseInstrument,
  type LinearInstrument,
  type ModelInstrument,
  notionalOf,
  type OptionInstrument,
  termsOf,
} from "./instrument.js";
export type { ChargeTier, InstrumentFigures, ModelTable } from "./modelTable.js";
export { NORMAL_ERROR, normalCdf, normalPdf } from "./normal.js";
export { OKX_MAJOR, type OkxParameters, okxScenarios, okxTable } from "./okx.js";
export { type ParadexParameters, paradexLike, paradexScenarios, paradexTable } from "./paradex.js";
export { type Amount, PRECISION, Precise } from "./precise.js";
export { inverseCoinGain, revalue, revalueAll } from "./revalue.js";
export { grid, type Scenario, shiftedVolatility, type VolShift } from "./scenarioGrid.js";
export { type SpanParameters, span16, spanTable } from "./span.js";
