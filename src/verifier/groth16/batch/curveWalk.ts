import type { Vector, Vectors } from "../../../field/kernel/vectors.js";

/** The field that a curve's coordinates lie in, as operations on arrays of `count` elements. */
export interface CoordinateField {
  /** Elements of F that one coordinate is. */
  readonly size: 1 | 2;
  readonly multiply: (a: Vector, b: Vector, out: Vector, count: number) => void;
  readonly add: (a: Vector, b: Vector, out: Vector, count: number) => void;
  readonly subtract: (a: Vector, b: Vector, out: Vector, count: number) => void;
  readonly invert: (values: Vector, count: number) => boolean;
}

export function baseField(vectors: Vectors): CoordinateField {
  const { products, add, subtract } = vectors.ops;
  return { size: 1, multiply: products, add, subtract, invert: vectors.invert.bind(vectors) };
}

export function quadraticField(vectors: Vectors): CoordinateField {
  const { products2, add, subtract } = vectors.ops;
  return {
    size: 2,
    multiply: products2,
    add: (a, b, out, count) => add(a, b, out, 2 * count),
    subtract: (a, b, out, count) => subtract(a, b, out, 2 * count),
    invert: vectors.invert2.bind(vectors),
  };
}

/** Affine points, side by side. */
export interface Points {
  readonly x: Vector;
  readonly y: Vector;
}

/**
 * Many points T of a curve y^2 = x^3 + b that are doubled and added to in step, each in affine coordinates; one inversion serves all.
 *
 * The formulas hold for finite points T and Q with T + Q finite and T other than Q, and for 2T finite; elsewhere, and only there, a
 * denominator is 0, and the step says so.
 */
export class CurveWalk {
  readonly x: Vector;
  readonly y: Vector;
  /** Of the line of the last step, y = slope x - offset. */
  readonly slope: Vector;
  readonly offset: Vector;
  readonly #denominator: Vector;
  readonly #sum: Vector;

  constructor(
    vectors: Vectors,
    readonly field: CoordinateField,
    readonly count: number,
    start: Points,
  ) {
    const reserve = () => vectors.reserve(field.size * count);
    [this.x, this.y, this.slope, this.offset] = [reserve(), reserve(), reserve(), reserve()];
    [this.#denominator, this.#sum] = [reserve(), reserve()];
    vectors.copy(start.x, this.x, field.size * count);
    vectors.copy(start.y, this.y, field.size * count);
  }

  /** T = 2T. @returns false where that can't be computed of some T */
  double(): boolean {
    const { field, x, y, slope, count } = this;
    field.multiply(x, x, slope, count);
    field.add(slope, slope, this.#sum, count);
    field.add(slope, this.#sum, slope, count);
    field.add(y, y, this.#denominator, count);
    return this.#step(x);
  }

  /** T = T + Q. @returns false where that can't be computed of some T */
  add(q: Points): boolean {
    const { field, x, y, slope, count } = this;
    field.subtract(y, q.y, slope, count);
    field.subtract(x, q.x, this.#denominator, count);
    return this.#step(q.x);
  }

  /** Along the line of the slope whose numerator stands there, to the third point, turned round. */
  #step(otherX: Vector): boolean {
    const { field, x, y, slope, offset, count } = this;
    const [denominator, sum] = [this.#denominator, this.#sum];
    if (!field.invert(denominator, count)) return false;
    field.multiply(slope, denominator, slope, count);
    field.multiply(slope, x, offset, count);
    field.subtract(offset, y, offset, count);
    field.add(x, otherX, sum, count);
    field.multiply(slope, slope, x, count);
    field.subtract(x, sum, x, count);
    field.multiply(slope, x, y, count);
    field.subtract(offset, y, y, count);
    return true;
  }
}
