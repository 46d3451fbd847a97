import { fromSigned, inverse, mul, sub } from "../../src/field/element.js";
import { FIELD_ORDER } from "../../src/protocol/constants.js";
import { checkWitness } from "../../src/prover/keys/checkWitness.js";
import type { LinearCombinations, R1cs } from "../../src/prover/keys/r1cs.js";
import type { CircuitInput, InputValue } from "../../src/prover/stepInput.js";
import type { AttackedCircuit } from "./supportCircuit.js";
import { type PlanStep, planSolution } from "./supportPlan.js";

/** Values that the cheat dictates, by signal name without `main.`, instead of what follows from the inputs. */
export type Forced = Readonly<Record<string, bigint>>;

/**
 * A prover that writes its own witness. Unlike circom's calculator it never refuses: it takes any inputs and any
 * forced signals, and computes every other signal so that as many constraints hold as can. It works on the circuit
 * as written, where every signal has a wire, and hands over the wires of the circuit as proved.
 */
export class CheatingProver {
  private readonly plan: readonly PlanStep[];

  constructor(readonly circuit: AttackedCircuit) {
    this.plan = planSolution(circuit.written);
  }

  /** The proved circuit's witness for these inputs and forced signals, right or wrong. */
  solve(input: CircuitInput, forced: Forced = {}): bigint[] {
    const { written, proved } = this.circuit;
    const values = this.write(input, forced);
    return proved.names.map((name, wire) => (wire === 0 ? 1n : values[written.wireOf.get(name)!]!));
  }

  /** The value of any signal of the source, by name without `main.`, in the witness for these inputs. */
  valueOf(input: CircuitInput, name: string): bigint {
    return this.write(input, {})[this.circuit.written.wireOf.get(`main.${name}`)!]!;
  }

  /** All signals of the circuit as written. */
  private write(input: CircuitInput, forced: Forced): bigint[] {
    const { written, instance } = this.circuit;
    const wireNamed = (name: string): number => {
      const wire = written.wireOf.get(`main.${name}`);
      if (wire === undefined) throw new Error(`${instance.id} has no signal ${name}`);
      return wire;
    };
    const values = Array.from({ length: written.r1cs.wireCount }, () => 0n);
    values[0] = 1n;
    const given = new Set<number>(written.inputs);
    for (const [name, value] of flatten(input)) values[wireNamed(name)] = fromSigned(value);
    for (const [name, value] of Object.entries(forced)) {
      values[wireNamed(name)] = fromSigned(value);
      given.add(wireNamed(name));
    }
    for (const step of this.plan) {
      if (given.has(step.wire)) continue;
      values[step.wire] =
        "hint" in step
          ? step.hint(values[step.from]!)
          : solveFor(written.r1cs, step.constraint, step.wire, values);
    }
    return values;
  }

  /** Per constraint that a witness breaks, the signals it speaks about. None broken: it would be proved. */
  broken(witness: readonly bigint[]): string[][] {
    const { r1cs, names } = this.circuit.proved;
    return checkWitness(r1cs, [...witness]).map((constraint) => signalsOf(r1cs, names, constraint));
  }

  /** The public signals that a witness shows, in proof order. */
  signals(witness: readonly bigint[]): bigint[] {
    const { publicOutputCount, publicInputCount } = this.circuit.proved.r1cs;
    return witness.slice(1, 1 + publicOutputCount + publicInputCount);
  }
}

const provers = new Map<AttackedCircuit, CheatingProver>();

/** The one prover of a circuit: planning takes a moment. */
export function cheatingProver(circuit: AttackedCircuit): CheatingProver {
  let prover = provers.get(circuit);
  if (prover === undefined) provers.set(circuit, (prover = new CheatingProver(circuit)));
  return prover;
}

/** Names of the signals in a constraint. */
export function signalsOf(r1cs: R1cs, names: readonly string[], constraint: number): string[] {
  const signals = new Set<string>();
  for (const side of [r1cs.a, r1cs.b, r1cs.c]) {
    for (let t = side.offsets[constraint]!; t < side.offsets[constraint + 1]!; t++) {
      if (side.wires[t]! !== 0) signals.add(names[side.wires[t]!]!);
    }
  }
  return [...signals];
}

/** The value of `wire` that satisfies the constraint; 0 when no value or every value does. */
function solveFor(r1cs: R1cs, constraint: number, wire: number, witness: readonly bigint[]): bigint {
  const side = (of: LinearCombinations): [bigint, bigint] => {
    let known = 0n;
    let factor = 0n;
    for (let t = of.offsets[constraint]!; t < of.offsets[constraint + 1]!; t++) {
      const coefficient = r1cs.coefficients[of.coefficientIds[t]!]!;
      if (of.wires[t] === wire) factor += coefficient;
      else known += coefficient * witness[of.wires[t]!]!;
    }
    return [known % FIELD_ORDER, factor % FIELD_ORDER];
  };
  const [a0, a1] = side(r1cs.a);
  const [b0, b1] = side(r1cs.b);
  const [c0, c1] = side(r1cs.c);
  // (a0 + a1 w)(b0 + b1 w) = c0 + c1 w, where a1 b1 = 0.
  const factor = fromSigned(a0 * b1 + a1 * b0 - c1);
  if (factor === 0n) return 0n;
  const rest = sub(c0, mul(a0, b0));
  if (factor === 1n) return rest;
  return factor === FIELD_ORDER - 1n ? fromSigned(-rest) : mul(rest, inverse(factor));
}

/** A circuit input as a map from `name[i][j]` to value. */
export function flatten(input: CircuitInput): Map<string, bigint> {
  const values = new Map<string, bigint>();
  const put = (name: string, value: InputValue): void => {
    if (typeof value === "string") values.set(name, BigInt(value));
    else value.forEach((item, i) => put(`${name}[${i}]`, item));
  };
  for (const [name, value] of Object.entries(input)) put(name, value);
  return values;
}

/** A copy of a circuit input with some values replaced, named as `bracketedA[0][1]`. */
export function altered(input: CircuitInput, changes: Readonly<Record<string, bigint>>): CircuitInput {
  const known = flatten(input);
  for (const name of Object.keys(changes)) if (!known.has(name)) throw new Error(`no input ${name}`);
  const replace = (name: string, value: InputValue): InputValue => {
    if (typeof value !== "string") return value.map((item, i) => replace(`${name}[${i}]`, item));
    return Object.hasOwn(changes, name) ? changes[name]!.toString() : value;
  };
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, replace(name, value)]));
}
