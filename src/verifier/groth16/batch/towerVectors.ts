import type { Vector, Vectors } from "../../../field/kernel/vectors.js";

/** Six arrays of elements of F2: an element f0 + f1 w of F12 = F6[w] / (w^2 - v), F6 = F2[v] / (v^3 - 9 - i), as (f0, f1). */
export type Twelve = readonly [Vector, Vector, Vector, Vector, Vector, Vector];
type Six = readonly [Vector, Vector, Vector];

/** Operations on `count` elements of F12, side by side. */
export class TowerVectors {
  readonly #product: Vector;

  constructor(
    private readonly vectors: Vectors,
    private readonly count: number,
  ) {
    this.#product = vectors.reserve(2 * count);
  }

  six(): Six {
    const reserve = () => this.vectors.reserve(2 * this.count);
    return [reserve(), reserve(), reserve()];
  }

  /** f = f^2. */
  square(f: Twelve): void {
    this.vectors.scope(() => {
      const [f0, f1] = halves(f);
      const [both, turned, product] = [this.six(), this.six(), this.six()];
      this.#each(f0, f1, both, this.#add);
      this.#timesV(f1, turned);
      this.#each(f0, turned, turned, this.#add);
      this.#multiply(f0, f1, product);
      // (f0 + f1)(f0 + v f1) = f0^2 + v f1^2 + (1 + v) f0 f1
      this.#multiply(both, turned, f0);
      this.#each(f0, product, f0, this.#subtract);
      this.#timesV(product, turned);
      this.#each(f0, turned, f0, this.#subtract);
      this.#each(product, product, f1, this.#add);
    });
  }

  /** f = f (1 + (b + c v) w) of the first `count` of them. */
  multiplyLine(f: Twelve, b: Vector, c: Vector, count: number): void {
    this.vectors.scope(() => {
      const [f0, f1] = halves(f);
      const [low, high, turned] = [this.six(), this.six(), this.six()];
      this.#byLine(f1, b, c, high, count);
      this.#byLine(f0, b, c, low, count);
      this.#timesV(high, turned, count);
      this.#each(f0, turned, f0, this.#add, count);
      this.#each(f1, low, f1, this.#add, count);
    });
  }

  /** out = a (b + c v). */
  #byLine(a: Six, b: Vector, c: Vector, out: Six, count: number): void {
    const { products2, timesNinePlusI } = this.vectors.ops;
    products2(a[2], c, out[0], count);
    timesNinePlusI(out[0], out[0], count);
    this.#addProduct(a[0], b, out[0], count);
    products2(a[0], c, out[1], count);
    this.#addProduct(a[1], b, out[1], count);
    products2(a[1], c, out[2], count);
    this.#addProduct(a[2], b, out[2], count);
  }

  /** out = a b; out is neither. */
  #multiply(a: Six, b: Six, out: Six): void {
    const { products2, timesNinePlusI } = this.vectors.ops;
    const { count } = this;
    products2(a[1], b[2], out[0], count);
    this.#addProduct(a[2], b[1], out[0], count);
    timesNinePlusI(out[0], out[0], count);
    this.#addProduct(a[0], b[0], out[0], count);
    products2(a[2], b[2], out[1], count);
    timesNinePlusI(out[1], out[1], count);
    this.#addProduct(a[0], b[1], out[1], count);
    this.#addProduct(a[1], b[0], out[1], count);
    products2(a[0], b[2], out[2], count);
    this.#addProduct(a[1], b[1], out[2], count);
    this.#addProduct(a[2], b[0], out[2], count);
  }

  #addProduct(a: Vector, b: Vector, sum: Vector, count: number): void {
    this.vectors.ops.products2(a, b, this.#product, count);
    this.#add(sum, this.#product, sum, count);
  }

  #timesV(a: Six, out: Six, count = this.count): void {
    this.vectors.ops.timesNinePlusI(a[2], out[0], count);
    this.vectors.copy(a[0], out[1], 2 * count);
    this.vectors.copy(a[1], out[2], 2 * count);
  }

  #each(a: Six, b: Six, out: Six, work: BinaryOf, count = this.count): void {
    for (let i = 0; i < 3; i++) work(a[i]!, b[i]!, out[i]!, count);
  }

  readonly #add: BinaryOf = (a, b, out, count) => this.vectors.ops.add(a, b, out, 2 * count);
  readonly #subtract: BinaryOf = (a, b, out, count) => this.vectors.ops.subtract(a, b, out, 2 * count);
}

type BinaryOf = (a: Vector, b: Vector, out: Vector, count: number) => void;

const halves = (f: Twelve): [Six, Six] => [
  [f[0], f[1], f[2]],
  [f[3], f[4], f[5]],
];
