import * as z from "zod";
import { compare, decimal } from "../decimal/decimal.js";
import { model } from "./modelFields.js";
import {
  epochName,
  MOST_ROWS,
  moment,
  nonNegative,
  pieceName,
  positive,
  rateRows,
  signed,
  symbol,
  TOO_MANY_ROWS,
  title,
  underlyingName,
} from "./ruleFields.js";

/** Format of a rules file: docs/rules.md. What one field means for another is checked where it is used. */
const RULES_FORMAT = "marginproof/rules/1";

const MOST = 4096;
const MOST_LEVERAGES = 32;
const tables = <T extends z.ZodType>(rows: T) => z.record(pieceName, rows).default({});

/** Rates of a tier of notional, in quote currency; `initial` left out is `maintenance`. */
const bracketRow = z.strictObject({
  from: nonNegative,
  to: positive.optional(),
  maintenance: nonNegative,
  initial: nonNegative.optional(),
});
const haircutRow = z.strictObject({ from: nonNegative, to: positive.optional(), haircut: nonNegative });

const underlying = z.strictObject({
  /** Quote currency per unit; in a file whose prices are signed, none. A dead coin's is 0, oil's has been below. */
  price: signed.optional(),
  /** Implied volatility of its options that state none: 0.55 is 55% a year. */
  volatility: nonNegative.optional(),
  /** A stablecoin: the default move "alts" of a stress scenario does not touch it. */
  stable: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional(),
});

const asset = z.strictObject({
  symbol,
  asset: symbol.optional(),
  /** Default: the asset's name. The quote currency has none. */
  underlying: underlyingName.optional(),
  step: positive,
  /** Step of a second instrument, for what is more than the first can hold. */
  largeStep: positive.optional(),
  haircut: pieceName.optional(),
  borrow: pieceName.optional(),
  model: pieceName.optional(),
});

const contract = {
  symbol,
  underlying: underlyingName,
  step: positive,
  model: pieceName,
  brackets: pieceName.optional(),
  settlement: symbol.optional(),
  /** Leverages that a customer may choose, each a variant with an initial rate of at least 1 / leverage. */
  leverage: z.array(positive).min(1, "must list a leverage").max(MOST_LEVERAGES).optional(),
  /** In what it settles in, per unit of the underlying. Default: the underlying's price. */
  mark: signed.optional(),
  /** Settled in its underlying's coin: its size in quote currency. Else how many units of the underlying one is. */
  contract: positive.optional(),
  /** Paid in a coin of its own, at a price in quote currency. Default: of a third currency, a contract without a mark. */
  quanto: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional(),
  /** Where prices are computed: what they are whole numbers of. */
  tick: positive.optional(),
};

const premium = z.union(
  [z.enum(["model", "quoted"]), nonNegative],
  "must be a price, or the word model or quoted",
);
const futureName = symbol.refine((text) => !/^-?\d+(\.\d+)?$/.test(text));
const strike = z.strictObject({
  strike: positive,
  volatility: nonNegative.optional(),
  call: premium.optional(),
  put: premium.optional(),
});

/** All options of one underlying and expiry: symbols are `<chain>-<strike>-C` and `-P`. */
const chain = z.strictObject({
  chain: symbol.max(32, "must be at most 32 characters"),
  underlying: underlyingName,
  expiry: moment,
  step: positive,
  /** A price, or the symbol of a future. Default: the underlying's price. */
  forward: z.union([positive, futureName], "must be a price, or the symbol of a future").optional(),
  model: pieceName,
  brackets: pieceName.optional(),
  settlement: symbol.optional(),
  /** Risk-free rate a year, for models that discount; default: the model's. */
  rate: nonNegative.optional(),
  /** Premiums that say `model` are Black-76 values rounded to whole ticks. */
  tick: positive.optional(),
  strikes: z.array(strike).min(1, "must list a strike").max(512),
});

const stress = z.strictObject({
  name: title,
  moves: z.record(symbol, signed).default({}),
  /** Move of every underlying that is neither named nor stable. Default 0. */
  alts: signed.optional(),
  /** Relative move of all implied volatilities: 1 doubles them. Default 0. */
  volatility: signed.optional(),
});

/** A share that no buffer sensibly exceeds: 10 is 1000%. */
const bufferRate = nonNegative.refine(
  (text) => compare(decimal(text), decimal("10")) <= 0,
  "must be at most 10",
);
const crowdedBounds = { low: nonNegative, high: positive };

