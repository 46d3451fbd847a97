/** Margin models: attested prices and an exchange's rules -> the figures of a market file. Pure functions of decimals. */
export {
  type Greeks,
  type OptionTerms,
  optionValue,
  yearsOf,
} from "./black76.js";
export { type DeltaPlusParameters, deltaPlusTable } from "./deltaPlus.js";
export { type DeribitChoices, deribitTable } from "./deribit.js";
export type { DeribitMargins, Holding } from "./deribitReference.js";
export { DERIBIT_BTC, type DeribitParameters } from "./deribitScenarios.js";
export { deriveTable } from "./derive.js";
export { DERIVE_PM2, type DeriveParameters, type DeriveScenario } from "./deriveParameters.js";
export { type HybridParameters, hybridTable } from "./hybrid.js";
export type {
  InverseInstrument,
  LinearInstrument,
  ModelInstrument,
  OptionInstrument,
} from "./instrument.js";
export type { ChargeTier, InstrumentFigures, ModelTable } from "./modelTable.js";
export { OKX_MAJOR, type OkxParameters, okxTable } from "./okx.js";
export { type ParadexParameters, paradexScenarios, paradexTable } from "./paradex.js";
export { type Amount, Precise } from "./precise.js";
export { revalue } from "./revalue.js";
export type { Scenario, VolShift } from "./scenarioGrid.js";
export { type SpanParameters, spanTable } from "./span.js";
