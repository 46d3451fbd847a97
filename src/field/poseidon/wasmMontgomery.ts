import type { FunctionBuilder, Local } from "../../wasm/wasmModule.js";
import { FIELD_ORDER } from "../order.js";
import { type Lanes, LIMB_BITS, LIMB_MASK, LIMBS, toLimbs } from "./wasmLanes.js";

/**
 * Code generators for Montgomery arithmetic, R = 2^261. Nothing is ever subtracted: a sum of k products of
 * values below 2p by constants below p comes out of a reduction below p + 2kp * p/R < p + kp/80, and a product
 * of two values below 3p below 1.1p, so values stay below 2p until the final conversion.
 *
 * Width of the sums: the top limb of a value below 3p has 24 bits, so a column has at most 8 products of full
 * limbs (below 2^29 each, 2^30 for the sum of two) and two small ones; the reduction adds at most 8 * 2^58 and
 * a carry. The counts beside the generators show that no column reaches 2^64.
 */

const ORDER_LIMBS = toLimbs(FIELD_ORDER);

/** Registers for the multipliers and the running column of a reduction, shared by the code of one function. */
export interface Scratch {
  readonly multipliers: readonly Local[];
  readonly column: Local;
}

export function scratch(f: FunctionBuilder, lanes: Lanes): Scratch {
  return { multipliers: f.locals(lanes.type, LIMBS), column: f.local(lanes.type) };
}

/**
 * out = columns / R mod p, where `pushColumn(k)` adds column k (0..16) to the wide value on the stack. Only
 * limb k - 9 of `out` is written after column k, so `out` may share registers with factors of the columns.
 */
export function reduceColumns(
  f: FunctionBuilder,
  lanes: Lanes,
  { multipliers, column }: Scratch,
  pushColumn: (k: number) => void,
  out: readonly Local[],
): void {
  lanes.wide(f, 0);
  for (let k = 0; k < 2 * LIMBS - 1; k++) {
    pushColumn(k);
    for (let i = Math.max(0, k - LIMBS + 1); i < Math.min(k, LIMBS); i++) {
      f.get(multipliers[i]!);
      lanes.limb(f, ORDER_LIMBS[k - i]!);
      lanes.multiply(f);
      lanes.add(f);
    }
    f.tee(column);
    if (k < LIMBS) {
      // p is 2^28 + 1 mod 2^29, and -1/p is 2^28 - 1: both products are a shift and an addition.
      lanes.shiftLeft(f, LIMB_BITS - 1);
      f.get(column);
      lanes.subtract(f);
      lanes.wide(f, LIMB_MASK);
      lanes.and(f);
      f.tee(multipliers[k]!).get(column);
      lanes.add(f);
      f.get(multipliers[k]!);
      lanes.shiftLeft(f, LIMB_BITS - 1);
      lanes.add(f);
      f.get(multipliers[k]!);
      lanes.narrow(f);
      f.set(multipliers[k]!);
    } else {
      lanes.wide(f, LIMB_MASK);
      lanes.and(f);
      lanes.narrow(f);
      f.set(out[k - LIMBS]!).get(column);
    }
    lanes.shiftRight(f, LIMB_BITS);
  }
  lanes.narrow(f);
  f.set(out[LIMBS - 1]!);
}

/** Adds the products a[i] * b[k - i] to the wide value on the stack. */
export function pushProducts(
  f: FunctionBuilder,
  lanes: Lanes,
  a: readonly Local[],
  b: readonly Local[],
  k: number,
): void {
  for (let i = Math.max(0, k - LIMBS + 1); i <= Math.min(k, LIMBS - 1); i++) {
    f.get(a[i]!).get(b[k - i]!);
    lanes.multiply(f);
    lanes.add(f);
  }
}

/** out = a * b / R. With limbs of a or b below 2^30: 8 * 2^59 + 8 * 2^58 < 2^63. `out` may be a. */
export function multiply(
  f: FunctionBuilder,
  lanes: Lanes,
  registers: Scratch,
  a: readonly Local[],
  b: readonly Local[],
  out: readonly Local[],
): void {
  reduceColumns(f, lanes, registers, (k) => pushProducts(f, lanes, a, b, k), out);
}

/** out = a * a / R. With limbs below 2^30: 8 * 2^60 + 8 * 2^58 < 2^64. `out` may be a. */
export function square(
  f: FunctionBuilder,
  lanes: Lanes,
  registers: Scratch,
  a: readonly Local[],
  out: readonly Local[],
): void {
  const pushColumn = (k: number): void => {
    const first = Math.max(0, k - LIMBS + 1);
    for (let i = first; 2 * i < k; i++) {
      f.get(a[i]!).get(a[k - i]!);
      lanes.multiply(f);
      if (i > first) lanes.add(f);
    }
    if (2 * first < k) {
      lanes.shiftLeft(f, 1);
      lanes.add(f);
    }
    if (k % 2 === 0) {
      f.get(a[k / 2]!).get(a[k / 2]!);
      lanes.multiply(f);
      lanes.add(f);
    }
  };
  reduceColumns(f, lanes, registers, pushColumn, out);
}
