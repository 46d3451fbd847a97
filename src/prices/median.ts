import { add, compare, type Decimal, multiply, powerOfTen } from "../market/decimal.js";

const HALF: Decimal = { coefficient: 5n, scale: 1 };

/** Exact median: the middle one, or the mean of the middle two (one digit more). Throws RangeError for none. */
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
  const unit = powerOfTen(x.scale - decimals);
  const magnitude = x.coefficient < 0n ? -x.coefficient : x.coefficient;
  const twice = 2n * (magnitude % unit);
  const down = magnitude / unit;
  const up = twice > unit || (twice === unit && down % 2n === 1n);
  const rounded = up ? down + 1n : down;
  return { coefficient: x.coefficient < 0n ? -rounded : rounded, scale: decimals };
}
