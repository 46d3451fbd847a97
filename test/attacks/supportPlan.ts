import type { LinearCombinations } from "../../src/keys/iden3/r1cs.js";
import type { NamedSystem } from "./supportCircuit.js";

/** A wire that follows from a constraint in which it is the only unknown, and not in both factors. */
export interface EquationStep {
  readonly wire: number;
  readonly constraint: number;
}

/** A wire that follows from another by a rule that is no equation: a digit, or the inverse of a zero test. */
export interface HintStep {
  readonly wire: number;
  readonly from: number;
  readonly hint: (value: bigint) => bigint;
}

export type PlanStep = EquationStep | HintStep;

/**
 * An order in which all wires of an unoptimised circuit follow from its inputs. Equations with known factors
 * (unknown = product) go first, so that a check of a product against zero is never taken for a definition of a factor.
 *
 * @throws Error when some wire has no equation
 */
export function planSolution({ r1cs, names, wireOf, inputs }: NamedSystem): PlanStep[] {
  const unknowns = Array.from({ length: r1cs.constraintCount }, () => new Set<number>());
  const constraintsOf = Array.from({ length: r1cs.wireCount }, () => new Set<number>());
  for (const side of [r1cs.a, r1cs.b, r1cs.c]) {
    for (let constraint = 0; constraint < r1cs.constraintCount; constraint++) {
      for (let t = side.offsets[constraint]!; t < side.offsets[constraint + 1]!; t++) {
        unknowns[constraint]!.add(side.wires[t]!);
        constraintsOf[side.wires[t]!]!.add(constraint);
      }
    }
  }
  const mentions = (side: LinearCombinations, constraint: number, wire: number): boolean =>
    side.wires.subarray(side.offsets[constraint]!, side.offsets[constraint + 1]!).includes(wire);

  const hinted = hintsOf(names, wireOf);
  const hintsFrom = new Map<number, HintStep[]>();
  for (const step of hinted) {
    const steps = hintsFrom.get(step.from);
    if (steps === undefined) hintsFrom.set(step.from, [step]);
    else steps.push(step);
  }
  const isHinted = new Set(hinted.map(({ wire }) => wire));

  const plan: PlanStep[] = [];
  const known = new Uint8Array(r1cs.wireCount);
  const forward: EquationStep[] = [];
  const backward: EquationStep[] = [];
  const offer = (constraint: number): void => {
    const [last, ...others] = unknowns[constraint]!;
    if (last === undefined || others.length > 0 || isHinted.has(last)) return;
    const inA = mentions(r1cs.a, constraint, last);
    const inB = mentions(r1cs.b, constraint, last);
    if (inA && inB) return;
    (inA || inB ? backward : forward).push({ constraint, wire: last });
  };
  const learn = (wire: number): void => {
    if (known[wire] === 1) return;
    known[wire] = 1;
    for (const step of hintsFrom.get(wire) ?? []) {
      plan.push(step);
      learn(step.wire);
    }
    for (const constraint of constraintsOf[wire]!) {
      unknowns[constraint]!.delete(wire);
      offer(constraint);
    }
  };
  // "signal = 0" mentions nothing known.
  for (let constraint = 0; constraint < r1cs.constraintCount; constraint++) offer(constraint);
  for (const wire of [0, ...inputs]) learn(wire);
  for (let step = next(); step !== undefined; step = next()) {
    if (known[step.wire] === 1) continue;
    plan.push(step);
    learn(step.wire);
  }
  const left = names.filter((_, wire) => known[wire] === 0);
  if (left.length > 0)
    throw new Error(`no equation for ${left.length} wires: ${left.slice(0, 8).join(", ")}`);
  return plan;

  function next(): EquationStep | undefined {
    return forward.pop() ?? backward.pop();
  }
}

/**
 * The two kinds of wires that no linear equation determines (docs/hints.md has all hints). A number's highest digit
 * is left to the equation of the sum: out of range, it takes up what the others can't say, and alone is not binary.
 */
function hintsOf(names: readonly string[], wireOf: ReadonlyMap<string, number>): HintStep[] {
  return names.flatMap((name, wire): HintStep[] => {
    const digit = /^(.*)\.digits\.out\[(\d+)\]$/.exec(name);
    if (digit !== null) {
      const place = BigInt(digit[2]!);
      if (!wireOf.has(`${digit[1]}.digits.out[${place + 1n}]`)) return [];
      return [{ wire, from: wireOf.get(`${digit[1]}.digits.in`)!, hint: (value) => (value >> place) & 1n }];
    }
    return [];
  });
}
