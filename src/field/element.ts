import { invert, pow as power } from "@noble/curves/abstract/modular.js";
import { MarginproofError } from "../errors.js";
import { FIELD_ORDER } from "./order.js";

/**
 * Arithmetic modulo the BN254 scalar order p. Elements are plain bigints in [0, p); every function returns a
 * canonical element for canonical arguments. None of it runs in constant time.
 */

/** True when x is the one accepted representative of its residue class: 0 <= x < p. */
export function isCanonical(x: bigint): boolean {
  return x >= 0n && x < FIELD_ORDER;
}

/** The residue of any integer, negative ones included: -1 becomes p - 1. */
export function fromSigned(x: bigint): bigint {
  const residue = x % FIELD_ORDER;
  return residue < 0n ? residue + FIELD_ORDER : residue;
}

/** a + b mod p. */
export function add(a: bigint, b: bigint): bigint {
  const sum = a + b;
  return sum >= FIELD_ORDER ? sum - FIELD_ORDER : sum;
}

/** a - b mod p. */
export function sub(a: bigint, b: bigint): bigint {
  const difference = a - b;
  return difference < 0n ? difference + FIELD_ORDER : difference;
}

/** a * b mod p. */
export function mul(a: bigint, b: bigint): bigint {
  return (a * b) % FIELD_ORDER;
}

/** -a mod p. */
export function neg(a: bigint): bigint {
  return a === 0n ? 0n : FIELD_ORDER - a;
}

/** base ** exponent mod p, with 0 ** 0 = 1. @throws MarginproofError FIELD_EXPONENT_NEGATIVE below zero */
export function pow(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n)
    throw new MarginproofError("FIELD_EXPONENT_NEGATIVE", "a field exponent must not be negative");
  return power(base, exponent, FIELD_ORDER);
}

/** 1 / a mod p. @throws MarginproofError FIELD_DIVISION_BY_ZERO on zero */
export function inverse(a: bigint): bigint {
  const value = fromSigned(a);
  if (value === 0n) throw new MarginproofError("FIELD_DIVISION_BY_ZERO", "zero has no inverse in the field");
  // By Euclid: about ten times cheaper on bigints than raising to p - 2.
  return invert(value, FIELD_ORDER);
}

/**
 * The inverse of every value, in order, for the price of one inversion and three products a value
 * (Montgomery's trick).
 * @throws MarginproofError FIELD_DIVISION_BY_ZERO when any value is zero
 */
export function batchInverse(values: readonly bigint[]): bigint[] {
  const prefixes: bigint[] = [];
  let product = 1n;
  for (const value of values) {
    prefixes.push(product);
    product = mul(product, value);
  }
  const inverses = new Array<bigint>(values.length);
  let suffix = inverse(product);
  for (let i = values.length - 1; i >= 0; i--) {
    inverses[i] = mul(suffix, prefixes[i]!);
    suffix = mul(suffix, values[i]!);
  }
  return inverses;
}
