import { FIELD_ORDER } from "../../src/protocol/constants.js";
import { fromSigned, inverse, mul, sub } from "../../src/field/element.js";
import { checkWitness, constraintsOfWire } from "../../src/prover/keys/checkWitness.js";
import type { LinearCombinations } from "../../src/prover/keys/r1cs.js";
import type { CircuitInput, InputValue } from "../../src/prover/stepInput.js";
import type { NamedCircuit } from "./supportCircuit.js";

/** Values that the cheat dictates by signal name, instead of what follows from the inputs. */
export type Forced = Readonly<Record<string, bigint>>;

/** A constraint that a witness breaks, with the names of the signals it speaks about. */
export interface Broken {
  readonly constraint: number;
  readonly signals: readonly string[];
}

interface SolveStep {
  readonly constraint: number;
  readonly wire: number;
}

/**
 * A prover that writes its own witness. Unlike circom's calculator it never refuses: it takes any inputs and any
 * forced signals, and computes every other wire so that as many constraints hold as can.
 *
 * How: digits of numbers are filled in by name (a digit string of an out-of-range number is cut off); every
 * other wire is solved from the first constraint, in an order fixed per circuit, that has it as its only unknown.
 */
export class CheatingProver {
  private readonly plan: readonly SolveStep[];
  private readonly hinted: ReadonlyMap<number, Hint>;

  constructor(readonly circuit: NamedCircuit) {
    this.hinted = hintedWires(circuit);
    this.plan = planSolution(circuit, this.hinted);
  }

  /** The witness for these inputs and forced signals, right or wrong. */
  solve(input: CircuitInput, forced: Forced = {}): bigint[] {
    const { r1cs, wireOf, names } = this.circuit;
    const witness = Array.from({ length: r1cs.wireCount }, () => 0n);
    witness[0] = 1n;
    const values = flatten(input);
    for (const wire of this.circuit.inputs) {
      const value = values.get(names[wire]!.slice("main.".length));
      if (value === undefined) throw new Error(`input ${names[wire]} is missing`);
      witness[wire] = fromSigned(value);
    }
    const given = new Set<number>();
    for (const [name, value] of Object.entries(forced)) {
      const wire = wireOf.get(name);
      if (wire === undefined) throw new Error(`${this.circuit.instance.id} has no wire ${name}`);
      witness[wire] = fromSigned(value);
      given.add(wire);
    }
    const read = (name: string): bigint => {
      const wire = wireOf.get(`main.${name}`);
      if (wire === undefined) throw new Error(`${this.circuit.instance.id} has no input ${name}`);
      return witness[wire]!;
    };
    for (const [wire, hint] of this.hinted) if (!given.has(wire)) witness[wire] = hint(read);
    for (const { constraint, wire } of this.plan) {
      if (!given.has(wire)) witness[wire] = this.solveFor(constraint, wire, witness);
    }
    return witness;
  }

  /** The constraints that a witness breaks: none means that it would be proved. */
  broken(witness: readonly bigint[]): Broken[] {
    const { r1cs, names } = this.circuit;
    return checkWitness(r1cs, [...witness]).map((constraint) => {
      const signals = new Set<string>();
      for (const side of [r1cs.a, r1cs.b, r1cs.c]) {
        for (let t = side.offsets[constraint]!; t < side.offsets[constraint + 1]!; t++) {
          if (side.wires[t]! !== 0) signals.add(names[side.wires[t]!]!);
        }
      }
      return { constraint, signals: [...signals] };
    });
  }

  /** The public signals that a witness shows, in proof order. */
  signals(witness: readonly bigint[]): bigint[] {
    const { publicOutputCount, publicInputCount } = this.circuit.r1cs;
    return witness.slice(1, 1 + publicOutputCount + publicInputCount);
  }

