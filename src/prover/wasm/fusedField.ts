import type { Element, FieldCode, Pair } from "../../field/kernel/fieldCode.js";
import { FunctionBuilder, type Local, V128 } from "../../wasm/wasmModule.js";
import { loadFusedBytes, pushPair, storeFusedBytes } from "./fusedBytes.js";
import { AS_INTEGER, ROUND_TO_LIMB, type VectorConstants } from "./fusedConstants.js";
import {
  centredLimbs,
  FUSED_ELEMENT_BYTES,
  FUSED_LIMBS,
  LIMB_MASK,
  type ReductionConstants,
  reductionConstants,
} from "./fusedLimbs.js";
import { FusedProduct } from "./fusedProduct.js";
import type { ProductCalls } from "./productCalls.js";
import * as op from "./vectorOpcodes.js";

type Place = "alone" | "in vector";
const LIMB_STEP = { alone: 8, "in vector": 16 } as const;

const EXTEND_32 = 0xac;
const WRAP_32 = 0xa7;
const AND_32 = 0x71;
const LAST = FUSED_LIMBS - 1;

/**
 * A field of 254 bits in five signed limbs of 51 bits, kept as doubles, two elements side by side. Written B = 2^51,
 * R = B^5 = 2^255, q the order (both are between 2^253.59 and 2^253.6, so q / R < 0.38 and q / B^4 < 2^49.6).
 *
 * Why nothing rounds or overflows:
 *
 * 1. A product of limbs is split exactly if |x y| <= 2^102: x y + 3 * 2^102 lies from 2^103 to 2^104, where doubles are 2^51 apart,
 *    so h is x y rounded to a multiple of B; what is left is at most 2^50, and with 3 * 2^51 an integer from 2^52 to 2^53.
 * 2. Columns are 64-bit integers. A product adds at most 2^50 to its own and 2^51 to the next: with up to 10 products
 *    of operands and 5 of reduction to either, below 2^56; in sums of 256 products of at most 2^101 each,
 *    256 * 5 * (2^50 + 2^50) and reduction, below 2^61.5. So with `BIAS` they are positive and below 2^63.
 * 3. Multipliers are from -2^50 below 2^50, so with centred limbs of the constants rule 1 holds, and reduction adds
 *    2^50 B^4 (q/2 + q/2 / B + ...) for the four and 2^50 B^4 q for the last: at most 0.76 q R, either way.
 * 4. So |out| <= sum of |a b| / R + 0.76 q, in limbs of at most 2^50, the top one |out| / B^4: below 2^51, as its conversion
 *    needs, while |out| <= 2.6 q.
 * 5. `reduce` takes limbs up to 2^52 and |value| <= 4 q: quotient * limb <= 2^52, so differences are below 2^53 and exact; the
 *    quotient misses by 2^-46. It leaves 0.51 q.
 *
 * Operands, in units of q: stored points are reduced, 0.51, and their differences 1.02 with limbs up to 2^51.
 * G1: the running product P <= 0.38 * 1.02 P + 0.76, so P <= 1.3; inverse 1.3 (a power is reduced at each step); P times inverse 1.5;
 * slope 1.4; its square 1.6, less both x 2.7, reduced; y the same way. A square doubles limbs of 2^50: 2^101.
 * G2: the norm is reduced, so P <= 1; slopes are reduced, and sums of two of them 1.02, limbs 2^51 by 2^51: 2^102, the edge of rule 1.
 * Transforms: factors are reduced; `split` leaves at most 0.51 and 0.38 * 0.51 * 2 v + 0.76, so v <= 1.3; `join`
 * 0.51 + 0.38 * 0.51 v + 0.76, so v <= 1.6, limbs 2^51.
 * Top limbs: a value of v q has one of at most v 2^49.6, so v w <= 6.9 of two factors keeps rule 1.
 *
 * test/prover/wasm/fields.test.ts multiplies at these edges.
 */
