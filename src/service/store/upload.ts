import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MarginproofError } from "../../errors.js";
import { PRIVATE_FILE, privateFolder } from "../../files/files.js";
import type { AccountsPlaces } from "../../prover/openInputs.js";
import type { Sealer } from "./seal.js";
import { bytes, type ServiceDatabase, type Sql } from "./sql.js";

/** Bytes sealed at a time. */
const PIECE = 1 << 20;

/** How an accounts file came, by the end of its name; or an export of several files, one after the other. */
export type AccountsForm = `${"csv" | "ndjson"}${"" | ".gz" | ".zst"}` | "parquet" | "export";

/** What an export is. */
export interface ExportParts {
  /** Text of the mapping file. */
  readonly mapping: string;
  /** Its files in the order in which they came. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/** What is known of accounts that came in whole. */
export interface Manifest {
  /** Names the upload: of two at a time for one epoch, neither touches the other's pieces. */
  readonly upload: string;
  readonly pieces: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly form: AccountsForm;
  /** Of an export alone. */
  readonly parts?: ExportParts | undefined;
  /** Of one account: what is proved of it is all that it holds, and is sealed too. */
  readonly alone?: boolean | undefined;
}

/**
 * Takes in an accounts file as it comes, a piece at a time, sealed: disk never holds it in clear. Whatever ends it early, nothing of it stays.
 * @throws MarginproofError SERVICE_TOO_LARGE; SERVICE_EPOCH_STATE as soon as the epoch is not `receiving` any more
 */
export async function takeIn(
  database: ServiceDatabase,
  sealer: Sealer,
  epoch: string,
  form: AccountsForm,
  stream: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Manifest> {
  const upload = randomBytes(8).toString("hex");
  const hash = createHash("sha256");
  let [pieces, total] = [0, 0];
  try {
    for await (const piece of inPieces(stream)) {
      total += piece.length;
      if (total > limit) throw tooLarge(limit);
      hash.update(piece);
      await putPiece(database, epoch, upload, pieces, sealer.seal(placeOf(epoch, upload, pieces), piece));
      pieces++;
    }
  } catch (error) {
    await forgetUpload(database, epoch, upload);
    throw error;
  }
  return { upload, pieces, bytes: total, sha256: hash.digest("hex"), form };
}

const placeOf = (epoch: string, upload: string, piece: number): string =>
  `upload/${epoch}/${upload}/${piece}`;

/** Only while the epoch receives: what came after it was cancelled would stay for ever. */
async function putPiece(
  sql: Sql,
  epoch: string,
  upload: string,
  piece: number,
  sealed: Buffer,
): Promise<void> {
  const put = await sql.query(
    `insert into marginproof.upload (epoch, upload, piece, sealed)
     select id, $2, $3, $4 from marginproof.epoch where id = $1 and state = 'receiving' for share returning piece`,
    [epoch, upload, piece, sealed],
  );
  if (put.length === 1) return;
  throw new MarginproofError("SERVICE_EPOCH_STATE", "the epoch takes no accounts any more", {
    kind: "usage",
    hint: "GET /v1/epochs/ID says where it stands.",
  });
}

/** @param upload one alone; without, all of the epoch's */
export async function forgetUpload(sql: Sql, epoch: string, upload?: string): Promise<void> {
  await sql.query("delete from marginproof.upload where epoch = $1 and ($2::text is null or upload = $2)", [
    epoch,
    upload ?? null,
  ]);
}

/** What uploads left that broke off, or came second. */
export async function forgetOtherUploads(sql: Sql, epoch: string, upload: string): Promise<void> {
  await sql.query("delete from marginproof.upload where epoch = $1 and upload <> $2", [epoch, upload]);
}

/** Writes the accounts of an epoch into a private folder. @returns where they are; @throws MarginproofError SERVICE_SEALED */
export async function writeOut(
  sql: Sql,
  sealer: Sealer,
  epoch: string,
  manifest: Manifest,
  folder: string,
): Promise<AccountsPlaces> {
  const { parts, form } = manifest;
  const accountsPath = join(folder, parts === undefined ? `accounts.${form}` : "export");
  if (parts !== undefined) await privateFolder(accountsPath);
  const hash = createHash("sha256");
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let piece = 0; piece < manifest.pieces; piece++) {
      const [row] = await sql.query<{ sealed: unknown }>(
        "select sealed from marginproof.upload where epoch = $1 and upload = $2 and piece = $3",
        [epoch, manifest.upload, piece],
      );
      const plain = sealer.open(placeOf(epoch, manifest.upload, piece), bytes(row?.sealed ?? []));
      hash.update(plain);
      yield plain;
    }
  };
  const files =
    parts === undefined
      ? [{ path: accountsPath, bytes: manifest.bytes }]
      : parts.files.map(({ name, bytes: size }) => ({ path: join(accountsPath, name), bytes: size }));
  await writeFiles(files, pieces());
  if (hash.digest("hex") === manifest.sha256) {
    if (parts === undefined) return { accountsPath };
    const mappingPath = join(folder, "mapping.yaml");
    await writeFile(mappingPath, parts.mapping, { mode: PRIVATE_FILE });
    return { accountsPath, mappingPath };
  }
  throw new MarginproofError("SERVICE_SEALED", `the accounts of epoch ${epoch} are not those that came in`, {
    kind: "io",
    hint: "Cancel the epoch and send its accounts again.",
  });
}

/** Writes new files with what comes, one after the other, each as many bytes of it as it has. */
async function writeFiles(
  files: readonly { readonly path: string; readonly bytes: number }[],
  stream: AsyncGenerator<Uint8Array>,
): Promise<void> {
  let held: Uint8Array = new Uint8Array();
  for (const { path, bytes: size } of files) {
    const file: FileHandle = await open(path, "wx", PRIVATE_FILE);
    try {
      for (let left = size; left > 0; ) {
        if (held.length === 0) {
          const next = await stream.next();
          if (next.done === true) break;
          held = next.value;
        }
        const part = held.subarray(0, left);
        await file.appendFile(part);
        held = held.subarray(part.length);
        left -= part.length;
      }
    } finally {
      await file.close();
    }
  }
  // What comes after them, if anything does, is counted in the digest all the same.
  for await (const _ of stream);
}

/** What comes, as long as it is not longer than this. @throws MarginproofError SERVICE_TOO_LARGE */
export async function* limited(stream: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of stream) {
    total += chunk.length;
    if (total > limit) throw tooLarge(limit);
    yield chunk;
  }
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

export const tooLarge = (limit: number): MarginproofError =>
  new MarginproofError(
    "SERVICE_TOO_LARGE",
    `what was sent is longer than ${limit} bytes, the limit of this server`,
    {
      kind: "usage",
      hint: "Send it compressed (gzip), or let the server's --max-upload allow more.",
    },
  );
