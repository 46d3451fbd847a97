import { FIELD_ORDER as R } from "../../field/order.js";
import { Bn254Wasm } from "../bn254Wasm.js";
import { type BinaryFile, formatError } from "../iden3/binaryFile.js";
import type { R1csHeader } from "../iden3/r1cs.js";
import type { Trapdoor } from "./devTrapdoor.js";
import { invertMod, lagrangeAtTau, powMod, putScalar, rootOfUnity } from "./scalarField.js";

/** Discrete logarithms of a Groth16 key: 32 little-endian bytes per scalar, standard form. */
export interface QapAtTau {
  readonly domainSize: number;
  /** Per wire: the A and B polynomials at tau. */
  readonly a: Uint8Array;
  readonly b: Uint8Array;
  /** (beta a + alpha b + c), over gamma for the public wires, over delta for the others. */
  readonly ic: Uint8Array;
  readonly c: Uint8Array;
  /** Per row: Lagrange polynomial of the double domain at its odd points, over delta. */
  readonly h: Uint8Array;
  /** Section 4 of a zkey: matrices A and B by rows, values times R^2 (R = 2^256, the Montgomery factor). */
  readonly coefficients: Uint8Array;
}

/** Evaluates all polynomials of a circuit at tau in one pass over its constraints. All memory is one WASM instance. */
export async function evaluateQap(
  file: BinaryFile,
  header: R1csHeader,
  secrets: Trapdoor,
): Promise<QapAtTau> {
  const sums = await reserveSums(file, header, secrets);
  const { wasm, a, b, c, h, coefficients, publicCount, domainSize } = sums;
  const { wireCount } = header;
  const written = addConstraints(file.path, header, sums);
  for (let i = 0; i < domainSize; i++) wasm.op.frm_fromMontgomery!(h + 32 * i, h + 32 * i);
  combine(wasm, { a, b, c }, wireCount, publicCount, secrets);
  const take = (from: number, size: number) => wasm.bytes(from, size);
  const publicBytes = 32 * (publicCount + 1);
  return {
    domainSize,
    a: take(a, 32 * wireCount),
    b: take(b, 32 * wireCount),
    ic: take(c, publicBytes),
    c: take(c + publicBytes, 32 * wireCount - publicBytes),
    h: take(h, 32 * domainSize),
    coefficients: take(coefficients, 4 + 44 * written),
  };
}

/** Addresses of the constraints read, and of what they are summed into. */
interface Sums {
  readonly wasm: Bn254Wasm;
  readonly publicCount: number;
  readonly domainSize: number;
  readonly constraints: number;
  readonly constraintBytes: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly term: number;
  readonly coefficients: number;
  readonly squareOfR: number;
  readonly one: number;
  /** Lagrange polynomials at tau, Montgomery form: of the constraints' rows, and of H's. */
  readonly rows: number;
  readonly h: number;
}

/** Reads the constraints and reserves everything: memory does not grow afterwards. */
async function reserveSums(file: BinaryFile, header: R1csHeader, secrets: Trapdoor): Promise<Sums> {
  const wasm = new Bn254Wasm();
  const { wireCount, constraintCount } = header;
  const publicCount = header.publicOutputCount + header.publicInputCount;
  const power = Math.ceil(Math.log2(constraintCount + publicCount + 1));
  const domainSize = 2 ** power;

  const constraintBytes = file.section(2).size;
  const constraints = wasm.reserve(constraintBytes);
  await file.readInto(2, 0, wasm.bytes(constraints, constraintBytes));
  const terms = (constraintBytes - 12 * constraintCount) / 36;
  if (!Number.isInteger(terms))
    throw formatError(file.path, "has another number of constraints than its header");

  const [a, b, c] = [0, 1, 2].map(() => wasm.reserve(32 * wireCount)) as [number, number, number];
  wasm.bytes(a, c + 32 * wireCount - a).fill(0);
  const term = wasm.reserve(32);
  const coefficients = wasm.reserve(4 + 44 * (terms + publicCount + 1));
  const squareOfR = putScalar(wasm, powMod(2n, 512n));
  const one = wasm.put(Uint8Array.of(1, ...new Uint8Array(31)));
  const rows = lagrangeAtTau(wasm, { tau: secrets.tau, ...rowDomain(secrets.tau, power), count: domainSize });
  const h = lagrangeAtTau(wasm, { tau: secrets.tau, ...oddDomain(secrets, power), count: domainSize });
  const reserved = { wasm, publicCount, domainSize, constraints, constraintBytes };
  return { ...reserved, a, b, c, term, coefficients, squareOfR, one, rows, h };
}

