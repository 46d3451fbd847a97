/**
 * Exact decimal arithmetic on bigint: `coefficient / 10^scale`. Nothing here ever rounds except the
 * quotients, whose direction is in their name.
 */
export interface Decimal {
  readonly coefficient: bigint;
  readonly scale: number;
}

export const ZERO: Decimal = { coefficient: 0n, scale: 0 };
export const ONE: Decimal = { coefficient: 1n, scale: 0 };

/** Accepted text of a decimal: no exponent, no leading zeros, at most 21 + 18 digits. */
export const DECIMAL_PATTERN = /^-?(0|[1-9]\d{0,20})(\.\d{1,18})?$/;

const powers: bigint[] = [];

/** 10^n for n >= 0. */
export function powerOfTen(n: number): bigint {
  return (powers[n] ??= 10n ** BigInt(n));
}

/** Reads text that already matches {@link DECIMAL_PATTERN}. @throws RangeError otherwise */
export function decimal(text: string): Decimal {
  if (!DECIMAL_PATTERN.test(text)) throw new RangeError(`not a plain decimal: ${text.slice(0, 60)}`);
  const point = text.indexOf(".");
  if (point < 0) return { coefficient: BigInt(text), scale: 0 };
  return {
    coefficient: BigInt(text.slice(0, point) + text.slice(point + 1)),
    scale: text.length - point - 1,
  };
}

export function integer(value: bigint): Decimal {
  return { coefficient: value, scale: 0 };
}

function coefficientAt(x: Decimal, scale: number): bigint {
  return x.coefficient * powerOfTen(scale - x.scale);
}

export function add(x: Decimal, y: Decimal): Decimal {
  const scale = Math.max(x.scale, y.scale);
  return { coefficient: coefficientAt(x, scale) + coefficientAt(y, scale), scale };
}

export function subtract(x: Decimal, y: Decimal): Decimal {
  return add(x, negate(y));
}

export function negate(x: Decimal): Decimal {
  return { coefficient: -x.coefficient, scale: x.scale };
}

export function absolute(x: Decimal): Decimal {
  return x.coefficient < 0n ? negate(x) : x;
}

export function multiply(x: Decimal, y: Decimal): Decimal {
  return { coefficient: x.coefficient * y.coefficient, scale: x.scale + y.scale };
}

/** -1, 0 or 1. */
export function compare(x: Decimal, y: Decimal): -1 | 0 | 1 {
  const scale = Math.max(x.scale, y.scale);
  const a = coefficientAt(x, scale);
  const b = coefficientAt(y, scale);
  return a < b ? -1 : a > b ? 1 : 0;
}

export function larger(x: Decimal, y: Decimal): Decimal {
  return compare(x, y) < 0 ? y : x;
}

export function smaller(x: Decimal, y: Decimal): Decimal {
  return compare(x, y) > 0 ? y : x;
}

/** Greatest integer <= x / y, for y > 0. */
export function floorQuotient(x: Decimal, y: Decimal): bigint {
  if (y.coefficient <= 0n) throw new RangeError("the divisor must be positive");
  const scale = Math.max(x.scale, y.scale);
  const a = coefficientAt(x, scale);
  const b = coefficientAt(y, scale);
  const q = a / b;
  return a % b < 0n ? q - 1n : q;
}

/** Smallest integer >= x / y, for y > 0. */
export function ceilQuotient(x: Decimal, y: Decimal): bigint {
  return -floorQuotient(negate(x), y);
}

/** Integer nearest to a / b, for b > 0; of two equally near the even one. */
export function halfEvenQuotient(a: bigint, b: bigint): bigint {
  if (b <= 0n) throw new RangeError("the divisor must be positive");
  const magnitude = a < 0n ? -a : a;
  const down = magnitude / b;
  const twice = 2n * (magnitude % b);
  const nearest = twice > b || (twice === b && down % 2n === 1n) ? down + 1n : down;
  return a < 0n ? -nearest : nearest;
}

/** x / y for y > 0, rounded up at `places` decimals. */
export function quotientUp(x: Decimal, y: Decimal, places: number): Decimal {
  return { coefficient: ceilQuotient(multiply(x, integer(powerOfTen(places))), y), scale: places };
}

/** Canonical text: no trailing zeros, no sign on zero. */
export function decimalText(x: Decimal): string {
  if (x.coefficient === 0n) return "0";
  const sign = x.coefficient < 0n ? "-" : "";
  const digits = (x.coefficient < 0n ? -x.coefficient : x.coefficient).toString().padStart(x.scale + 1, "0");
  const whole = digits.slice(0, digits.length - x.scale);
  const fraction = x.scale === 0 ? "" : digits.slice(-x.scale).replace(/0+$/, "");
  return sign + whole + (fraction === "" ? "" : `.${fraction}`);
}
