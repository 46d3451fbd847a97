import { FunctionBuilder, I32, I64, type Local } from "../../wasm/wasmModule.js";
import type { Element, FieldCode, Pair } from "./fieldCode.js";

const LIMBS = 9;
const LIMB_BITS = 29;
const LIMB_MASK = 2 ** LIMB_BITS - 1;
const LAST = LIMBS - 1;

const ADD = 0x7c;
const SUB = 0x7d;
const MUL = 0x7e;
const AND = 0x83;
const OR = 0x84;
const XOR = 0x85;
const SHIFT_LEFT = 0x86;
const SHIFT_RIGHT_SIGNED = 0x87;
const SHIFT_RIGHT = 0x88;
const EQUAL = 0x51;
const LESS = 0x53;
const OR_32 = 0x72;
const AND_32 = 0x71;
const EXTEND_32 = 0xac;

/** x as nine limbs, the lowest first; 0 <= x < 2^261. */
function toLimbs(x: bigint): number[] {
  return Array.from({ length: LIMBS }, (_, i) => Number((x >> BigInt(LIMB_BITS * i)) & BigInt(LIMB_MASK)));
}

/** -1 / order modulo 2^29. */
function negatedInverse(order: bigint): number {
  let inverse = 1n;
  for (let i = 0; i < 5; i++) inverse = BigInt.asUintN(LIMB_BITS, inverse * (2n - order * inverse));
  return Number(BigInt.asUintN(LIMB_BITS, -inverse));
}

/**
 * A field of 254 bits in nine signed limbs of 29 bits, Montgomery form with factor 2^261: for engines and processors
 * without the fused arithmetic. The slack of 7 bits over the field and of the 64-bit columns over their products lets
 * differences be multiplied without carrying them first, which is what makes point addition cheap.
 *
 * Carried: limbs 0 to 7 from 0 below 2^29, limb 8 with the sign.
 */
export class IntegerField implements FieldCode {
  readonly lanes = 1;
  readonly montgomeryBits = LIMBS * LIMB_BITS;
  readonly elementBytes = 4 * LIMBS;
  private readonly orderLimbs: readonly number[];
  private readonly inverse: number;
  /** Of 2^40 / (order / 2^232): the quotient by the order read off the top limb. */
  private readonly reciprocal: number;
  private readonly multipliers: Element;
  private readonly product: Element;
  private readonly sum: Element;
  private readonly column: Local;
  private readonly carry: Local;
  private readonly quotient: Local;
  private readonly flag: Local;

  constructor(
    readonly f: FunctionBuilder,
    readonly order: bigint,
  ) {
    this.orderLimbs = toLimbs(order);
    this.inverse = negatedInverse(order);
    this.reciprocal = Number((1n << 272n) / order);
    this.multipliers = f.locals(I64, LIMBS);
    this.product = f.locals(I64, LIMBS);
    this.sum = f.locals(I64, LIMBS);
    this.column = f.local(I64);
    this.carry = f.local(I64);
    this.quotient = f.local(I64);
    this.flag = f.local(I32);
  }

  element(): Element {
    return this.f.locals(I64, LIMBS);
  }

  load([at]: readonly Local[], offset: number, out: Element): void {
    out.forEach((limb, i) => {
      this.f
        .get(at!)
        .op(0x34, ...FunctionBuilder.memory(offset + 4 * i))
        .set(limb);
    });
  }

  loadSigned(at: readonly Local[], [sign]: readonly Local[], offset: number, out: Element): void {
    const { f, carry } = this;
    this.load(at, offset, out);
    f.get(sign!).op(EXTEND_32).set(carry);
    // (x XOR -s) + s
    for (const limb of out) f.get(limb).i64(0).get(carry).op(SUB, XOR).get(carry).op(ADD).set(limb);
  }

  store(at: Local, _lane: number, offset: number, value: Element): void {
    value.forEach((limb, i) => {
      this.f
        .get(at)
        .get(limb)
        .op(0x3e, ...FunctionBuilder.memory(offset + 4 * i));
    });
  }

  loadVector(at: Local, offset: number, out: Element): void {
    this.load([at], offset, out);
  }

  storeVector(at: Local, offset: number, value: Element): void {
    this.store(at, 0, offset, value);
  }

  loadSplat(at: Local, out: Element): void {
    this.load([at], 0, out);
  }

  add(a: Element, b: Element, out: Element): void {
    out.forEach((limb, i) => {
      this.f.get(a[i]!).get(b[i]!).op(ADD).set(limb);
    });
  }

  subtract(a: Element, b: Element, out: Element): void {
    out.forEach((limb, i) => {
      this.f.get(a[i]!).get(b[i]!).op(SUB).set(limb);
    });
  }