const antiProcyclicality = z.strictObject({
  /** Added to the unbuffered requirement: 0.25 is a quarter. */
  buffer: bufferRate,
  /** Most that a requirement rises in one epoch, as a share of the previous one, unless the unbuffered one is higher. */
  maxRise: bufferRate,
});

const contagion = z.strictObject({
  /** Most that crowded, leveraged open interest adds to a requirement. */
  cap: bufferRate,
  /** Same-sided open interest (quote currency) at which the buffer begins, and at which it is full. */
  ...crowdedBounds,
  /** Bounds of single underlyings, in place of those above. */
  underlyings: z.record(underlyingName, z.strictObject(crowdedBounds)).default({}),
});

const buffers = z
  .strictObject({ antiProcyclicality: antiProcyclicality.optional(), contagion: contagion.optional() })
  .refine(
    (b) => Object.values(b).some((x) => x !== undefined),
    "must state antiProcyclicality, contagion or both",
  );

export const rulesFile = z.strictObject({
  format: z.literal(RULES_FORMAT, `must be ${RULES_FORMAT}`),
  exchange: title,
  epoch: epochName,
  time: moment,
  quote: symbol,
  /** `signed`: this file states no price, all come from signed price files. */
  prices: z.literal("signed", "must be the word signed, or left out").optional(),
  valueUnit: positive,
  maxRoundingError: nonNegative.optional(),
  /** Per asset; a plain amount is in quote currency. */
  insuranceFund: z.union(
    [nonNegative, z.record(symbol, nonNegative)],
    "must be an amount of quote currency or a map of assets to amounts: plain decimals, not negative",
  ),
  reserves: z.record(symbol, nonNegative),
  /** An account is in margin call below this multiple of its initial requirement. Default: the market file's. */
  marginCall: positive
    .refine((text) => /^(1(\.\d{1,4})?|2)$/.test(text), "must be 1 to 2, with at most four decimals")
    .optional(),
  /** `hedge`: every perpetual and future has a long and a short variant, held beside each other. Default: net. */
  positionMode: z.enum(["net", "hedge"], "must be net or hedge").default("net"),
  /** How far an entry price may be from the mark price. Default: the market file's. */
  entryPriceFactor: positive.optional(),
  /** Rate on the notional of every derivative, on top of both requirements. */
  liquidationFee: nonNegative.optional(),
  underlyings: z.record(underlyingName, underlying).default({}),
  brackets: tables(z.array(bracketRow).min(1, "must have a row").max(MOST_ROWS, TOO_MANY_ROWS)),
  haircuts: tables(z.array(haircutRow).min(1, "must have a row").max(MOST_ROWS, TOO_MANY_ROWS)),
  borrow: tables(rateRows),
  models: z.record(pieceName, model).default({}),
  /** Open interest (units, one side) that the file only claims: without a previous epoch's bundle. */
  openInterest: z.record(symbol, nonNegative).default({}),
  /** Epoch whose proven totals open interest and buffers are computed from; "none" in the first one. */
  previousEpoch: epochName.optional(),
  buffers: buffers.optional(),
  stress: z.array(stress).max(4, "the proof has room for 4 stress scenarios").default([]),
  assets: z.array(asset).min(1, "must list an asset").max(MOST),
  settlements: z
    .array(z.strictObject({ symbol, asset: symbol, step: positive, largeStep: positive.optional() }))
    .max(MOST)
    .default([]),
  /** Money locked by open orders, an instrument `<asset>-ORDERS` of each asset: initial requirement alone. */
  orders: z
    .array(z.strictObject({ asset: symbol, step: positive, rate: nonNegative.optional() }))
    .max(MOST)
    .default([]),
  perpetuals: z.array(z.strictObject(contract)).max(MOST).default([]),
  futures: z
    .array(z.strictObject({ ...contract, expiry: moment }))
    .max(MOST)
    .default([]),
  options: z.array(chain).max(512).default([]),
});

export type Rules = z.output<typeof rulesFile>;
export type BufferRules = NonNullable<Rules["buffers"]>;
export type AntiProcyclicalityRule = NonNullable<BufferRules["antiProcyclicality"]>;
export type ContagionRule = NonNullable<BufferRules["contagion"]>;
export type StressRule = Rules["stress"][number];
export type ContractRule = Rules["perpetuals"][number] & { readonly expiry?: string };
export type ChainRule = Rules["options"][number];
