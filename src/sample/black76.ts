import { Decimal } from "decimal.js";

/** 40 significant digits: exp and ln of decimal.js are the same in every engine, those of Math are not. */
export const Precise = Decimal.clone({ precision: 40 });

export interface OptionTerms {
  readonly call: boolean;
  readonly strike: number;
  /** Time to expiry in days. */
  readonly days: number;
}

/**
 * Black-76 value of an option on a forward, without discounting, quote currency per unit.
 * Black, F. (1976), "The pricing of commodity contracts".
 */
export function black76(terms: OptionTerms, forward: Decimal, volatility: Decimal): Decimal {
  const spread = volatility.times(new Precise(terms.days).div(365).sqrt());
  const strike = new Precise(terms.strike);
  const d1 = new Precise(forward).div(strike).ln().div(spread).plus(spread.div(2));
  const d2 = d1.minus(spread);
  const call = forward.times(normalBelow(d1)).minus(strike.times(normalBelow(d2)));
  const value = terms.call ? call : call.minus(forward).plus(strike);
  return Decimal.max(0, value);
}

const ROOT_TWO_PI = Precise.acos(-1).times(2).sqrt();

/** Standard normal distribution function: 1/2 + density(x) * sum x^(2n+1) / (1*3*5*...*(2n+1)). */
function normalBelow(x: Decimal): Decimal {
  if (x.abs().gt(9)) return new Precise(x.isNegative() ? 0 : 1);
  const square = x.times(x);
  let term = new Precise(x);
  let sum = term;
  for (let n = 1; term.abs().gt("1e-30"); n++) {
    term = term.times(square).div(2 * n + 1);
    sum = sum.plus(term);
  }
  const density = square.div(-2).exp().div(ROOT_TWO_PI);
  return new Precise("0.5").plus(density.times(sum));
}
