import { type Amount, type Decimal, ofModel, Precise, positiveAmount } from "./precise.js";

/** A scenario of the scan: every price moves by `move`; what each expiry gains or loses counts by `dampening`. */
export interface DeriveScenario {
  readonly move: Amount;
  readonly volatility: "up" | "static" | "down";
  /** Default 1. */
  readonly dampening?: Amount | undefined;
}

/** How far an expiry's volatilities are tilted: at most cap + slope * sqrt(years), at `widthScale` deviations from the forward. */
export interface SkewShock {
  readonly linearBaseCap: Amount;
  readonly absBaseCap: Amount;
  readonly linearCBase: Amount;
  readonly absCBase: Amount;
  readonly minKStar: Amount;
  readonly widthScale: Amount;
  readonly volParamStatic: Amount;
  readonly volParamScale: Amount;
}

/** A portfolio margin by expiry after Derive's, whose names these are where it has one. */
export interface DeriveParameters {
  readonly scenarios: readonly DeriveScenario[];
  /** Static discounts: an expiry's shocked value counts by this share where it is positive, and where it is negative. */
  readonly longBaseStaticDiscount: Amount;
  readonly shortBaseStaticDiscount: Amount;
  /** What they grow by a year: exp(years * (rate * mult + add)). */
  readonly longRateMultScale: Amount;
  readonly longRateAddScale: Amount;
  readonly shortRateMultScale: Amount;
  readonly shortRateAddScale: Amount;
  /** Risk-free rate a year, at which values of options without a rate of their own are discounted. */
  readonly rate: Amount;
  readonly volRangeUp: Amount;
  readonly volRangeDown: Amount;
  readonly shortTermPower: Amount;
  readonly longTermPower: Amount;
  readonly dteFloor: Amount;
  /** Volatility floor: no volatility that is shocked up is below it. */
  readonly minVolUpShock: Amount;
  readonly skew: SkewShock;
  /** Forward contingency: the worse of two moves, by expiry, times add + mult * years. */
  readonly scenarioSpotUp: Amount;
  readonly scenarioSpotDown: Amount;
  readonly basisContAddFactor: Amount;
  readonly basisContMultFactor: Amount;
  /** Factors on the worst scenario. */
  readonly mmFactor: Amount;
  readonly imFactor: Amount;
  /** Contingencies: rates on the notional of perpetuals and futures, and of short options; `im` is on top of `mm`. */
  readonly mmPerpPercent: Amount;
  readonly imPerpPercent: Amount;
  readonly mmOptionPercent: Amount;
  readonly imOptionPercent: Amount;
  /**
   * What nets before a static discount, a skew or a forward contingency takes the worse side: all of an expiry, as the rule has
   * it, exact; or each holding by itself, which needs no parts of groups and charges more.
   */
  readonly netting: "expiry" | "holding";
}

const grid = (moves: readonly string[]): DeriveScenario[] =>
  moves.flatMap((move) => (["up", "static", "down"] as const).map((volatility) => ({ move, volatility })));
const damped = (move: string, dampening: string): DeriveScenario => ({ move, volatility: "up", dampening });

/**
 * BTC and ETH: 23 regular and 8 tail scenarios, discounts, shocks and factors of Derive's documentation, *Portfolio manager
 * parameters (new)*. The split of the perpetual's 3% and 4% into `mm` and `im` on top is the contract's.
 */
export const DERIVE_PM2: DeriveParameters = {
  scenarios: [
    { move: "0.18", volatility: "up" },
    ...grid(["0.135", "0.09", "0.045", "0", "-0.045", "-0.09", "-0.135"]),
    { move: "-0.18", volatility: "up" },
    damped("-0.66", "0.21"),
    damped("-0.33", "0.42"),
    damped("0.5", "0.27"),
    damped("1", "0.13"),
    damped("2", "0.069"),
    damped("3", "0.046"),
    damped("4", "0.034"),
    damped("5", "0.027"),
  ],
  longBaseStaticDiscount: "0.98",
  shortBaseStaticDiscount: "1.02",
  longRateMultScale: "0",
  longRateAddScale: "0.1",
  shortRateMultScale: "0",
  shortRateAddScale: "0.1",
  rate: "0",
  volRangeUp: "0.5",
  volRangeDown: "0.275",
  shortTermPower: "0.3",
  longTermPower: "0.13",
  dteFloor: "1",
  minVolUpShock: "0.4",
  skew: {
    linearBaseCap: "0.25",
    absBaseCap: "0.25",
    linearCBase: "-0.1",
    absCBase: "-0.1",
    minKStar: "0.01",
    widthScale: "4",
    volParamStatic: "0.6",
    volParamScale: "0",
  },
  scenarioSpotUp: "0.045",
  scenarioSpotDown: "-0.045",
  basisContAddFactor: "0.5",
  basisContMultFactor: "2",
  mmFactor: "0.8",
  imFactor: "1",
  mmPerpPercent: "0.03",
  imPerpPercent: "0.01",
  mmOptionPercent: "0.003",
  imOptionPercent: "0",
  netting: "expiry",
};

/**
 * Shares that an expiry's shocked value counts by, where it is positive and where it is negative.
 * @param rate of the expiry, a year
 */
export function staticDiscounts(
  p: DeriveParameters,
  years: Decimal,
  rate: Amount = p.rate,
): { positive: Decimal; negative: Decimal } {
  const grown = (mult: Amount, add: Amount) => new Precise(mult).times(rate).plus(add).times(years).exp();
  const long = positiveAmount(p.longBaseStaticDiscount, ofModel("longBaseStaticDiscount"));
  const short = positiveAmount(p.shortBaseStaticDiscount, ofModel("shortBaseStaticDiscount"));
  const positive = long.div(grown(p.longRateMultScale, p.longRateAddScale));
  const most = new Precise(rate).times(years).exp();
  return {
    positive,
    negative: Precise.min(most, short.times(grown(p.shortRateMultScale, p.shortRateAddScale))),
  };
}

/** What an option's volatility is multiplied by in the two skew scenarios; never below 0. */
export function skewFactor(
  skew: SkewShock,
  kind: "linear" | "abs",
  years: Decimal,
  moneyness: Decimal,
): Decimal {
  const root = years.sqrt();
  const [base, slope] =
    kind === "linear" ? [skew.linearBaseCap, skew.linearCBase] : [skew.absBaseCap, skew.absCBase];
  const cap = root.times(slope).plus(base);
  const width = root.times(skew.widthScale).times(root.times(skew.volParamScale).plus(skew.volParamStatic));
  const k = moneyness.ln();
  const place = kind === "linear" ? k : k.abs();
  const tilt = place.times(cap).div(Precise.max(skew.minKStar, width));
  const held = place.gte(0) ? Precise.min(cap, tilt) : Precise.max(cap.negated(), tilt);
  return Precise.max(0, held.plus(1));
}
