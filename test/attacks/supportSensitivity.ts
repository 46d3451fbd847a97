import { add, fromSigned, mul, sub } from "../../src/field/element.js";
import type { LinearCombinations, R1cs } from "../../src/keys/iden3/r1cs.js";

/** Where a wire stands: constraint, side (0: A, 1: B, 2: C) and coefficient. */
interface Place {
  readonly constraint: number;
  readonly side: 0 | 1 | 2;
  readonly coefficient: bigint;
}

/**
 * A satisfying witness and its surroundings: which constraints break when single wires move, and how each
 * constraint reacts to small moves (its row of the Jacobian). Keeps A, B and C of every constraint, so that a
 * question costs only the wire's own terms.
 */
export class Sensitivity {
  /** Values of A, B and C per constraint. */
  private readonly sides: readonly [bigint, bigint, bigint][];
  private readonly placesOf: readonly Place[][];

  constructor(
    readonly r1cs: R1cs,
    readonly witness: readonly bigint[],
  ) {
    const places = Array.from({ length: r1cs.wireCount }, (): Place[] => []);
    const sides = Array.from({ length: r1cs.constraintCount }, (): [bigint, bigint, bigint] => [0n, 0n, 0n]);
    const read = (of: LinearCombinations, side: 0 | 1 | 2): void => {
      for (let constraint = 0; constraint < r1cs.constraintCount; constraint++) {
        for (let t = of.offsets[constraint]!; t < of.offsets[constraint + 1]!; t++) {
          const coefficient = r1cs.coefficients[of.coefficientIds[t]!]!;
          const wire = of.wires[t]!;
          places[wire]!.push({ constraint, side, coefficient });
          sides[constraint]![side] = add(sides[constraint]![side], mul(coefficient, witness[wire]!));
        }
      }
    };
    read(r1cs.a, 0);
    read(r1cs.b, 1);
    read(r1cs.c, 2);
    this.placesOf = places;
    this.sides = sides;
  }

  /** True when some constraint breaks if this wire alone takes another value. */
  breaks(wire: number, value: bigint): boolean {
    const change = sub(fromSigned(value), this.witness[wire]!);
    const moved = new Map<number, [bigint, bigint, bigint]>();
    for (const { constraint, side, coefficient } of this.placesOf[wire]!) {
      let sides = moved.get(constraint);
      if (sides === undefined) moved.set(constraint, (sides = [...this.sides[constraint]!]));
      sides[side] = add(sides[side], mul(coefficient, change));
    }
    return [...moved.values()].some(([a, b, c]) => mul(a, b) !== c);
  }

  /** The Jacobian at the witness: per constraint, d(AB - C) / d(wire), without zeros. */
  jacobian(): Map<number, bigint>[] {
    const rows = Array.from({ length: this.r1cs.constraintCount }, () => new Map<number, bigint>());
    this.placesOf.forEach((places, wire) => {
      for (const { constraint, side, coefficient } of places) {
        const [a, b] = this.sides[constraint]!;
        const derivative = side === 2 ? fromSigned(-coefficient) : mul(coefficient, side === 0 ? b : a);
        const row = rows[constraint]!;
        row.set(wire, add(row.get(wire) ?? 0n, derivative));
      }
    });
    for (const row of rows) for (const [wire, value] of row) if (value === 0n) row.delete(wire);
    return rows;
  }
}
