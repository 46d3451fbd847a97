import { MarginproofError } from "../errors.js";
import type { AccountRow } from "./accountRow.js";
import { BadRowCollector, FatalRow, show } from "./badRows.js";
import { openBytes } from "./byteSource.js";
import type { InstrumentTable } from "./instruments.js";
import { readCsv } from "./readCsv.js";
import { readNdjson } from "./readNdjson.js";

export interface ReadProgress {
  /** Bytes of the file read so far and its size (of the compressed file, if it is). */
  readonly bytesRead: number;
  readonly totalBytes: number;
  /** Valid rows so far. */
  readonly rows: number;
}

export interface AccountsFormat {
  readonly format: "csv" | "ndjson";
  readonly gzip: boolean;
}

/** The format by file ending: .csv, .ndjson or .jsonl, each also with .gz. @throws MarginproofError ACCOUNTS_FILE_TYPE */
export function accountsFormat(path: string): AccountsFormat {
  const match = /\.(csv|ndjson|jsonl)(\.gz)?$/i.exec(path);
  if (match === null) {
    throw new MarginproofError("ACCOUNTS_FILE_TYPE", `the type of accounts file ${show(path)} isn't known`, {
      kind: "usage",
      hint: "Name it with the ending .csv, .ndjson or .jsonl, or one of these followed by .gz.",
    });
  }
  return { format: match[1]!.toLowerCase() === "csv" ? "csv" : "ndjson", gzip: match[2] !== undefined };
}

/**
 * Reads an accounts file and yields its rows in batches, in file order. Rows are only good once the
 * iteration has ended without error. Memory is bounded by a few hundred kilobytes of text.
 * @throws MarginproofError ACCOUNTS_BAD_ROWS (all faults, counted by reason), ACCOUNTS_BAD_HEADER, ACCOUNTS_EMPTY,
 * ACCOUNTS_FILE_TYPE, ACCOUNTS_UNREADABLE, ACCOUNTS_GZIP, ACCOUNTS_CHANGED
 */
export async function* readAccounts(
  path: string,
  market: InstrumentTable,
  onProgress?: (progress: ReadProgress) => void,
): AsyncGenerator<AccountRow[]> {
  const { format, gzip } = accountsFormat(path);
  const source = await openBytes(path, gzip);
  const bad = new BadRowCollector(path);
  let rows = 0;
  try {
    const batches = (format === "csv" ? readCsv : readNdjson)(source.chunks, market, bad);
    for await (const batch of batches) {
      rows += batch.length;
      if (batch.length > 0 && !bad.any) yield batch;
      onProgress?.({ bytesRead: source.bytesRead(), totalBytes: source.totalBytes, rows });
    }
  } catch (error) {
    if (!(error instanceof FatalRow)) throw error;
    bad.add(error.row);
    throw bad.toError(true);
  } finally {
    await source.close();
  }
  if (bad.any) throw bad.toError(false);
  if (rows === 0) {
    throw new MarginproofError("ACCOUNTS_EMPTY", `${show(path)} has no rows`, {
      kind: "usage",
      hint: "Export at least one account; one that holds nothing has a row with quantity 0.",
    });
  }
}
