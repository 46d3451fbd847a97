import { add, compare, type Decimal, halfEvenQuotient, multiply, powerOfTen } from "../decimal/decimal.js";

const HALF: Decimal = { coefficient: 5n, scale: 1 };

/**
 * Exact median: the middle one, or the mean of the middle two (one digit more).
 * @throws RangeError for none
 */
export function exactMedian(values: readonly Decimal[]): Decimal {
  if (values.length === 0) throw new RangeError("no median of nothing");
  const sorted = [...values].sort(compare);
  const upper = sorted[sorted.length >> 1]!;
  if (sorted.length % 2 === 1) return upper;
  return multiply(add(sorted[(sorted.length >> 1) - 1]!, upper), HALF);
}

/** Rounds to at most `decimals` digits after the point, half to even. */
export function roundHalfEven(x: Decimal, decimals: number): Decimal {
  if (x.scale <= decimals) return x;
  return { coefficient: halfEvenQuotient(x.coefficient, powerOfTen(x.scale - decimals)), scale: decimals };
}
