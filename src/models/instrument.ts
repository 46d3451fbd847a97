import {
  DAYS_PER_YEAR,
  type Greeks,
  type OptionTerms,
  optionGreeks,
  optionValue,
  yearsOf,
} from "./black76.js";
import {
  type Amount,
  amount,
  type Decimal,
  modelError,
  nonNegativeAmount,
  ofInstrument,
  Precise,
  positiveAmount,
} from "./precise.js";

/** What every instrument of a margin model has. All prices in quote currency, all times in days from the epoch. */
interface Common {
  readonly symbol: string;
  /** Underlying whose price moves it, for example "BTC": instruments of one underlying share a risk group. */
  readonly underlying: string;
  /** Days to expiry; left out for perpetuals and assets. */
  readonly days?: Amount;
}

/** Spot asset, or future settled in quote currency: one unit is one coin. */
export interface LinearInstrument extends Common {
  readonly kind: "linear";
  readonly mark: Amount;
  /** A coin held, not a contract: charges on contracts are none of its. */
  readonly spot?: true;
}

/** Future settled in coin. One unit is one coin's worth at mark, or a contract of `contractValue` quote currency. */
export interface InverseInstrument extends Common {
  readonly kind: "inverse";
  readonly mark: Amount;
  /** Quote currency per coin, at which coins are turned into quote currency. */
  readonly index: Amount;
  readonly contractValue?: Amount;
}

/** European option on one coin. Settled in quote currency; with `index`, in coin at value / forward. */
export interface OptionInstrument extends Common {
  readonly kind: "option";
  readonly days: Amount;
  readonly call: boolean;
  readonly strike: Amount;
  readonly forward: Amount;
  /** Implied volatility per square root of a year: "0.5" is 50%. */
  readonly volatility: Amount;
  readonly index?: Amount;
  /** Risk-free rate a year of its expiry, for models that discount option values; default: the model's. */
  readonly rate?: Amount;
}

export type ModelInstrument = LinearInstrument | InverseInstrument | OptionInstrument;

/** "perpetual", or "12 days": what instruments of one expiry share. */
export function expiryOf(i: ModelInstrument): string {
  return i.days === undefined
    ? "perpetual"
    : `${amount(i.days, ofInstrument(i.symbol, ": days")).toFixed()} days`;
}

/** Days to expiry, 0 for perpetuals. @throws MarginproofError OPTION_EXPIRED or MODEL_INPUT naming the instrument */
export function daysOf(i: ModelInstrument): Decimal {
  const days = amount(i.days ?? "0", ofInstrument(i.symbol, ": days"));
  if (days.gte(0)) return days;
  const code = i.kind === "option" ? "OPTION_EXPIRED" : "MODEL_INPUT";
  throw modelError(
    code,
    ofInstrument(i.symbol, `: expired ${days.negated().toFixed()} days ago`),
    "settle it, or take it out of the market",
  );
}

/**
 * Terms of an option at today's market.
 * @throws MarginproofError OPTION_VOLATILITY, OPTION_EXPIRED, MODEL_INPUT naming the instrument
 */
export function termsOf(i: OptionInstrument): OptionTerms {
  const days = daysOf(i);
  // Rules come from files: a field that the type demands may still be missing.
  if (i.volatility === undefined || amount(i.volatility, ofInstrument(i.symbol, ": volatility")).lte(0)) {
    throw modelError(
      "OPTION_VOLATILITY",
      ofInstrument(i.symbol, ": an option needs an implied volatility above 0"),
      'give one per square root of a year: "0.55" is 55%',
    );
  }
  return {
    call: i.call,
    forward: positiveAmount(i.forward, ofInstrument(i.symbol, ": forward")),
    strike: positiveAmount(i.strike, ofInstrument(i.symbol, ": strike")),
    volatility: new Precise(i.volatility),
    years: yearsOf(days),
  };
}

/** Quote currency that one unit stands for: |mark|, an option's forward, an inverse contract's value. */
export function notionalOf(i: ModelInstrument): Decimal {
  if (i.kind === "option") return positiveAmount(i.forward, ofInstrument(i.symbol, ": forward"));
  if (i.kind === "linear") return amount(i.mark, ofInstrument(i.symbol, ": mark")).abs();
  return coinsOf(i).times(positiveAmount(i.index, ofInstrument(i.symbol, ": index")));
}

/** Coins that one unit of an inverse contract is worth at mark. */
export function coinsOf(i: InverseInstrument): Decimal {
  if (i.contractValue === undefined) return new Precise(1);
  return nonNegativeAmount(i.contractValue, ofInstrument(i.symbol, ": contractValue")).div(
    positiveAmount(i.mark, ofInstrument(i.symbol, ": mark")),
  );
}

/**
 * Delta of one long unit in coins times the size of the price it stands for: quote currency gained per 100% move, at the margin.
 * A coin-settled option's is (delta - value / forward) * index ("net transaction delta" of Deribit's API description).
 */
export function cashDelta(i: ModelInstrument): Decimal {
  if (i.kind !== "option") return notionalOf(i);
  const terms = termsOf(i);
  const { delta } = greeksOf(i);
  if (i.index === undefined) return delta.times(terms.forward);
  return delta
    .minus(optionValue(terms).div(terms.forward))
    .times(positiveAmount(i.index, ofInstrument(i.symbol, ": index")));
}

/** Greeks of an option at today's market; errors name the instrument. */
export function greeksOf(i: OptionInstrument): Greeks {
  const terms = termsOf(i);
  if (terms.years.isZero() && terms.forward.eq(terms.strike)) {
    throw modelError(
      "MODEL_INPUT",
      ofInstrument(i.symbol, ": expires now, at its strike: it has no gamma"),
      `use a time to expiry above 0 (a day is 1/${DAYS_PER_YEAR} year)`,
    );
  }
  return optionGreeks(terms);
}
