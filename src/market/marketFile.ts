import { compare, DECIMAL_PATTERN, decimal, decimalText } from "../decimal/decimal.js";
import {
  MAX_BRACKETS,
  MAX_GROUPS,
  MAX_IMF_BP,
  MAX_MARGIN_CALL_BP,
  MAX_ROWS,
  MAX_STRESS,
  MIN_IMF_BP,
  MIN_MARGIN_CALL_BP,
} from "../protocol/constants.js";
import { hex32 } from "../protocol/hexSchema.js";
import { INSTANT_RULE, instantOf } from "../protocol/instant.js";
import * as z from "../schema/index.js";
import { isLinear } from "./gain.js";
import {
  EPOCH_PATTERN,
  EPOCH_RULE,
  NAME_PATTERN,
  NAME_RULE,
  SYMBOL_PATTERN,
  SYMBOL_RULE,
} from "./namePatterns.js";

/**
 * The structure of `market.json`, format `marginproof/market/2`: field names, types and sizes.
 * What one field means for another (floors that rise, groups that exist) is in `checkMarket.ts`.
 *
 * Money and quantities are decimal text, never JSON numbers; parsing removes trailing zeros, so a market
 * that was parsed is in canonical form and parses to itself.
 */
export const MARKET_FORMAT = "marginproof/market/2";

/** Accounts with less than 1.2 times their initial requirement are in margin call, unless a market says otherwise. */
const DEFAULT_MARGIN_CALL_BP = 12_000;

/** Default and cap of `maxRoundingError`: see `compileLane` for what it is relative to. */
const DEFAULT_MAX_ROUNDING_ERROR = "0.00001";
const LARGEST_MAX_ROUNDING_ERROR = "0.001";

/** Prices fall to a hundredth, and rise to a hundred times, in the life of a position, and seldom further. */
export const DEFAULT_ENTRY_PRICE_FACTOR = "100";

export const MAX_INSTRUMENTS = 32_768;
const MAX_TIERS = 64;
const MAX_SCENARIOS = 128;

const signedDecimal = z
  .string()
  .regex(DECIMAL_PATTERN, 'must be a plain decimal in quotes, for example "-12.5"')
  .refine((text) => !/^-0(\.0+)?$/.test(text), "must not be negative zero")
  .transform((text) => (DECIMAL_PATTERN.test(text) ? decimalText(decimal(text)) : text));
const nonNegative = signedDecimal.refine((text) => !text.startsWith("-"), "must not be negative");
const positive = nonNegative.refine((text) => text !== "0", "must be positive");

/** Gain in a scenario: of one long unit (a short loses what a long gains), or of one unit held on each side. */
const scenarioGain = z
  .union(
    [signedDecimal, z.strictObject({ long: signedDecimal, short: signedDecimal })],
    'must be a plain decimal in quotes, for example "-12.5", or { "long": "-12.5", "short": "-3" }',
  )
  .transform((gain) => (typeof gain === "string" || !isLinear(gain) ? gain : gain.long));

const symbol = z.string().regex(SYMBOL_PATTERN, SYMBOL_RULE);
const name = z.string().regex(NAME_PATTERN, NAME_RULE);

/** `rate` applies to the part of the notional above `notionalFloor` (quote currency) up to the next floor. */
const rateTier = z.strictObject({ notionalFloor: nonNegative, rate: nonNegative });
const rateTiers = z.array(rateTier).min(1).max(MAX_TIERS);

/** Requirement of one side. `liquidationFeeRate` is a rate on the whole notional, added to the brackets. */
const sideRequirement = z
  .strictObject({ brackets: rateTiers.optional(), liquidationFeeRate: nonNegative.optional() })
  .refine(statesSomething, "must not be empty");

/** The same for both sides (`brackets`, `liquidationFeeRate`), or side by side (`long`, `short`). */
const requirement = z
  .strictObject({
    brackets: rateTiers.optional(),
    liquidationFeeRate: nonNegative.optional(),
    long: sideRequirement.optional(),
    short: sideRequirement.optional(),
  })
  .refine(
    (r) =>
      (r.long === undefined && r.short === undefined) ||
      (r.brackets === undefined && r.liquidationFeeRate === undefined),
    'must give either one rule for both sides or "long" and "short", not both',
  )
  .refine(statesSomething, "must not be empty");

