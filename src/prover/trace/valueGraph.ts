import { FIELD_ORDER } from "../../field/order.js";

/** How a value comes from earlier ones, its operands a and b, or a and `by`, of which the circuit alone knows the value. */
export enum Kind {
  /** b is its place among the inputs. */
  input,
  /** a + b */
  add,
  /** a - b */
  subtract,
  /** a * by */
  scale,
  /** a + by */
  offset,
  /** by */
  constant,
  /** a * b */
  multiply,
  /** 1 / a, of an a that is not 0 */
  inverse,
  /** a >> b, of integers */
  shifted,
  /** (a >> b) & 1 */
  bit,
  /** 1 if a is 0, or 0 */
  isZero,
}

/** A value by its number, or what the circuit alone determines. */
export type Operand = number | bigint;

/** The calculator did with an input what cannot be written down as a value. */
export class Untraceable extends Error {}

const MINUS_ONE = FIELD_ORDER - 1n;
const modulo = (x: bigint): bigint => ((x % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER;

/**
 * What a calculation does with its inputs, value by value; each comes after those that it is made of. Numbers begin with 1. A step of
 * 2^20 constraints has ten million values, hence the arrays.
 */
export class ValueGraph {
  /** The number of the next value. */
  size = 1;
  kinds = new Uint8Array(1024);
  /** Two words a value: a and b, or a and which of `factors`. */
  words = new Int32Array(2 * 1024);
  readonly factors: bigint[] = [];
  /** Values that were 0, or were not, where the calculation went one way and not another. */
  readonly guards = new Map<number, boolean>();
  private readonly factorNumbers = new Map<bigint, number>();

  kindOf(value: number): Kind {
    return this.kinds[value]!;
  }

  a(value: number): number {
    return this.words[2 * value]!;
  }

  b(value: number): number {
    return this.words[2 * value + 1]!;
  }

  by(value: number): bigint {
    return this.factors[this.b(value)]!;
  }

  /** The number of an element in `factors`. */
  factor(element: bigint): number {
    const known = this.factorNumbers.get(element);
    if (known !== undefined) return known;
    this.factorNumbers.set(element, this.factors.length);
    return this.factors.push(element) - 1;
  }

  input(place: number): number {
    return this.push(Kind.input, 0, place);
  }

  constant(by: bigint): number {
    return this.push(Kind.constant, 0, this.factor(by));
  }

  add(a: Operand, b: Operand): Operand {
    if (typeof a === "bigint") return typeof b === "bigint" ? modulo(a + b) : this.add(b, a);
    if (typeof b === "number") return this.push(Kind.add, a, b);
    return b === 0n ? a : this.push(Kind.offset, a, this.factor(b));
  }

  subtract(a: Operand, b: Operand): Operand {
    if (typeof b === "bigint") return this.add(a, modulo(-b));
    if (typeof a === "number") return this.push(Kind.subtract, a, b);
    return this.add(this.multiply(b, MINUS_ONE), a);
  }

  multiply(a: Operand, b: Operand): Operand {
    if (typeof a === "bigint") return typeof b === "bigint" ? modulo(a * b) : this.multiply(b, a);
    if (typeof b === "number")
      return this.isDigitTimesItselfLess1(a, b) ? 0n : this.push(Kind.multiply, a, b);
    if (b === 0n) return 0n;
    return b === 1n ? a : this.push(Kind.scale, a, this.factor(b));
  }

  /** Where b is not 0: a guard. */
  divide(a: Operand, b: number): Operand {
    this.guard(b, false);
    return this.multiply(a, this.push(Kind.inverse, b, 0));
  }

  shifted(a: number, places: bigint): number {
    if (places >= 254n) throw new Untraceable("a shift by more than an element has");
    return this.push(Kind.shifted, a, Number(places));
  }

  lowestBit(a: number): number {
    return this.kindOf(a) === Kind.shifted
      ? this.push(Kind.bit, this.a(a), this.b(a))
      : this.push(Kind.bit, a, 0);
  }

  isEqual(a: Operand, b: Operand): number {
    const difference = this.subtract(a, b);
    if (typeof difference === "bigint") throw new Untraceable("a comparison of no value");
    return this.push(Kind.isZero, difference, 0);
  }

  /** Remembers which way the calculation went. */
  guard(value: number, zero: boolean): void {
    if (this.kindOf(value) === Kind.isZero) this.guard(this.a(value), !zero);
    else if ((this.guards.get(value) ?? zero) !== zero) throw new Untraceable("a value that is 0 and is not");
    else this.guards.set(value, zero);
  }

  /** d (d - 1) is 0 for a digit d: circom's own check of each that it has just cut. */
  private isDigitTimesItselfLess1(a: number, b: number): boolean {
    const isLess1 = this.kindOf(b) === Kind.offset && this.a(b) === a && this.by(b) === MINUS_ONE;
    return isLess1 && this.kindOf(a) === Kind.bit;
  }

  private push(kind: Kind, a: number, b: number): number {
    const value = this.size++;
    if (value >= this.kinds.length) {
      const [kinds, words] = [this.kinds, this.words];
      this.kinds = new Uint8Array(2 * kinds.length);
      this.kinds.set(kinds);
      this.words = new Int32Array(2 * words.length);
      this.words.set(words);
    }
    this.kinds[value] = kind;
    this.words[2 * value] = a;
    this.words[2 * value + 1] = b;
    return value;
  }
}
