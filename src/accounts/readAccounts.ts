import { MarginproofError } from "../errors.js";
import type { AccountRow } from "./accountRow.js";
import { BadRowCollector, type BadRowsError, FatalRow, show } from "./badRows.js";
import type { InstrumentTable } from "./instruments.js";
import { openRows } from "./openRows.js";
import { type AccountsInput, type AccountsSource, accountsInputs, sourceTitle } from "./source.js";

export interface ReadProgress {
  /** Bytes read so far and their number over all files (of compressed files, where they are). */
  readonly bytesRead: number;
  readonly totalBytes: number;
  /** Valid rows so far. */
  readonly rows: number;
}

/** How rows are read, where that differs from `readAccounts`. */
export interface ReadOptions {
  readonly onProgress?: ((progress: ReadProgress) => void) | undefined;
  /** Takes the bad rows of each file that has some: then good rows are yielded all the same, and nothing is thrown for bad ones. */
  readonly onBad?: ((bad: BadRowsError) => void) | undefined;
}

/**
 * Reads an accounts file, or all files of an export, and yields the rows in batches, in file order. Rows are only good
 * once the iteration has ended without error. Memory is bounded by a few hundred kilobytes of text.
 * @throws MarginproofError ACCOUNTS_BAD_ROWS (all faults, counted by reason), ACCOUNTS_BAD_HEADER, ACCOUNTS_EMPTY,
 * ACCOUNTS_FILE_TYPE, ACCOUNTS_UNREADABLE, ACCOUNTS_GZIP, ACCOUNTS_ZSTD, ACCOUNTS_PARQUET, ACCOUNTS_CHANGED, ACCOUNTS_UNMAPPED
 */
export async function* readAccounts(
  source: AccountsSource,
  market: InstrumentTable,
  { onProgress, onBad }: ReadOptions = {},
): AsyncGenerator<readonly AccountRow[]> {
  const inputs = await accountsInputs(source);
  const totalBytes = inputs.reduce((sum, { bytes }) => sum + bytes, 0);
  const refused: BadFile[] = [];
  let rows = 0;
  const empty: string[] = [];
  let before = 0;
  for (const input of inputs) {
    const rowsBefore = rows;
    const onBytes = (read: number): void => onProgress?.({ bytesRead: before + read, totalBytes, rows });
    const bad = new BadRowCollector(input.path);
    const stopped = yield* readInput(input, market, bad, (batch, read) => {
      rows += batch.length;
      onBytes(read);
      return onBad !== undefined || (refused.length === 0 && !bad.any);
    });
    if (bad.any) refused.push({ bad, stopped });
    else if (rows === rowsBefore && !input.mayBeEmpty) empty.push(input.path);
    before += input.bytes;
  }
  if (onBad !== undefined) for (const { bad, stopped } of refused) onBad(bad.toError(stopped));
  else if (refused.length > 0) throw badFilesError(refused);
  if (empty.length > 0 || (rows === 0 && refused.length === 0)) throw emptyError(source, empty);
}

/** A file without records is an export that failed, unless the mapping says otherwise: whoever is in it would be left out. */
function emptyError(source: AccountsSource, files: readonly string[]): MarginproofError {
  const some = files.length === 0 ? [sourceTitle(source)] : files;
  const has = some.length === 1 ? "has" : "have";
  const mapped = typeof source !== "string" && files.length > 0;
  return new MarginproofError("ACCOUNTS_EMPTY", `${some.map(show).join(", ")} ${has} no rows`, {
    kind: "usage",
    hint: mapped
      ? "Export it again; if a table may well be empty, write mayBeEmpty: true in the mapping."
      : "Export at least one account; one that holds nothing has a row with quantity 0.",
  });
}

interface BadFile {
  readonly bad: BadRowCollector;
  readonly stopped: boolean;
}

/** @param take counts a batch, and says whether it is yielded. @returns true when the rest of the file can't be read */
async function* readInput(
  { path, reader }: AccountsInput,
  market: InstrumentTable,
  bad: BadRowCollector,
  take: (batch: readonly AccountRow[], bytesRead: number) => boolean,
): AsyncGenerator<readonly AccountRow[], boolean> {
  const input = await openRows(path);
  try {
    for await (const batch of input.rows(reader, market, bad))
      if (take(batch, input.bytesRead()) && batch.length > 0) yield batch;
    return false;
  } catch (error) {
    if (!(error instanceof FatalRow)) throw error;
    bad.add(error.row);
    return true;
  } finally {
    await input.close();
  }
}

/** One file's own error, or those of all files told in one. */
function badFilesError(files: readonly BadFile[]): MarginproofError {
  const errors = files.map(({ bad, stopped }) => bad.toError(stopped));
  if (errors.length === 1) return errors[0]!;
  return new MarginproofError(
    "ACCOUNTS_BAD_ROWS",
    errors.map(({ message }) => message).join("\n"),
    errors[0]!.options,
  );
}
