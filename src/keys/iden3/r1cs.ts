import { FIELD_ORDER } from "../../field/order.js";
import { BinaryFile, formatError } from "./binaryFile.js";
import { readLittleEndian, SCALAR_BYTES } from "./fieldBytes.js";

export interface R1csHeader {
  readonly prime: bigint;
  readonly wireCount: number;
  readonly publicOutputCount: number;
  readonly publicInputCount: number;
  readonly privateInputCount: number;
  readonly constraintCount: number;
}

/**
 * One side of all constraints. Terms `offsets[i]` to `offsets[i + 1]` are those of constraint `i`:
 * `coefficients[coefficientIds[t]] * wire[wires[t]]`.
 */
export interface LinearCombinations {
  readonly offsets: Uint32Array;
  readonly wires: Uint32Array;
  readonly coefficientIds: Uint32Array;
}

/** A rank-1 constraint system: for every constraint `A(w) * B(w) = C(w)`. */
export interface R1cs extends R1csHeader {
  readonly a: LinearCombinations;
  readonly b: LinearCombinations;
  readonly c: LinearCombinations;
  /** Distinct coefficients, 0 <= value < prime. Circuits repeat few values many times. */
  readonly coefficients: readonly bigint[];
}

/** Reads the first section of a `.r1cs` file. @throws MarginproofError `FILE_FORMAT` unless over BN254. */
export async function readR1csHeader(path: string): Promise<R1csHeader> {
  const file = await BinaryFile.open(path, "r1cs");
  try {
    return await readHeader(file);
  } finally {
    await file.close();
  }
}

/** Reads a whole `.r1cs` file. @throws MarginproofError `FILE_FORMAT`. */
export async function readR1cs(path: string): Promise<R1cs> {
  const file = await BinaryFile.open(path, "r1cs");
  try {
    const header = await readHeader(file);
    return { ...header, ...parseConstraints(await file.read(2), header, path) };
  } finally {
    await file.close();
  }
}

export async function readHeader(file: BinaryFile): Promise<R1csHeader> {
  const bytes = await file.read(1);
  if (
    bytes.length !== 64 ||
    bytes.readUInt32LE(0) !== SCALAR_BYTES ||
    readLittleEndian(bytes, 4) !== FIELD_ORDER
  )
    throw formatError(file.path, "is not over the BN254 scalar field");
  return {
    prime: FIELD_ORDER,
    wireCount: bytes.readUInt32LE(36),
    publicOutputCount: bytes.readUInt32LE(40),
    publicInputCount: bytes.readUInt32LE(44),
    privateInputCount: bytes.readUInt32LE(48),
    constraintCount: bytes.readUInt32LE(60),
  };
}

function parseConstraints(bytes: Buffer, header: R1csHeader, path: string): Omit<R1cs, keyof R1csHeader> {
  const counts = countTerms(bytes, header, path);
  const [a, b, c] = counts.map((count) => ({
    offsets: new Uint32Array(header.constraintCount + 1),
    wires: new Uint32Array(count),
    coefficientIds: new Uint32Array(count),
  })) as [LinearCombinations, LinearCombinations, LinearCombinations];
  const sides = [a, b, c];
  const filled = [0, 0, 0];
  const ids = new Map<string, number>();
  const coefficients: bigint[] = [];
  let at = 0;
  for (let constraint = 0; constraint < header.constraintCount; constraint++) {
    for (let side = 0; side < 3; side++) {
      const into = sides[side]!;
      const terms = bytes.readUInt32LE(at);
      at += 4;
      let term = filled[side]!;
      for (let i = 0; i < terms; i++, term++, at += 36) {
        const wire = bytes.readUInt32LE(at);
        if (wire >= header.wireCount) throw formatError(path, `names wire ${wire} of ${header.wireCount}`);
        const key = bytes.toString("latin1", at + 4, at + 36);
        let id = ids.get(key);
        if (id === undefined) {
          id = coefficients.push(readLittleEndian(bytes, at + 4)) - 1;
          ids.set(key, id);
        }
        into.wires[term] = wire;
        into.coefficientIds[term] = id;
      }
      into.offsets[constraint + 1] = filled[side] = term;
    }
  }
  return { a, b, c, coefficients };
}

function countTerms(bytes: Buffer, header: R1csHeader, path: string): [number, number, number] {
  const counts: [number, number, number] = [0, 0, 0];
  let at = 0;
  for (let i = 0; i < 3 * header.constraintCount; i++) {
    if (at + 4 > bytes.length) throw formatError(path, "is truncated");
    const terms = bytes.readUInt32LE(at);
    counts[i % 3]! += terms;
    at += 4 + 36 * terms;
  }
  if (at !== bytes.length) throw formatError(path, "has another number of constraints than its header");
  return counts;
}
