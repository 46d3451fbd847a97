import type { TableEncoding } from "../market/tableDigest.js";

/** Bytes of every piece of a stored table but its last (TableColumns.PIECE). */
const PIECE = 24_575;

/** A table's encoding in the pieces in which it is put on chain. */
export const tablePieces = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) =>
    bytes.subarray(i * PIECE, (i + 1) * PIECE),
  );

/** How many pieces hold what a call reads: from where it begins in the encoding to the end of its last row, or of all rows. */
export function piecesOfRows({ rowEnds, tail }: TableEncoding, begin: number, rows: number): bigint {
  const end = rowEnds[rows - 1] ?? tail;
  return BigInt(Math.ceil(end / PIECE) - Math.floor(begin / PIECE));
}
