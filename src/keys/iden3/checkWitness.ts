import type { LinearCombinations, R1cs } from "./r1cs.js";

/**
 * Indices of the constraints a witness violates; empty when it satisfies the circuit. This is the whole
 * relation a proof shows, so an attack that passes here would be proved.
 *
 * @param witness one value per wire, wire 0 being the constant 1, each 0 <= value < prime
 * @throws RangeError when the witness has another length or a value outside the field
 */
export function checkWitness(r1cs: R1cs, witness: readonly bigint[]): number[] {
  if (witness.length !== r1cs.wireCount)
    throw new RangeError(`witness has ${witness.length} values, the circuit ${r1cs.wireCount} wires`);
  const outside = witness.findIndex((value) => value < 0n || value >= r1cs.prime);
  if (outside >= 0) throw new RangeError(`witness value of wire ${outside} is outside the field`);
  if (witness[0] !== 1n) throw new RangeError("wire 0 must be the constant 1");
  const violated: number[] = [];
  for (let i = 0; i < r1cs.constraintCount; i++) {
    const product = evaluate(r1cs, r1cs.a, i, witness) * evaluate(r1cs, r1cs.b, i, witness);
    if ((product - evaluate(r1cs, r1cs.c, i, witness)) % r1cs.prime !== 0n) violated.push(i);
  }
  return violated;
}

/** For every wire, the constraints that mention it, ascending: what an attack on the wire must get past. */
export function constraintsOfWire(r1cs: R1cs): (wire: number) => number[] {
  const byWire = new Map<number, number[]>();
  for (let i = 0; i < r1cs.constraintCount; i++) {
    for (const side of [r1cs.a, r1cs.b, r1cs.c]) {
      for (let t = side.offsets[i]!; t < side.offsets[i + 1]!; t++) {
        const wire = side.wires[t]!;
        const known = byWire.get(wire);
        if (known === undefined) byWire.set(wire, [i]);
        else if (known.at(-1) !== i) known.push(i);
      }
    }
  }
  return (wire) => byWire.get(wire) ?? [];
}

function evaluate(
  r1cs: R1cs,
  side: LinearCombinations,
  constraint: number,
  witness: readonly bigint[],
): bigint {
  let sum = 0n;
  for (let t = side.offsets[constraint]!; t < side.offsets[constraint + 1]!; t++)
    sum += r1cs.coefficients[side.coefficientIds[t]!]! * witness[side.wires[t]!]!;
  return sum % r1cs.prime;
}
