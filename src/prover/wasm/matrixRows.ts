import { MOST_TERMS } from "../../field/kernel/fieldCode.js";
import { type BinaryFile, formatError } from "../../keys/iden3/binaryFile.js";
import type { ZkeyHeader } from "../../keys/iden3/verifyingKey.js";
import type { ProvingKernel } from "./provingKernel.js";

/** The matrices A and B of a key in kernel memory: the terms of each row one after another. */
export interface MatrixRows {
  readonly terms: number;
  readonly termBytes: number;
  /** Where each row's terms start, counted in terms: all of A, then all of B; a last entry is the end. */
  readonly starts: Uint32Array;
}

export type KeySizes = Pick<ZkeyHeader, "domainSize" | "wireCount">;

const RECORD_BYTES = 44;
const CHUNK = 4096;

/**
 * Loads section 4, records of matrix, row, wire (32 bits each) and value * 2^512 (32 bytes), in any order.
 *
 * @throws MarginproofError `FILE_FORMAT` when a record is none of this key's
 */
export async function loadRows(
  kernel: ProvingKernel,
  file: BinaryFile,
  { domainSize, wireCount }: KeySizes,
): Promise<MatrixRows> {
  const { wasm, lanes, elementBytes } = kernel;
  const section = await file.read(4);
  const records = new DataView(section.buffer, section.byteOffset + 4, section.length - 4);
  const count = Math.floor(records.byteLength / RECORD_BYTES);
  const rowOf = new Uint32Array(count);
  const sizes = new Uint32Array(2 * domainSize);
  for (let i = 0; i < count; i++) {
    const word = (at: number) => records.getUint32(RECORD_BYTES * i + at, true);
    const [matrix, row, wire] = [word(0), word(4), word(8)];
    if (matrix > 1 || row >= domainSize || wire >= wireCount)
      throw formatError(file.path, `has a coefficient of matrix ${matrix}, row ${row}, wire ${wire}`);
    rowOf[i] = matrix * domainSize + row;
    sizes[rowOf[i]!]!++;
  }
  const starts = new Uint32Array(2 * domainSize + 1);
  // A row's terms fill its last vector with terms of 0.
  for (let row = 0; row < sizes.length; row++)
    starts[row + 1] = starts[row]! + Math.ceil(sizes[row]! / lanes) * lanes;
  const termBytes = elementBytes + 4 * lanes;
  const total = starts[sizes.length]!;
  const terms = wasm.reserve((total + lanes) * termBytes);
  wasm.bytes(terms, (total + lanes) * termBytes).fill(0);
  const next = starts.slice();
  const mark = wasm.mark();
  const values = wasm.reserve(CHUNK * 32);
  const limbs = wasm.reserve(CHUNK * elementBytes);
  for (let first = 0; first < count; first += CHUNK) {
    const size = Math.min(CHUNK, count - first);
    const memory = wasm.bytes(0, wasm.memoryBytes);
    for (let i = 0; i < size; i++) {
      const at = 4 + RECORD_BYTES * (first + i) + 12;
      memory.set(section.subarray(at, at + 32), values + 32 * i);
    }
    kernel.importCoefficients(values, limbs, Math.ceil(size / lanes), elementBytes);
    const words = wasm.words(0, wasm.memoryBytes / 4);
    for (let i = 0; i < size; i++) {
      const to = terms + termBytes * next[rowOf[first + i]!]!++;
      const from = limbs + elementBytes * i;
      memory.copyWithin(to, from, from + elementBytes);
      const wire = records.getUint32(RECORD_BYTES * (first + i) + 8, true);
      words[(to + elementBytes) / 4] = wire * elementBytes;
    }
  }
  wasm.release(mark);
  return { terms, termBytes, starts };
}

/** out = the rows of one matrix, 0 for A and 1 for B, times the witness at `values`: vectors, half of the rows a lane. */
export function multiplyRows(
  kernel: ProvingKernel,
  { terms, termBytes, starts }: MatrixRows,
  matrix: 0 | 1,
  values: number,
  out: number,
): void {
  const { wasm, lanes, elementBytes } = kernel;
  const rows = (starts.length - 1) / 2;
  const vectors = rows / lanes;
  wasm.bytes(out, rows * elementBytes).fill(0);
  for (let row = 0; row < rows; row++) {
    const [start, end] = [starts[matrix * rows + row]!, starts[matrix * rows + row + 1]!];
    const to = out + (row % vectors) * lanes * elementBytes + 8 * Math.floor(row / vectors);
    for (let at = start, keep = 0; at < end; at += MOST_TERMS * lanes, keep = 1) {
      const count = Math.min(MOST_TERMS, (end - at) / lanes);
      kernel.sumRow(terms + termBytes * at, count, values, to, keep);
    }
  }
}
