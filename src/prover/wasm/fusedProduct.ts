import type { Element, Pair } from "../../field/kernel/fieldCode.js";
import { type FunctionBuilder, type Local, V128 } from "../../wasm/wasmModule.js";
import { AS_INTEGER, bitsOf, ROUND_TO_LIMB, type VectorConstants } from "./fusedConstants.js";
import { FUSED_LIMBS, LIMB_MASK, type ReductionConstants } from "./fusedLimbs.js";
import * as op from "./vectorOpcodes.js";

const COLUMNS = 2 * FUSED_LIMBS;
const INTEGER_FROM = 2 ** 52;
// Keeps a column positive while its carry is taken, and makes the limb that stays the nearest to 0.
const BIAS = (1n << 62n) + (1n << 50n);
const BIAS_CARRY = 1n << 11n;

/** The product of two limbs, into `column` and the next. */
interface Product {
  readonly column: number;
  readonly subtract: boolean;
  /** Made of the multiplier that this very column gives. */
  readonly own: boolean;
  readonly x: () => void;
  readonly y: () => void;
}

/**
 * Emits Montgomery products of vectors of doubles, R = 2^255; `FusedField` says which operands keep it exact.
 *
 * A product x y of limbs is split by two fused multiply-adds: h = x y + 3 * 2^102 is rounded to a multiple of
 * 2^51, and x y - h + (both constants) is then exact. The bits of either are an integer plus those of the
 * constant, so columns add them up as 64-bit integers, and take off at once what the constants come to.
 *
 * Of the five columns to divide away, four are multiplied by 2^-51 modulo the order, which needs no quotient, and
 * the last by Montgomery's quotient times the order.
 *
 * @see https://doi.org/10.1109/ARITH.2018.8464792 Emmart, Zheng, Weems
 */