/** Adds every constraint to the polynomials' values, and lists its coefficients. @returns how many are listed */
function addConstraints(path: string, { wireCount, constraintCount }: R1csHeader, sums: Sums): number {
  const { wasm, a, b, c, constraints, constraintBytes, coefficients, publicCount, one } = sums;
  const view = new DataView(wasm.bytes(0, wasm.memoryBytes).buffer);
  const { frm_mul, frm_add } = wasm.op;
  let written = 0;
  const emit = (matrix: number, row: number, wire: number, coefficient: number) => {
    const at = coefficients + 4 + 44 * written++;
    view.setUint32(at, matrix, true);
    view.setUint32(at + 4, row, true);
    view.setUint32(at + 8, wire, true);
    frm_mul!(coefficient, sums.squareOfR, at + 12);
  };
  // A standard-form value times a Montgomery one is standard: the sums need no conversion.
  const accumulate = (into: number, row: number, wire: number, coefficient: number) => {
    frm_mul!(coefficient, sums.rows + 32 * row, sums.term);
    frm_add!(into + 32 * wire, sums.term, into + 32 * wire);
  };
  let at = constraints;
  for (let row = 0; row < constraintCount; row++) {
    for (let side = 0; side < 3; side++) {
      const end = at + 4 + 36 * view.getUint32(at, true);
      if (end > constraints + constraintBytes) throw formatError(path, "is truncated");
      for (at += 4; at < end; at += 36) {
        const wire = view.getUint32(at, true);
        if (wire >= wireCount) throw formatError(path, `names wire ${wire} of ${wireCount}`);
        accumulate(side === 0 ? a : side === 1 ? b : c, row, wire, at + 4);
        if (side < 2) emit(side, row, wire, at + 4);
      }
    }
  }
  // One more row per public wire keeps the public polynomials independent, so inputs cannot be swapped.
  for (let wire = 0; wire <= publicCount; wire++) {
    accumulate(a, constraintCount + wire, wire, one);
    emit(0, constraintCount + wire, wire, one);
  }
  view.setUint32(coefficients, written, true);
  return written;
}

/** Replaces c by (beta a + alpha b + c) over gamma or delta. */
function combine(
  wasm: Bn254Wasm,
  at: { readonly a: number; readonly b: number; readonly c: number },
  wireCount: number,
  publicCount: number,
  secrets: Trapdoor,
): void {
  const scratch = new Uint8Array(32);
  const factors = [secrets.gamma, secrets.delta].map((divisor) => {
    const inverse = invertMod(divisor);
    return [secrets.beta * inverse, secrets.alpha * inverse, inverse].map((value) =>
      putScalar(wasm, value % R),
    );
  });
  const term = wasm.put(scratch);
  const { frm_mul, frm_add } = wasm.op;
  for (let wire = 0; wire < wireCount; wire++) {
    const [ofA, ofB, ofC] = factors[wire <= publicCount ? 0 : 1] as [number, number, number];
    const c = at.c + 32 * wire;
    frm_mul!(c, ofC, c);
    frm_mul!(at.a + 32 * wire, ofA, term);
    frm_add!(c, term, c);
    frm_mul!(at.b + 32 * wire, ofB, term);
    frm_add!(c, term, c);
  }
}

function rowDomain(tau: bigint, power: number) {
  const n = 1n << BigInt(power);
  const k = ((powMod(tau, n) + R - 1n) * invertMod(n)) % R;
  return { root: rootOfUnity(power), shift: 1n, k };
}

function oddDomain(secrets: Trapdoor, power: number) {
  const n = 1n << BigInt(power + 1);
  const k = ((powMod(secrets.tau, n) + R - 1n) * invertMod((n * secrets.delta) % R)) % R;
  return { root: rootOfUnity(power), shift: rootOfUnity(power + 1), k };
}
