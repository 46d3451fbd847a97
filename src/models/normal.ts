import { type Decimal, Precise } from "./precise.js";

/** Largest absolute error of `normalCdf` and `normalPdf`, any argument. */
export const NORMAL_ERROR = "1e-45";

/** 1 / sqrt(2 pi). */
const PEAK = new Precise(1).div(Precise.acos(-1).times(2).sqrt());

/** Beyond this the distribution function is 0 or 1 within 4e-51. */
const FAR = 15;

/** Fixed point of the series: 60 decimals. */
const DIGITS = 60;
const SCALE = 10n ** BigInt(DIGITS);

/** Standard normal density: exp(-x^2 / 2) / sqrt(2 pi). Absolute error below 1e-48. */
export function normalPdf(x: Decimal): Decimal {
  return new Precise(x).pow(2).div(-2).exp().times(PEAK);
}

/**
 * Standard normal distribution function:
 *
 *     P(x) = 1/2 + pdf(x) * sum_n x^(2n+1) / (1 * 3 * 5 * ... * (2n+1))
 *
 * (Abramowitz and Stegun 26.2.11). All terms have one sign, so nothing cancels. The error stays below 1e-45: each of at
 * most 800 terms is truncated at 60 decimals and carried on by the later ratios, whose sum times pdf is below 1 (8e-58);
 * the terms left out are below 1e-60 and at least halve (2e-60); x^2 at 50 digits moves pdf by at most 3e-48 of itself,
 * and pdf * sum <= 1/2; beyond 15 the result is 0 or 1 (4e-51).
 */
export function normalCdf(x: Decimal): Decimal {
  if (x.isZero()) return new Precise("0.5");
  if (x.abs().gte(FAR)) return new Precise(x.isNegative() ? 0 : 1);
  const size = fixedPoint(x.abs());
  const square = (size * size) / SCALE;
  let term = size;
  let sum = size;
  for (let odd = 3n; term > 0n; odd += 2n) {
    term = (term * square) / (SCALE * odd);
    sum += term;
  }
  const half = normalPdf(x).times(new Precise(`${sum}e-${DIGITS}`));
  return new Precise("0.5").plus(x.isNegative() ? half.negated() : half);
}

function fixedPoint(x: Decimal): bigint {
  return BigInt(x.times(`1e${DIGITS}`).toFixed(0));
}