export class FusedProduct {
  private readonly columns: readonly Local[];
  private readonly multipliers: readonly Local[];
  private readonly doubled: Element;
  private readonly high: Local;
  private readonly base: Local;
  private readonly hottest: readonly [Local, Local] | undefined;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly by: ReductionConstants,
    private readonly constants: VectorConstants,
  ) {
    this.base = constants.start(f);
    this.columns = f.locals(V128, COLUMNS);
    this.multipliers = f.locals(V128, FUSED_LIMBS);
    this.doubled = f.locals(V128, FUSED_LIMBS);
    this.high = f.local(V128);
    if (constants.place === "code") return;
    const hottest = [f.local(V128), f.local(V128)] as const;
    this.double(ROUND_TO_LIMB).set(hottest[0]);
    this.double(ROUND_TO_LIMB + AS_INTEGER).set(hottest[1]);
    this.hottest = hottest;
  }

  multiply(out: Element, plus: readonly Pair[], minus: readonly Pair[]): void {
    const of = (column: number): Product[] => [
      ...plus.flatMap(([a, b]) => this.schoolbook(column, a, b, false)),
      ...minus.flatMap(([a, b]) => this.schoolbook(column, a, b, true)),
    ];
    this.reduced(out, of);
  }

  /** Products of different limbs are made once, with one factor doubled. */
  square(out: Element, a: Element): void {
    const { f, doubled } = this;
    for (let i = 1; i < FUSED_LIMBS; i++) f.get(a[i]!).get(a[i]!).simd(op.F64_ADD).set(doubled[i]!);
    const of = (column: number): Product[] =>
      lowerIndices(column)
        .filter((i) => 2 * i <= column)
        .map((i) => this.product(column, a[i]!, 2 * i === column ? a[i]! : doubled[column - i]!, false));
    this.reduced(out, of);
  }

  beginSum(): void {
    for (const column of this.columns) this.integer(0n).set(column);
  }

  addProduct(a: Element, b: Element): void {
    const products = Array.from({ length: COLUMNS - 1 }, (_, column) =>
      this.schoolbook(column, a, b, false),
    ).flat();
    this.columns.forEach((_, k) => {
      this.offset(k, -biasOf(products, k));
    });
    for (const product of products) this.accumulate(product);
  }

  /** The sum over both lanes; `settle` is given the columns 5 to 9 before their carries are taken, to make them smaller. */
  endSum(out: Element, settle: (upper: readonly Local[]) => void): void {
    const { f, columns } = this;
    for (const column of columns) {
      f.get(column).get(column).get(column);
      f.simd(op.SHUFFLE, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7).simd(op.I64_ADD).set(column);
    }
    const reduction = Array.from({ length: COLUMNS - 1 }, (_, column) => this.reduction(column));
    // The upper columns hold their plain values for `settle`.
    const before = (k: number) => (k < FUSED_LIMBS ? startOf(k) : k === FUSED_LIMBS ? -BIAS_CARRY : 0n);
    columns.forEach((_, k) => {
      this.offset(k, before(k) - biasOf(reduction.flat(), k));
    });
    reduction.forEach((products, column) => {
      this.column(column, products);
    });
    settle(columns.slice(FUSED_LIMBS));
    for (let k = FUSED_LIMBS; k < COLUMNS; k++) this.offset(k, startOf(k) - before(k));
    for (let k = FUSED_LIMBS; k < COLUMNS; k++) this.limb(k, out);
  }

  /** Pushes a constant double in both lanes. */
  double(value: number): FunctionBuilder {
    return this.integer(bitsOf(value));
  }

  /** Pushes a constant of 64 bits in both lanes. */
  integer(bits: bigint): FunctionBuilder {
    return this.constants.push(this.f, this.base, bits);
  }

  /** Pushes the limb nearest to 0 of the integers on the stack, which carry `BIAS`, as doubles. */
  nearestLimb(): FunctionBuilder {
    this.integer(LIMB_MASK).simd(op.AND);
    this.double(INTEGER_FROM).simd(op.OR);
    return this.double(INTEGER_FROM + 2 ** 50).simd(op.F64_SUB);
  }

  private reduced(out: Element, of: (column: number) => Product[]): void {
    const steps = Array.from({ length: COLUMNS - 1 }, (_, column) => [
      ...of(column),
      ...this.reduction(column),
    ]);
    const start = (k: number) => this.integer(startOf(k) - biasOf(steps.flat(), k)).set(this.columns[k]!);
    start(0);
    steps.forEach((products, column) => {
      start(column + 1);
      this.column(column, products);
      if (column >= FUSED_LIMBS) this.limb(column, out);
    });
    this.limb(COLUMNS - 1, out);
  }

  private schoolbook(column: number, a: Element, b: Element, subtract: boolean): Product[] {
    return lowerIndices(column).map((i) => this.product(column, a[i]!, b[column - i]!, subtract));
  }

  private product(column: number, a: Local, b: Local, subtract: boolean): Product {
    return { column, subtract, own: false, x: () => this.f.get(a), y: () => this.f.get(b) };
  }

  /** The products by which reduction adds to the column (low halves). */
  private reduction(column: number): Product[] {
    const last = FUSED_LIMBS - 1;
    return Array.from({ length: FUSED_LIMBS }, (_, i): Product => {
      const limb = column - i - (i < last ? 1 : 0);
      const factor = (i < last ? this.by.shifted : this.by.order)[limb];
      const y = () => this.double(factor!);
      return { column, subtract: false, own: i === column, x: () => this.f.get(this.multipliers[i]!), y };
    }).filter(({ column }, i) => {
      const limb = column - i - (i < last ? 1 : 0);
      return limb >= 0 && limb < FUSED_LIMBS;
    });
  }

  /** Sums up a column and, if it is one of the lower five, divides it away. */
  private column(column: number, products: readonly Product[]): void {
    for (const product of products) if (!product.own) this.accumulate(product);
    if (column >= FUSED_LIMBS) return;
    const { f, columns, multipliers, high } = this;
    const multiplier = multipliers[column]!;
    f.get(columns[column]!);
    this.nearestLimb().set(multiplier);
    if (column === FUSED_LIMBS - 1) {
      const quotient = () => {
        f.get(multiplier);
        this.double(this.by.negatedInverse);
      };
      quotient();
      this.roundToLimb().simd(op.FUSED).set(high);
      quotient();
      this.roundThenInteger().get(high).simd(op.F64_SUB).simd(op.FUSED);
      this.double(AS_INTEGER).simd(op.F64_SUB).set(multiplier);
    }
    for (const product of products) if (product.own) this.accumulate(product);
    this.carry(column);
  }

  /** column += low half, next column += high half */
  private accumulate({ column, subtract, x, y }: Product): void {
    const { f, high, columns } = this;
    const [low, next] = [columns[column]!, columns[column + 1]!];
    const combine = subtract ? op.I64_SUB : op.I64_ADD;
    x();
    y();
    this.roundToLimb().simd(op.FUSED).set(high);
    f.get(next).get(high).simd(combine).set(next);
    f.get(low);
    x();
    y();
    this.roundThenInteger().get(high).simd(op.F64_SUB).simd(op.FUSED).simd(combine).set(low);
  }

  private carry(column: number): void {
    const { f, columns } = this;
    const next = columns[column + 1]!;
    f.get(next).get(columns[column]!).i32(51).simd(op.SHIFT_RIGHT).simd(op.I64_ADD).set(next);
  }

  private limb(column: number, out: Element): void {
    const { f, columns } = this;
    f.get(columns[column]!);
    if (column === COLUMNS - 1) this.double(AS_INTEGER).simd(op.F64_SUB);
    else {
      this.carry(column);
      this.nearestLimb();
    }
    f.set(out[column - FUSED_LIMBS]!);
  }

  private offset(k: number, by: bigint): void {
    const column = this.columns[k]!;
    this.f.get(column);
    this.integer(by).simd(op.I64_ADD).set(column);
  }

  private roundToLimb(): FunctionBuilder {
    return this.hottest === undefined ? this.double(ROUND_TO_LIMB) : this.f.get(this.hottest[0]);
  }

  private roundThenInteger(): FunctionBuilder {
    return this.hottest === undefined ? this.double(ROUND_TO_LIMB + AS_INTEGER) : this.f.get(this.hottest[1]);
  }
}

/** Every i with i and column - i limb numbers. */
function lowerIndices(column: number): number[] {
  const low = Math.max(0, column - FUSED_LIMBS + 1);
  return Array.from({ length: Math.min(column, FUSED_LIMBS - 1) - low + 1 }, (_, i) => low + i);
}

/** What the constants in the doubles added to a column come to. */
function biasOf(products: readonly Product[], column: number): bigint {
  let bias = 0n;
  for (const product of products) {
    const bits = product.column === column ? AS_INTEGER : product.column + 1 === column ? ROUND_TO_LIMB : 0;
    if (bits !== 0) bias += product.subtract ? -bitsOf(bits) : bitsOf(bits);
  }
  return bias;
}

/** What a column starts from, so that its carry comes out right and its limb nearest to 0. */
function startOf(column: number): bigint {
  const carryIn = column === 0 ? 0n : BIAS_CARRY;
  return (column === COLUMNS - 1 ? bitsOf(AS_INTEGER) : BIAS) - carryIn;
}
