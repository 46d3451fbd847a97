import { type BinaryFile, formatError } from "../../keys/iden3/binaryFile.js";
import { COORDINATES, type Group } from "./batchAddition.js";
import type { ProvingKernel } from "./provingKernel.js";

/** The points of one key section in kernel limbs, without those at infinity: wires absent from a matrix. */
export interface KeyPoints {
  readonly group: Group;
  readonly at: number;
  /** Place in the section of each point kept. */
  readonly indices: Uint32Array;
}

const CHUNK = 4096;

/** Loads a section of affine points. @throws MarginproofError `FILE_FORMAT` when it has another length. */
export async function loadPoints(
  kernel: ProvingKernel,
  file: BinaryFile,
  of: { readonly id: number; readonly group: Group; readonly count: number },
): Promise<KeyPoints> {
  const { wasm, lanes, elementBytes } = kernel;
  const coordinates = COORDINATES[of.group];
  const fileBytes = 32 * coordinates;
  const kernelBytes = elementBytes * coordinates;
  if (file.section(of.id).size !== of.count * fileBytes)
    throw formatError(file.path, `has a section ${of.id} of wrong length`);
  const at = wasm.reserve(of.count * kernelBytes);
  const mark = wasm.mark();
  const chunk = wasm.reserve(CHUNK * fileBytes);
  const indices = new Uint32Array(of.count);
  let kept = 0;
  for (let first = 0; first < of.count; first += CHUNK) {
    const size = Math.min(CHUNK, of.count - first);
    const bytes = wasm.bytes(chunk, size * fileBytes);
    await file.readInto(of.id, first * fileBytes, bytes);
    let packed = 0;
    for (let i = 0; i < size; i++) {
      const from = i * fileBytes;
      if (isZero(bytes, from, fileBytes)) continue;
      bytes.copyWithin(packed * fileBytes, from, from + fileBytes);
      indices[kept + packed++] = first + i;
    }
    const to = at + kept * kernelBytes;
    if (packed > 0) kernel.importPoints(chunk, to, (packed * coordinates) / lanes, elementBytes);
    kept += packed;
  }
  wasm.release(mark);
  return { group: of.group, at, indices: indices.slice(0, kept) };
}

function isZero(bytes: Uint8Array, from: number, size: number): boolean {
  for (let i = from; i < from + size; i++) if (bytes[i] !== 0) return false;
  return true;
}
