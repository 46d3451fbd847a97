import { normalCdf, normalPdf } from "./normal.js";
import { type Decimal, modelError, Precise, unnamed } from "./precise.js";

/** Days in a year: actual/365, the day count of every time in these models. */
export const DAYS_PER_YEAR = 365;

/** A European option on a forward, not discounted (margined like a future, as crypto options are). */
export interface OptionTerms {
  readonly call: boolean;
  /** Price of the forward to the option's expiry, quote currency. */
  readonly forward: Decimal;
  /** Quote currency. */
  readonly strike: Decimal;
  /** Per square root of a year: 0.5 is 50%. */
  readonly volatility: Decimal;
  /** Time to expiry in years. */
  readonly years: Decimal;
}

/** Sensitivities of one long option. */
export interface Greeks {
  /** Quote currency per unit of forward price. */
  readonly delta: Decimal;
  /** Change of delta per unit of forward price. */
  readonly gamma: Decimal;
  /** Quote currency per 1.00 of volatility. */
  readonly vega: Decimal;
}

export function yearsOf(days: Decimal): Decimal {
  return new Precise(days).div(DAYS_PER_YEAR);
}

/** d1 and d2, or undefined where the forward has no spread left: at expiry, without volatility, worth nothing. */
function moneyness(t: OptionTerms): { spread: Decimal; d1: Decimal; d2: Decimal } | undefined {
  assertTerms(t);
  const spread = t.volatility.times(t.years.sqrt());
  if (spread.isZero() || t.forward.isZero()) return undefined;
  const d1 = t.forward.div(t.strike).ln().div(spread).plus(spread.div(2));
  return { spread, d1, d2: d1.minus(spread) };
}

/**
 * Value in quote currency per unit: call = F N(d1) - K N(d2), d1 = ln(F/K)/s + s/2, d2 = d1 - s, s = vol * sqrt(T);
 * put = call - F + K. Without spread exactly max(0, F - K) or max(0, K - F). Held within its bounds (intrinsic
 * value; F or K), which it could leave only by the error: |error| <= 1e-44 * (F + K).
 * Source: F. Black, The pricing of commodity contracts, J. Financial Economics 3 (1976).
 * @throws MarginproofError MODEL_INPUT for a negative forward, volatility or time, or a strike that is not positive
 */
export function optionValue(t: OptionTerms): Decimal {
  const d = moneyness(t);
  const most = t.call ? t.forward : t.strike;
  const least = Precise.max(0, t.call ? t.forward.minus(t.strike) : t.strike.minus(t.forward));
  if (d === undefined) return least;
  const sign = t.call ? 1 : -1;
  const atForward = t.forward.times(normalCdf(d.d1.times(sign)));
  const atStrike = t.strike.times(normalCdf(d.d2.times(sign)));
  return Precise.min(most, Precise.max(least, atForward.minus(atStrike).times(sign)));
}

/**
 * delta = N(d1) (put: N(d1) - 1), gamma = n(d1) / (F s), vega = F n(d1) sqrt(T).
 * Without spread, away from the strike, exactly delta 0 or 1 (put: -1 or 0), gamma 0, vega 0.
 * @throws MarginproofError MODEL_INPUT for an option at its strike without spread: its gamma is unbounded
 */
export function optionGreeks(t: OptionTerms): Greeks {
  const d = moneyness(t);
  if (d === undefined) return greeksWithoutSpread(t);
  const density = normalPdf(d.d1);
  const below = normalCdf(d.d1);
  return {
    delta: t.call ? below : below.minus(1),
    gamma: density.div(t.forward.times(d.spread)),
    vega: t.forward.times(density).times(t.years.sqrt()),
  };
}

function greeksWithoutSpread(t: OptionTerms): Greeks {
  const side = t.forward.comparedTo(t.strike);
  if (side === 0)
    throw modelError(
      "MODEL_INPUT",
      unnamed("gamma is unbounded for an option at its strike that has no time or volatility left"),
    );
  const callDelta = new Precise(side > 0 ? 1 : 0);
  return { delta: t.call ? callDelta : callDelta.minus(1), gamma: new Precise(0), vega: new Precise(0) };
}

function assertTerms(t: OptionTerms): void {
  const bad = (what: string, x: Decimal) =>
    modelError("MODEL_INPUT", unnamed(`option ${what}: ${x.toFixed()} is out of range`));
  if (t.forward.lt(0)) throw bad("forward", t.forward);
  if (t.strike.lte(0)) throw bad("strike", t.strike);
  if (t.volatility.lt(0)) throw bad("volatility", t.volatility);
  if (t.years.lt(0)) throw bad("time to expiry", t.years);
}
