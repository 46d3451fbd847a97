import { fromSigned, inverse, mul } from "../../src/field/element.js";
import { checkWitness } from "../../src/keys/iden3/checkWitness.js";
import type { CircuitInput, InputValue } from "../../src/prover/backend.js";
import type { AttackedCircuit } from "./supportCircuit.js";
import { coefficientOf, evaluate, type Form, formsOf } from "./supportForms.js";
import { type HintStep, planSolution } from "./supportPlan.js";

/** Values that the cheat dictates, by signal name without `main.`, instead of what follows from the inputs. */
export type Forced = Readonly<Record<string, bigint>>;

/**
 * A prover that writes its own witness. Unlike circom's calculator it never refuses: it takes any inputs and any
 * forced signals, and computes every other signal so that as many constraints hold as can. It works on the circuit
 * as written, where every signal has a wire, and hands over the wires of the circuit as proved.
 */
export class CheatingProver {
  private readonly plan: readonly (HintStep | CompiledStep)[];
  private judged = 0;
  private readonly proved: ReturnType<typeof formsOf>;

  constructor(readonly circuit: AttackedCircuit) {
    const forms = formsOf(circuit.written.r1cs);
    this.plan = planSolution(circuit.written).map((step) => {
      if ("hint" in step) return step;
      const { a, b, c } = forms[step.constraint]!;
      const { wire } = step;
      const [inA, inB, inC] = [coefficientOf(a, wire), coefficientOf(b, wire), coefficientOf(c, wire)];
      return { wire, a, b, c, inA, inB, inC };
    });
    this.proved = formsOf(circuit.proved.r1cs);
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
    const { written, id } = this.circuit;
    const wireNamed = (name: string): number => {
      const wire = written.wireOf.get(`main.${name}`);
      if (wire === undefined) throw new Error(`${id} has no signal ${name}`);
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
      values[step.wire] = "hint" in step ? step.hint(values[step.from]!) : solveFor(step, values);
    }
    return values;
  }

  /** Per constraint that a witness breaks, the signals it speaks about. None broken: it would be proved. */
  broken(witness: readonly bigint[]): string[][] {
    const { r1cs, names } = this.circuit.proved;
    const broken: string[][] = [];
    this.proved.forEach(({ a, b, c }) => {
      const product = evaluate(a, witness) * evaluate(b, witness);
      if ((product - evaluate(c, witness)) % r1cs.prime === 0n) return;
      const wires = new Set([...a.wires, ...b.wires, ...c.wires]);
      wires.delete(0);
      broken.push([...wires].map((wire) => names[wire]!));
    });
    // The judge that the prover's own self-check uses must agree on whether anything is broken.
    if (this.judged++ % 10 === 0 && checkWitness(r1cs, [...witness]).length !== broken.length) {
      throw new Error("two checks of one witness disagree");
    }
    return broken;
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

/** An equation of the plan with all that does not depend on the witness. */
interface CompiledStep {
  readonly wire: number;
  readonly a: Form;
  readonly b: Form;
  readonly c: Form;
  /** Coefficients of the wire in A, B and C: at most one of the first two is not 0. */
  readonly inA: bigint;
  readonly inB: bigint;
  readonly inC: bigint;
}

/** The value of the wire that satisfies the constraint; 0 when no value or every value does. */
function solveFor({ wire, a, b, c, inA, inB, inC }: CompiledStep, values: readonly bigint[]): bigint {
  const a0 = a.wires.length === 0 ? 0n : evaluate(a, values, wire);
  const b0 = b.wires.length === 0 ? 0n : evaluate(b, values, wire);
  const rest = evaluate(c, values, wire) - a0 * b0;
  // (a0 + inA w)(b0 + inB w) = c0 + inC w, where inA inB = 0.
  const factor = inA === 0n && inB === 0n ? -inC : a0 * inB + inA * b0 - inC;
  if (factor === 1n) return fromSigned(rest);
  if (factor === -1n) return fromSigned(-rest);
  const residue = fromSigned(factor);
  return residue === 0n ? 0n : mul(fromSigned(rest), inverse(residue));
}

/** A circuit input as a map from `name[i][j]` to value. */
export function flatten(input: CircuitInput): Map<string, bigint> {
  const values = new Map<string, bigint>();
  const put = (name: string, value: InputValue): void => {
    if (typeof value === "string") values.set(name, BigInt(value));
    else for (const [i, item] of value.entries()) put(`${name}[${i}]`, item);
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
