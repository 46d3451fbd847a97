import type { Sealer } from "./seal.js";
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

/** Where a piece of a file of one account's bundle is sealed. */
export const bundlePlace = (epoch: string, name: string, piece: number): string =>
  `bundle/${epoch}/${name}/${piece}`;

/** The text of a file of one account's bundle. @throws MarginproofError SERVICE_SEALED */
export async function sealedFile(
  sql: Sql,
  sealer: Sealer,
  epoch: string,
  { name, size }: Pick<BundleFile, "name" | "size">,
): Promise<string> {
  const pieces: Buffer[] = [];
  for (let piece = 0; piece * BUNDLE_PIECE < size; piece++) {
    pieces.push(sealer.open(bundlePlace(epoch, name, piece), await pieceOf(sql, epoch, name, piece)));
  }
  return Buffer.concat(pieces).toString("utf8");
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
    const start = piece * BUNDLE_PIECE;
    const found = await pieceOf(sql, epoch, name, piece);
    yield found.subarray(Math.max(0, first - start), last - start + 1);
  }
}

async function pieceOf(sql: Sql, epoch: string, name: string, piece: number): Promise<Buffer> {
  const [row] = await sql.query<{ bytes: unknown }>(
    "select bytes from marginproof.bundle_piece where epoch = $1 and name = $2 and piece = $3",
    [epoch, name, piece],
  );
  return bytes(row?.bytes ?? []);
}
