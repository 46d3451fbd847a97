import { type FileHandle, mkdtemp, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { MarginproofError } from "../../errors.js";
import { PRIVATE_FILE, provideParent, syncFolder } from "../../files/files.js";
import { naming } from "../../files/systemError.js";
import { show } from "../badRows.js";
import type { Mapping } from "../mapping/mapping.js";
import { type PricesQuery, type PulledPrice, readPrices } from "./readPrices.js";
import { DatabaseSnapshot, type SnapshotOptions } from "./snapshotReader.js";

export interface PullOptions extends SnapshotOptions {
  /** Of the exchange's Postgres; a secret. */
  readonly url: string;
  /** Folder to make; does not exist. */
  readonly out: string;
  readonly onRows?: (file: string, rows: number) => void;
  /** Called before so many bytes more are written; what it throws ends the pull. */
  readonly onBytes?: (bytes: number) => void;
}

/** What was pulled: rows by file. */
export type Pulled = readonly { readonly file: string; readonly rows: number }[];

/** All that was read of one moment. */
export interface PulledMoment {
  readonly files: Pulled;
  /** When it was, by the database's clock: UTC, in whole seconds. */
  readonly time: string;
  /** Undefined where none were asked for. */
  readonly prices: readonly PulledPrice[] | undefined;
}

/**
 * Runs the queries of a mapping at one moment of the exchange's Postgres, and writes what they give as the files of an export, NDJSON, every value a
 * text. The folder is there whole or not at all. An export is read as often as it takes, so that an interrupted proof goes on with the same book.
 * @throws MarginproofError MAPPING_QUERIES, SOURCE_DATABASE, SOURCE_QUERY, ACCOUNTS_BAD_HEADER, FILE_REFUSED, DISK_FULL
 */
export const pullExport = async (mapping: Mapping, options: PullOptions): Promise<Pulled> =>
  (await pullMoment(mapping, options)).files;

/**
 * As `pullExport`, with the mark prices of the same moment.
 * @throws MarginproofError those of `pullExport` and `readPrices`
 */
export async function pullMoment(
  mapping: Mapping,
  options: PullOptions & { readonly prices?: PricesQuery | undefined },
): Promise<PulledMoment> {
  const queries = queriesOf(mapping);
  const out = resolve(options.out);
  await provideParent(out);
  const made = await mkdtemp(join(dirname(out), `.${basename(out)}-`));
  try {
    const snapshot = await DatabaseSnapshot.open(options.url, options);
    const files: { file: string; rows: number }[] = [];
    let prices: readonly PulledPrice[] | undefined;
    try {
      if (options.prices !== undefined) prices = await readPrices(snapshot, options.prices);
      for (const { file, query } of queries) {
        const rows = await pullFile(snapshot, mapping, { file, query, folder: made }, options);
        files.push({ file, rows });
      }
    } finally {
      await snapshot.close();
    }
    await syncFolder(made);
    await naming(out, () => rename(made, out));
    return { files, time: snapshot.time, prices };
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

/** @throws MarginproofError MAPPING_QUERIES unless every file has a query */
function queriesOf(mapping: Mapping): { readonly file: string; readonly query: string }[] {
  const files = [...mapping.files].map(([file, { query }]) => ({ file, query }));
  const without = files.flatMap(({ file, query }) => (query === undefined ? [file] : []));
  if (without.length === 0) return files as { file: string; query: string }[];
  throw new MarginproofError(
    "MAPPING_QUERIES",
    `the mapping has no query for ${without.map(show).join(", ")}`,
    {
      kind: "usage",
      hint: "Give every file of the mapping its query; a half of the book from elsewhere would be of another moment.",
    },
  );
}

interface PulledFile {
  readonly file: string;
  readonly query: string;
  readonly folder: string;
}

/** @returns rows written */
async function pullFile(
  snapshot: DatabaseSnapshot,
  mapping: Mapping,
  { file, query, folder }: PulledFile,
  { onRows, onBytes, signal }: PullOptions,
): Promise<number> {
  const handle: FileHandle = await open(join(folder, file), "wx", PRIVATE_FILE);
  let count = 0;
  try {
    for await (const { columns, rows } of snapshot.read(file, query, mapping.files.get(file)!)) {
      signal?.throwIfAborted();
      const lines = rows.map((row) =>
        JSON.stringify(Object.fromEntries(columns.map((column, k) => [column, row[k]]))),
      );
      const text = lines.map((line) => `${line}\n`).join("");
      onBytes?.(Buffer.byteLength(text));
      if (text !== "") await handle.appendFile(text);
      count += rows.length;
      onRows?.(file, count);
    }
    await handle.sync();
    return count;
  } finally {
    await handle.close();
  }
}
