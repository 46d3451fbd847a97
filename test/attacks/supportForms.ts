import { FIELD_ORDER } from "../../src/field/order.js";
import type { LinearCombinations, R1cs } from "../../src/keys/iden3/r1cs.js";

/**
 * One side of a constraint, ready for many evaluations: coefficients are signed, so that -1 costs as little as 1.
 */
export interface Form {
  readonly wires: readonly number[];
  readonly coefficients: readonly bigint[];
}

/** The three sides of every constraint. */
export function formsOf(r1cs: R1cs): { readonly a: Form; readonly b: Form; readonly c: Form }[] {
  const signed = r1cs.coefficients.map((value) => (value > FIELD_ORDER / 2n ? value - FIELD_ORDER : value));
  const form = (of: LinearCombinations, constraint: number): Form => {
    const [from, to] = [of.offsets[constraint]!, of.offsets[constraint + 1]!];
    return {
      wires: [...of.wires.subarray(from, to)],
      coefficients: [...of.coefficientIds.subarray(from, to)].map((id) => signed[id]!),
    };
  };
  return Array.from({ length: r1cs.constraintCount }, (_, i) => ({
    a: form(r1cs.a, i),
    b: form(r1cs.b, i),
    c: form(r1cs.c, i),
  }));
}

/** The value of a form, an integer that is not reduced; `without` is left out. */
export function evaluate({ wires, coefficients }: Form, values: readonly bigint[], without = -1): bigint {
  let sum = 0n;
  for (let t = 0; t < wires.length; t++) {
    const wire = wires[t]!;
    const value = values[wire]!;
    if (wire === without || value === 0n) continue;
    const coefficient = coefficients[t]!;
    if (coefficient === 1n) sum += value;
    else if (coefficient === -1n) sum -= value;
    else sum += coefficient * value;
  }
  return sum;
}

/** The coefficient of a wire in a form. */
export function coefficientOf({ wires, coefficients }: Form, wire: number): bigint {
  let sum = 0n;
  wires.forEach((each, t) => {
    if (each === wire) sum += coefficients[t]!;
  });
  return sum;
}