  /** The value of `wire` that satisfies the constraint; 0 when no value or every value does. */
  private solveFor(constraint: number, wire: number, witness: readonly bigint[]): bigint {
    const { a, b, c, coefficients } = this.circuit.r1cs;
    const side = (of: LinearCombinations): [bigint, bigint] => {
      let known = 0n;
      let factor = 0n;
      for (let t = of.offsets[constraint]!; t < of.offsets[constraint + 1]!; t++) {
        const coefficient = coefficients[of.coefficientIds[t]!]!;
        if (of.wires[t] === wire) factor += coefficient;
        else known += coefficient * witness[of.wires[t]!]!;
      }
      return [known % FIELD_ORDER, factor % FIELD_ORDER];
    };
    const [a0, a1] = side(a);
    const [b0, b1] = side(b);
    const [c0, c1] = side(c);
    // (a0 + a1 w)(b0 + b1 w) = c0 + c1 w, where a1 b1 = 0.
    const factor = fromSigned(a0 * b1 + a1 * b0 - c1);
    if (factor === 0n) return 0n;
    if (factor === FIELD_ORDER - 1n) return fromSigned(a0 * b0 - c0);
    return mul(sub(c0, mul(a0, b0)), inverse(factor));
  }
}

/** Computes a wire from the circuit's inputs by name. */
type Hint = (read: (name: string) => bigint) => bigint;

/** Wires that no linear equation determines: binary digits, a lane's number, and the inverse of a tag. */
function hintedWires(circuit: NamedCircuit): Map<number, Hint> {
  const hints = new Map<number, Hint>();
  const { instance } = circuit;
  if (instance.template === "table") return hints;
  circuit.names.forEach((name, wire) => {
    const account = /^main\.accounts\[(\d+)\]\.(.*)$/.exec(name);
    if (account === null) return;
    const n = Number(account[1]);
    const signal = account[2]!;
    const digits = /^(?:(bracketed|flat|groups)\[(\d+)\]|(equity|excess|pack))\.bits\[(\d+)\]$/.exec(signal);
    const lane = /^bracketed\[(\d+)\]\.lane$/.exec(signal);
    if (digits !== null) {
      const [, part, place, whole, bit] = digits;
      const at = partStart(circuit, part ?? whole!, Number(place ?? 0)) + Number(bit);
      const { input, digit } = digitSource(circuit, n, at);
      hints.set(wire, (read) => (read(input) >> BigInt(digit)) & 1n);
    } else if (lane !== null) {
      hints.set(wire, (read) => (read(`bracketedKey[${n}][${lane[1]}]`) % 65_536n) >> 4n);
    } else if (signal === "padded.inverse") {
      hints.set(wire, (read) => {
        const tag = read(`tag[${n}]`);
        return tag === 0n ? 0n : inverse(tag);
      });
    } else if (signal === "counted") {
      hints.set(wire, (read) => (read(`tag[${n}]`) === 0n ? 0n : 1n));
    }
  });
  return hints;
}

/** The leaf's bit string: each part's width and the input it spells out. */
function leafLayout(circuit: NamedCircuit, account: number): { width: number; input: string }[] {
  if (circuit.instance.template !== "accounts") throw new Error("tables have no leaves");
  const { bracketed, flat, groups, scenarios, stress } = circuit.instance;
  const layout: { width: number; input: string }[] = [];
  const put = (width: number, input: string): number => layout.push({ width, input });
  for (let i = 0; i < bracketed; i++) {
    put(16, `bracketedKey[${account}][${i}]`);
    put(52, `bracketedA[${account}][${i}]`);
    put(52, `bracketedC[${account}][${i}]`);
  }
  for (let i = 0; i < flat; i++) {
    put(16, `flatKey[${account}][${i}]`);
    put(52, `flatA[${account}][${i}]`);
  }
  for (const part of ["equity", "excess"]) {
    put(1, `${part}Negative[${account}]`);
    put(72, `${part}Magnitude[${account}]`);
  }
  for (let g = 0; g < groups; g++) {
    put(12, `groupId[${account}][${g}]`);
    put(72, `groupWorst[${account}][${g}]`);
    for (let s = 0; s < scenarios; s++) put(72, `groupSlack[${account}][${g}][${s}]`);
  }
  for (let z = 0; z < stress; z++) {
    put(1, `stressNegative[${account}][${z}]`);
    put(72, `stressMagnitude[${account}][${z}]`);
  }
  return layout;
}