export class FusedField implements FieldCode {
  readonly lanes = 2;
  readonly montgomeryBits = 51 * FUSED_LIMBS;
  readonly elementBytes = FUSED_ELEMENT_BYTES;
  private readonly by: ReductionConstants;
  private readonly product: FusedProduct;
  private readonly flag: Local;
  private readonly scratch: Local;
  private readonly quotient: Local;

  constructor(
    private readonly f: FunctionBuilder,
    readonly order: bigint,
    constants: VectorConstants,
    /** Functions of the module to call for products, so that a function of many products stays small. */
    private readonly calls?: ProductCalls,
  ) {
    this.by = reductionConstants(order);
    this.flag = f.local(V128);
    this.scratch = f.local(V128);
    this.quotient = f.local(V128);
    this.product = new FusedProduct(f, this.by, constants);
  }

  element(): Element {
    return this.f.locals(V128, FUSED_LIMBS);
  }

  load(at: readonly Local[], offset: number, out: Element, place: Place = "alone"): void {
    out.forEach((limb, i) => {
      pushPair(this.f, at, offset + LIMB_STEP[place] * i).set(limb);
    });
  }

  loadSigned(at: readonly Local[], signs: readonly Local[], offset: number, out: Element): void {
    const { f, scratch } = this;
    f.get(signs[0]!).op(EXTEND_32).simd(op.I64_SPLAT).get(signs[1]!).op(EXTEND_32).simd(op.I64_REPLACE, 1);
    f.i32(63).simd(op.SHIFT_LEFT).set(scratch);
    this.load(at, offset, out);
    for (const limb of out) f.get(limb).get(scratch).simd(op.XOR).set(limb);
  }

  store(at: Local, lane: number, offset: number, value: Element, place: Place = "alone"): void {
    value.forEach((limb, i) => {
      const memory = FunctionBuilder.memory(offset + LIMB_STEP[place] * i);
      this.f
        .get(at)
        .get(limb)
        .simd(op.STORE_LANE, ...memory, lane);
    });
  }

  loadVector(at: Local, offset: number, out: Element): void {
    out.forEach((limb, i) => {
      const memory = FunctionBuilder.memory(offset + 16 * i);
      this.f
        .get(at)
        .simd(op.LOAD, ...memory)
        .set(limb);
    });
  }

  storeVector(at: Local, offset: number, value: Element): void {
    value.forEach((limb, i) => {
      const memory = FunctionBuilder.memory(offset + 16 * i);
      this.f
        .get(at)
        .get(limb)
        .simd(op.STORE, ...memory);
    });
  }

  loadSplat(at: Local, out: Element): void {
    out.forEach((limb, i) => {
      this.f
        .get(at)
        .simd(op.LOAD_SPLAT, ...FunctionBuilder.memory(8 * i))
        .set(limb);
    });
  }

  add(a: Element, b: Element, out: Element): void {
    for (let i = 0; i < FUSED_LIMBS; i++) this.f.get(a[i]!).get(b[i]!).simd(op.F64_ADD).set(out[i]!);
  }

  subtract(a: Element, b: Element, out: Element): void {
    for (let i = 0; i < FUSED_LIMBS; i++) this.f.get(a[i]!).get(b[i]!).simd(op.F64_SUB).set(out[i]!);
  }

  multiply(out: Element, plus: readonly Pair[], minus: readonly Pair[] = []): void {
    if (this.calls === undefined) this.product.multiply(out, plus, minus);
    else this.call(out, [...plus, ...minus].flat(), this.calls.index(plus.length, minus.length));
  }

  square(out: Element, a: Element): void {
    if (this.calls === undefined) this.product.square(out, a);
    else this.call(out, [a], this.calls.index(0, 0));
  }

