/** Exact decimals on bigint: canonical text in, never a float. */

/** The number `units / 10^scale`. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** Longest decimal text accepted, characters. */
export const MAX_DECIMAL_LENGTH = 48;

const CANONICAL = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const NEGATIVE_ZERO = /^-0(\.0+)?$/;

const powers: bigint[] = [1n];

/** 10^exponent, for an exponent >= 0. */
function pow10(exponent: number): bigint {
  for (let i = powers.length; i <= exponent; i++) powers.push(powers[i - 1]! * 10n);
  return powers[exponent]!;
}

/** What is wrong with `text` as a canonical decimal, or undefined when it is one. */
export function decimalProblem(text: string): string | undefined {
  if (text.length > MAX_DECIMAL_LENGTH) return `is longer than ${MAX_DECIMAL_LENGTH} characters`;
  if (!CANONICAL.test(text)) return "is not a plain decimal number";
  if (NEGATIVE_ZERO.test(text)) return "is a negative zero";
  return undefined;
}

/** The value of a canonical decimal; call `decimalProblem` first. */
export function parseDecimal(text: string): Decimal {
  const dot = text.indexOf(".");
  if (dot < 0) return { units: BigInt(text), scale: 0 };
  return { units: BigInt(text.slice(0, dot) + text.slice(dot + 1)), scale: text.length - dot - 1 };
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

export function add(a: Decimal, b: Decimal): Decimal {
  return subtract(a, { units: -b.units, scale: b.scale });
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: a.units * pow10(scale - a.scale) - b.units * pow10(scale - b.scale), scale };
}

/** Numerator and denominator (> 0) of value / step, for a step > 0. */
function ratio(value: Decimal, step: Decimal): [bigint, bigint] {
  const scale = Math.max(value.scale, step.scale);
  return [value.units * pow10(scale - value.scale), step.units * pow10(scale - step.scale)];
}

/** `value / step` when it is an integer, else undefined. */
export function exactSteps(value: Decimal, step: Decimal): bigint | undefined {
  const [numerator, denominator] = ratio(value, step);
  return numerator % denominator === 0n ? numerator / denominator : undefined;
}

/** `value / step` rounded toward minus infinity. */
export function floorSteps(value: Decimal, step: Decimal): bigint {
  const [numerator, denominator] = ratio(value, step);
  const quotient = numerator / denominator;
  return numerator < 0n && numerator % denominator !== 0n ? quotient - 1n : quotient;
}
