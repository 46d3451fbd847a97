import { z } from "zod";
import { nonNegative, pieceName, positive, rateRows, signed, title, wholeNumber } from "./ruleFields.js";

/** Initial requirement of the groups as a multiple of their maintenance requirement; at most four decimals. */
const initialFactor = nonNegative
  .refine((text) => !/\.\d{5}/.test(text), "must have at most four decimals")
  .refine((text) => !text.startsWith("0"), "must be at least 1");

/** One cell of a scenario list: moves as shares ("-0.1" is a tenth down), volatility relative. */
const scenario = z.strictObject({
  name: title,
  price: signed,
  volatility: signed.optional(),
  days: nonNegative.optional(),
  weight: positive.optional(),
});
const scenarios = z.array(scenario).max(126);

const tiered = z.strictObject({
  kind: z.literal("tiered"),
  brackets: pieceName,
  /** The rates stay secret: docs/models/private.md. */
  private: z.enum(["true", "false"]).optional(),
  /** Initial rates grow to 1 as open interest (quote currency, at mark) goes from `low` to `high`. */
  openInterest: z.strictObject({ low: nonNegative, high: positive }).optional(),
});

const span = z.strictObject({
  kind: z.literal("span"),
  priceScan: positive,
  volScan: nonNegative,
  volScanKind: z.enum(["absolute", "multiplicative"]),
  extremeMultiple: positive.optional(),
  coveredFraction: nonNegative.optional(),
  lookAheadDays: nonNegative.optional(),
  shortOptionRate: nonNegative.optional(),
  initialFactor: initialFactor.optional(),
});

/** Names of Deribit's API; what is left out is that of BTC. */
const deribit = z.strictObject({
  kind: z.literal("deribit"),
  price_range: positive.optional(),
  buckets_count: wholeNumber.refine((n) => n >= 1 && n <= 16, "must be 1 to 16").optional(),
  volatility_range_up: nonNegative.optional(),
  volatility_range_down: nonNegative.optional(),
  short_term_vega_power: nonNegative.optional(),
  long_term_vega_power: nonNegative.optional(),
  min_volatility_for_shock_up: nonNegative.optional(),
  extended_table_factor: nonNegative.optional(),
  annualised_move_risk: nonNegative.optional(),
  min_annualised_move: nonNegative.optional(),
  mm_factor: positive.optional(),
  deltaShockRate: nonNegative,
  extendedShare: nonNegative,
});

const okx = z.strictObject({
  kind: z.literal("okx"),
  moves: z.array(positive).min(1).max(8).optional(),
  volMove: nonNegative.optional(),
  decayDays: nonNegative.optional(),
  annualisedMove: nonNegative.optional(),
  extremeMove: positive.optional(),
  extremeShare: nonNegative.optional(),
  minimum: rateRows.optional(),
  shortOptionMinimum: rateRows.optional(),
  initialFactor: initialFactor.optional(),
});

const paradex = z.strictObject({
  kind: z.literal("paradex"),
  /** Left out: the 24 of docs/models/paradex.md. */
  scenarios: scenarios.optional(),
  netRate: nonNegative,
  hedgedRate: nonNegative,
  maintenanceShare: positive,
  provisionRate: nonNegative,
});

const deltaPlus = z.strictObject({
  kind: z.literal("delta-plus"),
  deltaRate: nonNegative,
  gammaMove: nonNegative,
  vegaShift: nonNegative,
  form: z.enum(["one", "three"]).optional(),
  initialFactor: initialFactor.optional(),
});

const hybrid = z.strictObject({
  kind: z.literal("hybrid"),
  scenarios,
  deltaFloorRate: nonNegative,
  shortOptionRate: nonNegative,
  shortOptions: z.enum(["added", "minimum"]).optional(),
  concentration: rateRows,
  initialFactor: initialFactor.optional(),
});

/** Names of Derive's contract; what is left out is that of BTC and ETH. Moves and percentages as shares. */
const derive = z.strictObject({
  kind: z.literal("derive"),
  netting: z.enum(["expiry", "holding"]).optional(),
  scenarios: z
    .array(
      z.strictObject({
        move: signed,
        volatility: z.enum(["up", "static", "down"]),
        dampening: nonNegative.optional(),
      }),
    )
    .min(1)
    .max(125)
    .optional(),
  longBaseStaticDiscount: positive.optional(),
  shortBaseStaticDiscount: positive.optional(),
  longRateMultScale: nonNegative.optional(),
  longRateAddScale: nonNegative.optional(),
  shortRateMultScale: nonNegative.optional(),
  shortRateAddScale: nonNegative.optional(),
  rate: nonNegative.optional(),
  volRangeUp: nonNegative.optional(),
  volRangeDown: nonNegative.optional(),
  shortTermPower: nonNegative.optional(),
  longTermPower: nonNegative.optional(),
  dteFloor: positive.optional(),
  minVolUpShock: nonNegative.optional(),
  skew: z
    .strictObject({
      linearBaseCap: nonNegative,
      absBaseCap: nonNegative,
      linearCBase: signed,
      absCBase: signed,
      minKStar: positive,
      widthScale: nonNegative,
      volParamStatic: nonNegative,
      volParamScale: signed,
    })
    .optional(),
  scenarioSpotUp: positive.optional(),
  scenarioSpotDown: signed.optional(),
  basisContAddFactor: nonNegative.optional(),
  basisContMultFactor: nonNegative.optional(),
  mmFactor: positive.optional(),
  imFactor: positive.optional(),
  mmPerpPercent: nonNegative.optional(),
  imPerpPercent: nonNegative.optional(),
  mmOptionPercent: nonNegative.optional(),
  imOptionPercent: nonNegative.optional(),
});

/** A named margin model: `kind` says which page of docs/models describes it. */
export const model = z.discriminatedUnion("kind", [
  tiered,
  span,
  deribit,
  okx,
  paradex,
  deltaPlus,
  hybrid,
  derive,
]);

export type Model = z.output<typeof model>;
export type ModelOf<K extends Model["kind"]> = Extract<Model, { kind: K }>;
export type ScenarioRule = z.output<typeof scenario>;
export type RateRow = z.output<typeof rateRows>[number];
