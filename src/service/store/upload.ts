import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { MarginproofError } from "../../errors.js";
import { PRIVATE_FILE } from "../../files/files.js";
import type { Sealer } from "./seal.js";
import { bytes, type ServiceDatabase, type Sql } from "./sql.js";

/** Bytes sealed at a time. */
const PIECE = 1 << 20;

/** How an accounts file came, by the end of its name. */
export type AccountsForm = `${"csv" | "ndjson"}${"" | ".gz" | ".zst"}` | "parquet";

/** What is known of accounts that came in whole. */
export interface Manifest {
  readonly pieces: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly form: AccountsForm;
}

/**
 * Takes in an accounts file as it comes, a piece at a time, sealed: memory and disk never hold it in clear. What an upload that broke off
 * left is removed by the next one.
 * @throws MarginproofError SERVICE_TOO_LARGE
 */
export async function takeIn(
  database: ServiceDatabase,
  sealer: Sealer,
  epoch: string,
  form: AccountsForm,
  stream: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Manifest> {
  await forgetUpload(database, epoch);
  const hash = createHash("sha256");
  let [pieces, total] = [0, 0];
  for await (const piece of inPieces(stream)) {
    total += piece.length;
    if (total > limit) throw tooLarge(limit);
    hash.update(piece);
    await database.query("insert into marginproof.upload (epoch, piece, sealed) values ($1, $2, $3)", [
      epoch,
      pieces,
      sealer.seal(`upload/${epoch}/${pieces}`, piece),
    ]);
    pieces++;
  }
  return { pieces, bytes: total, sha256: hash.digest("hex"), form };
}

export async function forgetUpload(sql: Sql, epoch: string): Promise<void> {
  await sql.query("delete from marginproof.upload where epoch = $1", [epoch]);
}

/** Writes the accounts of an epoch into a private folder. @returns the file's path; @throws MarginproofError SERVICE_SEALED */
export async function writeOut(
  sql: Sql,
  sealer: Sealer,
  epoch: string,
  manifest: Manifest,
  folder: string,
): Promise<string> {
  const path = join(folder, `accounts.${manifest.form}`);
  const hash = createHash("sha256");
  const file: FileHandle = await open(path, "wx", PRIVATE_FILE);
  try {
    for (let piece = 0; piece < manifest.pieces; piece++) {
      const [row] = await sql.query<{ sealed: unknown }>(
        "select sealed from marginproof.upload where epoch = $1 and piece = $2",
        [epoch, piece],
      );
      const plain = sealer.open(`upload/${epoch}/${piece}`, bytes(row?.sealed ?? []));
      hash.update(plain);
      await file.appendFile(plain);
    }
  } finally {
    await file.close();
  }
  if (hash.digest("hex") === manifest.sha256) return path;
  throw new MarginproofError("SERVICE_SEALED", `the accounts of epoch ${epoch} are not those that came in`, {
    kind: "io",
    hint: "Cancel the epoch and send its accounts again.",
  });
}

async function* inPieces(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    held.push(chunk);
    size += chunk.length;
    if (size < PIECE) continue;
    yield Buffer.concat(held);
    [held, size] = [[], 0];
  }
  if (size > 0) yield Buffer.concat(held);
}

const tooLarge = (limit: number): MarginproofError =>
  new MarginproofError(
    "SERVICE_TOO_LARGE",
    `what was sent is longer than ${limit} bytes, the limit of this server`,
    {
      kind: "usage",
      hint: "Send it compressed (gzip), or let the server's --max-upload allow more.",
    },
  );