  /**
   * The result lies between -order/8 and 9 order/8. Limbs of at most 2^29 in one factor and 2^30 in the other, and one
   * such product or two of 2^29 by 2^29, keep columns below (18 + 9) * 2^58 < 2^63.
   */
  multiply(out: Element, plus: readonly Pair[], minus: readonly Pair[] = []): void {
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
        f.get(this.multipliers[i]!).i64(this.orderLimbs[k - i]!);
        accumulate(ADD);
      }
      // The carry comes last: a column's products need not wait for the column before.
      if (k > 0) f.get(this.carry).op(ADD);
      f.tee(this.column);
      if (k < LIMBS) {
        f.i64(this.inverse).op(MUL).i64(LIMB_MASK).op(AND).tee(this.multipliers[k]!);
        f.i64(this.orderLimbs[0]!).op(MUL).get(this.column).op(ADD);
      } else {
        f.i64(LIMB_MASK)
          .op(AND)
          .set(out[k - LIMBS]!)
          .get(this.column);
      }
      f.i64(LIMB_BITS).op(SHIFT_RIGHT_SIGNED).set(this.carry);
    }
    f.get(this.carry).set(out[LAST]!);
  }

  square(out: Element, a: Element): void {
    this.multiply(out, [[a, a]]);
  }

  /** Brings a value of size below 2^8 times the order to between -1 and 1001 thousandths of it. */
  reduce(value: Element): void {
    const { f, quotient } = this;
    f.get(value[LAST]!).i64(this.reciprocal).op(MUL).i64(40).op(SHIFT_RIGHT_SIGNED).set(quotient);
    this.carryThrough(value, (i) => f.get(quotient).i64(this.orderLimbs[i]!).op(MUL, SUB));
  }

  flagZeros(parts: readonly Element[]): void {
    const { f, flag } = this;
    parts.forEach(([low], i) => {
      const equals = (value: number) => f.get(low!).i64(LIMB_MASK).op(AND).i64(value).op(EQUAL);
      equals(0);
      equals(this.orderLimbs[0]!).op(OR_32);
      equals(2 ** LIMB_BITS - this.orderLimbs[0]!).op(OR_32);
      if (i > 0) f.get(flag).op(AND_32);
      f.set(flag);
    });
  }

  pushFlag(): void {
    this.f.get(this.flag);
  }

  oneWhereFlagged(parts: readonly Element[]): void {
    this.f.get(this.flag).when(() => {
      parts.forEach((part, i) => {
        this.constant(i === 0 ? 1n << BigInt(this.montgomeryBits) : 0n, part);
      });
    });
  }

  loadBytes([at]: readonly Local[], out: Element): void {
    out.forEach((limb, i) => {
      // 64 bits from a 32-bit boundary hold the limb; the last one stays inside the element.
      const start = Math.min((LIMB_BITS * i) >> 5, 6);
      this.f.get(at!).op(0x29, ...FunctionBuilder.memory(4 * start));
      this.f.i64(LIMB_BITS * i - 32 * start).op(SHIFT_RIGHT);
      this.f.i64(LIMB_MASK).op(AND).set(limb);
    });
  }

  storeBytes([at]: readonly Local[], value: Element): void {
    const { f, product } = this;
    const plus = (op: number) => (i: number) => f.i64(this.orderLimbs[i]!).op(op);
    this.reduce(value);
    f.get(value[LAST]!)
      .i64(0)
      .op(LESS)
      .when(() => this.carryThrough(value, plus(ADD)));
    value.forEach((limb, i) => {
      f.get(limb).set(product[i]!);
    });
    this.carryThrough(product, plus(SUB));
    f.get(product[LAST]!)
      .i64(0)
      .op(LESS, 0x45)
      .when(() => {
        value.forEach((limb, i) => {
          f.get(product[i]!).set(limb);
        });
      });
    for (let word = 0; word < 4; word++) {
      f.get(at!).i64(0);
      value.forEach((limb, i) => {
        const shift = LIMB_BITS * i - 64 * word;
        if (shift <= -LIMB_BITS || shift >= 64) return;
        f.get(limb)
          .i64(Math.abs(shift))
          .op(shift < 0 ? SHIFT_RIGHT : SHIFT_LEFT, OR);
      });
      f.op(0x37, ...FunctionBuilder.memory(8 * word));
    }
  }

  constant(value: bigint, out: Element): void {
    toLimbs(((value % this.order) + this.order) % this.order).forEach((limb, i) => {
      this.f.i64(limb).set(out[i]!);
    });
  }

  beginSum(): void {
    for (const limb of this.sum) this.f.i64(0).set(limb);
  }

  addProduct(a: Element, b: Element): void {
    this.multiply(this.product, [[a, b]]);
    this.add(this.sum, this.product, this.sum);
  }

  endSum(out: Element): void {
    this.reduce(this.sum);
    out.forEach((limb, i) => {
      this.f.get(this.sum[i]!).set(limb);
    });
  }

  /** Carries the value, limb by limb, after `change` has added something to the limb on the stack. */
  private carryThrough(value: Element, change: (limb: number) => void): void {
    const { f, column, carry } = this;
    value.forEach((limb, i) => {
      f.get(limb);
      change(i);
      if (i > 0) f.get(carry).op(ADD);
      if (i === LAST) f.set(limb);
      else {
        f.tee(column).i64(LIMB_MASK).op(AND).set(limb);
        f.get(column).i64(LIMB_BITS).op(SHIFT_RIGHT_SIGNED).set(carry);
      }
    });
  }
}