/** Where a part of the account begins in the leaf's bit string. */
function partStart(circuit: NamedCircuit, part: string, place: number): number {
  if (circuit.instance.template !== "accounts") throw new Error("tables have no leaves");
  const { bracketed, flat, scenarios } = circuit.instance;
  const flatStart = bracketed * 120;
  const equityStart = flatStart + flat * 68;
  const starts: Record<string, number> = {
    pack: 0,
    bracketed: place * 120,
    flat: flatStart + place * 68,
    equity: equityStart,
    excess: equityStart + 73,
    groups: equityStart + 146 + place * (12 + 72 * (scenarios + 1)),
  };
  return starts[part]!;
}

function digitSource(circuit: NamedCircuit, account: number, bit: number): { input: string; digit: number } {
  let at = bit;
  for (const { width, input } of leafLayout(circuit, account)) {
    if (at < width) return { input, digit: at };
    at -= width;
  }
  throw new Error(`the leaf has no bit ${bit}`);
}

/** An order in which every remaining wire is the only unknown of some constraint, and not of both its factors. */
function planSolution(circuit: NamedCircuit, hinted: ReadonlyMap<number, Hint>): SolveStep[] {
  const { r1cs } = circuit;
  const known = new Uint8Array(r1cs.wireCount);
  known[0] = 1;
  for (const wire of [...circuit.inputs, ...hinted.keys()]) known[wire] = 1;
  const constraintsOf = constraintsOfWire(r1cs);
  const unknown = (side: LinearCombinations, constraint: number): Set<number> => {
    const wires = new Set<number>();
    for (let t = side.offsets[constraint]!; t < side.offsets[constraint + 1]!; t++) {
      if (known[side.wires[t]!] === 0) wires.add(side.wires[t]!);
    }
    return wires;
  };
  const plan: SolveStep[] = [];
  // Forward equations (unknown = product) go first: a zero check must not be mistaken for a definition.
  const forward = Array.from({ length: r1cs.constraintCount }, (_, constraint) => constraint);
  const backward: number[] = [];
  const settle = (constraint: number, wire: number): void => {
    plan.push({ constraint, wire });
    known[wire] = 1;
    forward.push(...constraintsOf(wire));
  };
  while (forward.length > 0 || backward.length > 0) {
    const isForward = forward.length > 0;
    const constraint = isForward ? forward.pop()! : backward.pop()!;
    const a = unknown(r1cs.a, constraint);
    const b = unknown(r1cs.b, constraint);
    const all = new Set([...a, ...b, ...unknown(r1cs.c, constraint)]);
    if (all.size !== 1) continue;
    const [wire] = all as unknown as [number];
    const inA = a.has(wire);
    const inB = b.has(wire);
    if (inA && inB) continue;
    if (!inA && !inB) settle(constraint, wire);
    else if (isForward) backward.push(constraint);
    else settle(constraint, wire);
  }
  const left = circuit.names.filter((_, wire) => known[wire] === 0);
  if (left.length > 0) throw new Error(`no equation for ${left.length} wires: ${left.slice(0, 8).join(", ")}`);
  return plan;
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
  const replace = (name: string, value: InputValue): InputValue => {
    if (typeof value !== "string") return value.map((item, i) => replace(`${name}[${i}]`, item));
    return Object.hasOwn(changes, name) ? changes[name]!.toString() : value;
  };
  const known = flatten(input);
  for (const name of Object.keys(changes)) if (!known.has(name)) throw new Error(`no input ${name}`);
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, replace(name, value)]));
}