function statesSomething(side: object): boolean {
  return Object.values(side).some((field) => field !== undefined);
}

const instrument = z.strictObject({
  symbol,
  kind: z.enum(["asset", "perpetual", "future", "option", "settlement", "orders"]),
  /** Asset (default: the symbol) that an `asset` instrument is, that a `settlement` instrument pays in, or orders lock. */
  asset: symbol.optional(),
  /** Settlement instrument that entry prices of a derivative are paid into. Default: see `settlementOf`. */
  settlement: symbol.optional(),
  /** Instrument of smaller steps, of which what an account can't hold stands here: see `assertLargeHoldings`. */
  largeOf: symbol.optional(),
  /** Contract that a derivative is a variant of; default: a contract of its own. See `assertContracts`. */
  contract: symbol.optional(),
  /** Hedge mode: only positions of this side are held in it. */
  side: z.enum(["long", "short"]).optional(),
  /** Leverage that its holders chose: nowhere is its initial rate below 1 / leverage. */
  leverage: positive.optional(),
  /** Size of one quantity step, in units of the instrument. */
  quantityStep: positive,
  /** Quote currency per unit of quantity; may be negative for derivatives. */
  markPrice: signedDecimal,
  /** An inverse contract: its size in quote currency and, where `markPrice` is computed, the tick: see `inversePrice`. */
  inverse: z.strictObject({ contract: positive, tick: positive.optional() }).optional(),
  /**
   * What one contract gains in its settlement asset when its price rises by 1; default 1. `markPrice` is of the whole
   * contract, entry prices in the accounts file are prices as exchanges print them.
   */
  multiplier: positive.optional(),
  /** Of a perpetual or future with a multiplier: what `markPrice` is a whole number of, where it was rounded: `linearPrice`. */
  tick: positive.optional(),
  /** Price that an option's notional is counted at, its underlying's. Default, and for all others: |markPrice|. */
  notionalPrice: nonNegative.optional(),
  maintenance: requirement.optional(),
  /** Default: the maintenance requirement. */
  initial: requirement.optional(),
  /** In place of both: secret rates, and the absolute quantities at which they may rise. See `assertSecretRates`. */
  privateBrackets: z.array(nonNegative).min(1).max(MAX_BRACKETS).optional(),
  /** Collateral ratio of the part of the value above each floor; the requirement takes 1 - ratio (long side). */
  haircut: z
    .array(z.strictObject({ valueFloor: nonNegative, ratio: nonNegative }))
    .min(1)
    .max(MAX_TIERS)
    .optional(),
  /** Requirement on what is owed (short side): one rate, or a rate per tier of value. */
  borrowRate: z
    .union([
      nonNegative,
      z
        .array(z.strictObject({ valueFloor: nonNegative, rate: nonNegative }))
        .min(1)
        .max(MAX_TIERS),
    ])
    .optional(),
  /** Per risk group, the gain of one unit of quantity in each scenario, in quote currency: see `scenarioGain`. */
  scenarioGains: z.record(name, z.array(scenarioGain).max(MAX_SCENARIOS)).optional(),
  /** Gain of one long unit under each stress scenario, in quote currency. Only the quote currency may leave it out. */
  stressGains: z.array(signedDecimal).max(MAX_STRESS).optional(),
});

