import { bytes, type Sql } from "./sql.js";

/** Bytes of a bundle's file a row. */
export const BUNDLE_PIECE = 256 * 1024;

export interface BundleFile {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

export function bundleFiles(sql: Sql, epoch: string): Promise<BundleFile[]> {
  return sql.query<BundleFile>(
    "select name, size::double precision as size, sha256 from marginproof.bundle_file where epoch = $1 order by name",
    [epoch],
  );
}

/** The bytes from `first` to `last` of a file, a piece at a time. */
export async function* filePart(
  sql: Sql,
  epoch: string,
  name: string,
  first: number,
  last: number,
): AsyncGenerator<Buffer> {
  for (let piece = Math.floor(first / BUNDLE_PIECE); piece * BUNDLE_PIECE <= last; piece++) {
    const [row] = await sql.query<{ bytes: unknown }>(
      "select bytes from marginproof.bundle_piece where epoch = $1 and name = $2 and piece = $3",
      [epoch, name, piece],
    );
    const start = piece * BUNDLE_PIECE;
    yield bytes(row!.bytes).subarray(Math.max(0, first - start), last - start + 1);
  }
}
