import type { Element } from "../../field/kernel/fieldCode.js";
import { FunctionBuilder, type Local } from "../../wasm/wasmModule.js";
import { AS_INTEGER, bitsOf } from "./fusedConstants.js";
import { FUSED_LIMBS, LIMB_MASK } from "./fusedLimbs.js";
import type { FusedProduct } from "./fusedProduct.js";
import * as op from "./vectorOpcodes.js";

/** Code between 32 little-endian bytes and the limbs of `FusedField`. */

const INTEGER_FROM = 2 ** 52;
const LAST = FUSED_LIMBS - 1;
/** Where the 51 bits of each limb stand: a 64-bit load, and a shift to the right. */
const LIMB_BYTES = [0, 6, 12, 19, 24] as const;
const LIMB_SHIFTS = [0, 3, 6, 1, 12] as const;

/** Pushes the 64 bits at each address. */
export function pushPair(f: FunctionBuilder, at: readonly Local[], offset: number): FunctionBuilder {
  const memory = FunctionBuilder.memory(offset);
  f.get(at[1]!)
    .get(at[0]!)
    .simd(op.LOAD_ZERO, ...memory);
  return f.simd(op.LOAD_LANE, ...memory, 1);
}

/** Limbs from 0 to 2^51, the last to 2^52. */
export function loadFusedBytes(
  f: FunctionBuilder,
  product: FusedProduct,
  at: readonly Local[],
  out: Element,
): void {
  out.forEach((limb, i) => {
    pushPair(f, at, LIMB_BYTES[i]!).i32(LIMB_SHIFTS[i]!).simd(op.SHIFT_RIGHT);
    if (i < LAST) product.integer(LIMB_MASK).simd(op.AND);
    product.double(INTEGER_FROM).simd(op.OR);
    product.double(INTEGER_FROM).simd(op.F64_SUB).set(limb);
  });
}

/** Takes a reduced value. */
export function storeFusedBytes(
  f: FunctionBuilder,
  product: FusedProduct,
  at: readonly Local[],
  value: Element,
  order: bigint,
  scratch: Local,
): void {
  // From here limbs are integers, from 0 below 2^51 but for the last, which has the sign.
  for (const limb of value) {
    f.get(limb);
    product.double(AS_INTEGER).simd(op.F64_ADD);
    product.integer(bitsOf(AS_INTEGER)).simd(op.I64_SUB).set(limb);
  }
  carryIntegers(f, product, value);
  f.get(value[LAST]!);
  product.integer(0n).simd(op.I64_LESS).set(scratch);
  for (let i = 0, rest = order; i < FUSED_LIMBS; i++, rest >>= 51n) {
    f.get(value[i]!).get(scratch);
    const added = product.integer(rest & LIMB_MASK).simd(op.AND);
    added.simd(op.I64_ADD).set(value[i]!);
  }
  carryIntegers(f, product, value);
  for (let word = 0; word < 4; word++) {
    // Of limb `word` the bits that the words before left over.
    f.get(value[word]!).i32(13 * word);
    f.simd(op.SHIFT_RIGHT)
      .get(value[word + 1]!)
      .i32(51 - 13 * word);
    f.simd(op.SHIFT_LEFT).simd(op.OR).set(scratch);
    at.forEach((address, lane) => {
      f.get(address)
        .get(scratch)
        .simd(op.STORE_LANE, ...FunctionBuilder.memory(8 * word), lane);
    });
  }
}

function carryIntegers(f: FunctionBuilder, product: FusedProduct, value: Element): void {
  for (let i = 0; i < LAST; i++) {
    const [limb, next] = [value[i]!, value[i + 1]!];
    f.get(next).get(limb).i32(51).simd(op.SHIFT_RIGHT_SIGNED).simd(op.I64_ADD).set(next);
    f.get(limb);
    product.integer(LIMB_MASK).simd(op.AND).set(limb);
  }
}