export const marketFile = z.strictObject({
  format: z.literal(MARKET_FORMAT),
  exchange: name,
  epoch: z.string().regex(EPOCH_PATTERN, EPOCH_RULE),
  time: z.string().refine((text) => instantOf(text) !== undefined, INSTANT_RULE),
  /** Digest of the previous epoch's statement, when figures of this market were computed from its proven totals. */
  previousStatement: hex32.optional(),
  /** Currency of all prices. */
  quote: symbol,
  /** Size of one value unit, in quote currency. */
  valueUnit: positive,
  maxRoundingError: nonNegative
    .refine(
      (text) => compare(decimal(text), decimal(LARGEST_MAX_ROUNDING_ERROR)) <= 0,
      `must be at most ${LARGEST_MAX_ROUNDING_ERROR}`,
    )
    .default(DEFAULT_MAX_ROUNDING_ERROR),
  /** Initial margin factor on the groups' worst losses, in 1/10000. */
  initialFactorBp: z
    .number()
    .int()
    .min(
      Number(MIN_IMF_BP),
      `must be at least ${MIN_IMF_BP}: an initial requirement is never below maintenance`,
    )
    .max(Number(MAX_IMF_BP) - 1),
  /** An account is in margin call below this multiple of its initial requirement, in 1/10000. */
  marginCallBp: z
    .number()
    .int()
    .min(Number(MIN_MARGIN_CALL_BP))
    .max(Number(MAX_MARGIN_CALL_BP))
    .default(DEFAULT_MARGIN_CALL_BP),
  /**
   * `net`: what a pocket holds of a contract is one position. `hedge`: of contracts whose variants have sides, long and
   * short stand beside each other, both margined and counted.
   */
  positionMode: z.enum(["net", "hedge"]).default("net"),
  /** How many times an entry price in the accounts file may be away from the mark price, up or down. */
  entryPriceFactor: positive
    .refine((text) => !text.startsWith("0"), "must be at least 1")
    .default(DEFAULT_ENTRY_PRICE_FACTOR),
  groups: z
    .array(
      z.strictObject({
        name,
        /** An earlier group of the same scenarios, in which this one counts where it loses: see `assertGroups`. */
        within: name.optional(),
        scenarios: z.array(name).min(1, "must name at least one scenario").max(MAX_SCENARIOS),
        /** The group's own initial factor, in 1/10000: at least the market's, which is the default. */
        initialFactorBp: z
          .number()
          .int()
          .min(Number(MIN_IMF_BP))
          .max(Number(MAX_IMF_BP) - 1)
          .optional(),
      }),
    )
    .max(MAX_GROUPS, `must be at most ${MAX_GROUPS} groups`),
  stress: z.array(z.strictObject({ name })).max(MAX_STRESS, `must be at most ${MAX_STRESS} scenarios`),
  /** Set aside for bad debt: quantity per asset, valued by `fundValue`. */
  insuranceFund: z.record(symbol, nonNegative),
  /** Declared reserves: quantity per asset. They hold the fund too. */
  reserves: z.record(symbol, nonNegative),
  /** keccak256 of the price evidence that the mark prices were taken from: docs/prices.md. */
  priceEvidence: hex32.optional(),
  /** Commitments to the secret rates, one per private table step of so many rows: docs/models/private.md. */
  privateRules: z
    .strictObject({
      rowsPerStep: z.number().int().min(MAX_BRACKETS).max(MAX_ROWS),
      commitments: z.array(hex32).min(1).max(MAX_ROWS),
    })
    .optional(),
  instruments: z.array(instrument).min(1).max(MAX_INSTRUMENTS),
});

/** What a market file may say: the type to write one with. */
export type MarketJson = z.input<typeof marketFile>;
/** A checked market in canonical form. It is plain data and a valid `MarketJson`. */
export type Market = z.output<typeof marketFile>;
export type MarketInstrument = Market["instruments"][number];
export type Requirement = NonNullable<MarketInstrument["maintenance"]>;
export type Side = "long" | "short";

/** Whether an instrument is a contract: neither money, nor money that orders lock. */
export const isDerivative = ({ kind }: Pick<MarketInstrument, "kind">): boolean =>
  kind === "perpetual" || kind === "future" || kind === "option";

/** Asset of an `asset` or `settlement` instrument; undefined for others: what orders lock is no claim. */
export function assetOf(i: MarketInstrument): string | undefined {
  if (i.kind === "asset") return i.asset ?? i.symbol;
  return i.kind === "settlement" ? i.asset : undefined;
}
