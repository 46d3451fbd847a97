import { BASE_FIELD_ORDER } from "../../field/order.js";
import { FunctionBuilder, I64, type Local } from "../../wasm/wasmModule.js";

/**
 * Code generators for the base field of BN254 in WebAssembly: nine signed limbs of 29 bits, Montgomery form
 * with factor 2^261. The slack of 7 bits over the field and of the 64-bit columns over their products lets
 * differences be multiplied without carrying them first, which is what makes point addition cheap.
 */

export const LIMBS = 9;
export const LIMB_BITS = 29;
export const LIMB_MASK = 2 ** LIMB_BITS - 1;
export const ELEMENT_BYTES = 4 * LIMBS;

/** An element in registers: limbs 0..7 below 2^30 in size, limb 8 with the sign. */
export type Element = readonly Local[];

/** x as nine limbs, the lowest first; 0 <= x < 2^261. */
export function toLimbs(x: bigint): number[] {
  return Array.from({ length: LIMBS }, (_, i) => Number((x >> BigInt(LIMB_BITS * i)) & BigInt(LIMB_MASK)));
}

const ORDER_LIMBS: readonly number[] = toLimbs(BASE_FIELD_ORDER);
const NEGATED_INVERSE = Number(negatedInverse());
// Of 2^40 / (q / 2^232): the quotient by q read off the top limb.
const RECIPROCAL = Number((1n << 272n) / BASE_FIELD_ORDER);

function negatedInverse(): bigint {
  const modulus = 1n << BigInt(LIMB_BITS);
  let inverse = 1n;
  for (let i = 0; i < 6; i++) inverse = (inverse * (2n - BASE_FIELD_ORDER * inverse)) & (modulus - 1n);
  return (modulus - inverse) & (modulus - 1n);
}

export const ADD = 0x7c;
export const SUB = 0x7d;
const MUL = 0x7e;
const AND = 0x83;
const SHIFT_RIGHT_SIGNED = 0x87;

/** Emits field operations into one function, whose scratch registers it owns. */
export class BaseFieldCode {
  private readonly multipliers: Element;
  private readonly column: Local;
  private readonly carry: Local;
  private readonly quotient: Local;

  constructor(readonly f: FunctionBuilder) {
    this.multipliers = f.locals(I64, LIMBS);
    this.column = f.local(I64);
    this.carry = f.local(I64);
    this.quotient = f.local(I64);
  }

  element(): Element {
    return this.f.locals(I64, LIMBS);
  }

  load(address: Local, offset: number, out: Element): void {
    for (let i = 0; i < LIMBS; i++) this.pushLimb(address, offset, i).set(out[i]!);
  }

  store(address: Local, offset: number, value: Element): void {
    value.forEach((limb, i) => {
      this.f
        .get(address)
        .get(limb)
        .op(0x3e, ...FunctionBuilder.memory(offset + 4 * i));
    });
  }

  /** out = value at p - value at q (or the sum), limb by limb, uncarried. */
  loadCombined(op: typeof ADD | typeof SUB, p: Local, q: Local, offset: number, out: Element): void {
    for (let i = 0; i < LIMBS; i++) {
      this.pushLimb(p, offset, i);
      this.pushLimb(q, offset, i);
      this.f.op(op).set(out[i]!);
    }
  }

  /** out = a + b or a - b, limb by limb, uncarried. */
  combine(op: typeof ADD | typeof SUB, a: Element, b: Element, out: Element): void {
    for (let i = 0; i < LIMBS; i++) this.f.get(a[i]!).get(b[i]!).op(op).set(out[i]!);
  }

  /**
   * out = (sum of plus[0] * plus[1] - sum of minus[0] * minus[1]) / 2^261 mod q, in carried limbs, between -q/8
   * and 9q/8. Limbs of at most 2^29 in one factor and 2^30 in the other, and one such product or two of
   * 2^29 by 2^29, keep columns below (18 + 9) * 2^58 < 2^63. `out` may be any factor.
   */
  multiply(
    out: Element,
    plus: readonly (readonly [Element, Element])[],
    minus: readonly (readonly [Element, Element])[] = [],
  ): void {
    const { f } = this;
    for (let k = 0; k < 2 * LIMBS - 1; k++) {
      const low = Math.max(0, k - LIMBS + 1);
      let first = true;
      const accumulate = (op: number) => {
        f.op(MUL);
        if (!first) f.op(op);
        first = false;
      };
      for (const [op, pairs] of [[ADD, plus] as const, [SUB, minus] as const]) {
        for (const [a, b] of pairs) {
          for (let i = low; i <= Math.min(k, LIMBS - 1); i++) {
            f.get(a[i]!).get(b[k - i]!);
            accumulate(op);
          }
        }
      }
      for (let i = low; i < Math.min(k, LIMBS); i++) {
        f.get(this.multipliers[i]!).i64(ORDER_LIMBS[k - i]!);
        accumulate(ADD);
      }
      // The carry comes last: a column's products need not wait for the column before.
      if (k > 0) f.get(this.carry).op(ADD);
      f.tee(this.column);
      if (k < LIMBS) {
        f.i64(NEGATED_INVERSE).op(MUL).i64(LIMB_MASK).op(AND).tee(this.multipliers[k]!);
        f.i64(ORDER_LIMBS[0]!).op(MUL).get(this.column).op(ADD);
      } else {
        f.i64(LIMB_MASK)
          .op(AND)
          .set(out[k - LIMBS]!)
          .get(this.column);
      }
      f.i64(LIMB_BITS).op(SHIFT_RIGHT_SIGNED).set(this.carry);
    }
    f.get(this.carry).set(out[LIMBS - 1]!);
  }

  /** Subtracts the multiple of q that brings a value of size below 2^8 q to -q/1000..1001q/1000, and carries. */
  reduce(value: Element): void {
    const { f } = this;
    f.get(value[LIMBS - 1]!)
      .i64(RECIPROCAL)
      .op(MUL)
      .i64(40)
      .op(SHIFT_RIGHT_SIGNED)
      .set(this.quotient);
    for (let i = 0; i < LIMBS; i++) {
      f.get(value[i]!).get(this.quotient).i64(ORDER_LIMBS[i]!).op(MUL, SUB);
      if (i > 0) f.get(this.carry).op(ADD);
      if (i === LIMBS - 1) f.set(value[i]!);
      else {
        f.tee(this.column).i64(LIMB_MASK).op(AND).set(value[i]!);
        f.get(this.column).i64(LIMB_BITS).op(SHIFT_RIGHT_SIGNED).set(this.carry);
      }
    }
  }

  /** Pushes the i32 1 when the limb is that of a multiple of q between -q and q, else 0. */
  pushMayBeZero(lowLimb: Local): void {
    const { f } = this;
    const equals = (value: number) => f.get(lowLimb).i64(LIMB_MASK).op(AND).i64(value).op(0x51);
    equals(0);
    equals(ORDER_LIMBS[0]!).op(0x72);
    equals(2 ** LIMB_BITS - ORDER_LIMBS[0]!).op(0x72);
  }

  private pushLimb(address: Local, offset: number, index: number): FunctionBuilder {
    return this.f.get(address).op(0x34, ...FunctionBuilder.memory(offset + 4 * index));
  }
}