  reduce(value: Element): void {
    const { f, product, quotient, scratch } = this;
    // The top limb alone gives the quotient to 2^-46.
    f.get(value[LAST]!);
    product.double(2 ** 204 / Number(this.order)).simd(op.F64_MUL);
    product.double(AS_INTEGER).simd(op.F64_ADD);
    product.double(AS_INTEGER).simd(op.F64_SUB).set(quotient);
    for (let i = 0; i < FUSED_LIMBS; i++) {
      f.get(quotient);
      product.double(-this.by.order[i]!);
      f.get(value[i]!).simd(op.FUSED);
      if (i > 0) {
        f.set(value[i]!).get(scratch);
        product.double(2 ** -51);
        f.get(value[i]!).simd(op.FUSED);
      }
      f.set(value[i]!);
      if (i === LAST) return;
      f.get(value[i]!);
      product.double(ROUND_TO_LIMB).simd(op.F64_ADD);
      product.double(ROUND_TO_LIMB).simd(op.F64_SUB).set(scratch);
      f.get(value[i]!).get(scratch).simd(op.F64_SUB).set(value[i]!);
    }
  }

  flagZeros(parts: readonly Element[]): void {
    const { f, product, flag, scratch } = this;
    const low = BigInt.asUintN(51, this.order);
    parts.forEach((part, i) => {
      f.get(part[0]!);
      product.double(AS_INTEGER).simd(op.F64_ADD);
      product.integer(LIMB_MASK).simd(op.AND).set(scratch);
      f.get(scratch);
      product.integer(0n).simd(op.I64_EQ);
      for (const value of [low, LIMB_MASK + 1n - low]) {
        f.get(scratch);
        product.integer(value).simd(op.I64_EQ).simd(op.OR);
      }
      if (i > 0) f.get(flag).simd(op.AND);
      f.set(flag);
    });
  }

  pushFlag(lane: number): void {
    this.f.get(this.flag).simd(op.I64_EXTRACT, lane).op(WRAP_32).i32(1).op(AND_32);
  }

  oneWhereFlagged(parts: readonly Element[]): void {
    parts.forEach((part, number) => {
      centredLimbs(number === 0 ? 1n << 255n : 0n, this.order).forEach((limb, i) => {
        this.product.double(limb);
        this.f.get(part[i]!).get(this.flag).simd(op.SELECT).set(part[i]!);
      });
    });
  }

  loadBytes(at: readonly Local[], out: Element): void {
    loadFusedBytes(this.f, this.product, at, out);
  }

  storeBytes(at: readonly Local[], value: Element): void {
    this.reduce(value);
    storeFusedBytes(this.f, this.product, at, value, this.order, this.scratch);
  }

  constant(value: bigint, out: Element): void {
    centredLimbs(value, this.order).forEach((limb, i) => {
      this.product.double(limb).set(out[i]!);
    });
  }

  beginSum(): void {
    this.product.beginSum();
  }

  addProduct(a: Element, b: Element): void {
    this.product.addProduct(a, b);
  }

  endSum(out: Element): void {
    const { f, product, quotient } = this;
    product.endSum(out, (upper) => {
      // quotient = top / order, to 2^-13; the top is below 2^62
      f.get(upper[LAST]!).i32(36).simd(op.SHIFT_RIGHT_SIGNED);
      product.integer((1n << 280n) / this.order).simd(op.I64_MUL);
      product.integer(1n << 39n).simd(op.I64_ADD);
      f.i32(40).simd(op.SHIFT_RIGHT_SIGNED).set(quotient);
      upper.forEach((column, i) => {
        f.get(column).get(quotient);
        product.integer(BigInt(this.by.order[i]!)).simd(op.I64_MUL).simd(op.I64_SUB).set(column);
      });
    });
  }

  private call(out: Element, operands: readonly Element[], index: number): void {
    for (const operand of operands) for (const limb of operand) this.f.get(limb);
    this.f.call(index);
    for (const limb of [...out].reverse()) this.f.set(limb);
  }
}
