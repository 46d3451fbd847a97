import { stat } from "node:fs/promises";
import { accountsFormat } from "./format.js";
import { exportFiles, type MappedExport } from "./mapping/mappedExport.js";
import { MappedReader } from "./mapping/mappedReader.js";
import { PLAIN_READER } from "./plainReader.js";
import type { RowReader } from "./rowReader.js";

/** Where accounts come from: the path of an accounts file, or an export in an exchange's own form. */
export type AccountsSource = string | MappedExport;

/** One file to read, and how. */
export interface AccountsInput {
  readonly path: string;
  readonly reader: RowReader;
  /** Whether it may have no record, where others have some. */
  readonly mayBeEmpty: boolean;
  /** Size on disk; 0 where there is none, which reading it reports. */
  readonly bytes: number;
}

/** A source in words. */
export const sourceTitle = (source: AccountsSource): string =>
  typeof source === "string" ? source : source.folder;

/**
 * The files of a source, in the order in which they are read.
 * @throws MarginproofError ACCOUNTS_FILE_TYPE, ACCOUNTS_UNREADABLE, ACCOUNTS_UNMAPPED
 */
export async function sourceFiles(source: AccountsSource): Promise<readonly string[]> {
  if (typeof source !== "string") return exportFiles(source);
  accountsFormat(source);
  return [source];
}

/** The same with what reads them. @throws MarginproofError those of `sourceFiles` */
export async function accountsInputs(source: AccountsSource): Promise<AccountsInput[]> {
  const paths = await sourceFiles(source);
  const readers =
    typeof source === "string"
      ? [{ reader: PLAIN_READER, mayBeEmpty: false }]
      : [...source.mapping.files.values()].map((file) => {
          return { reader: new MappedReader(file), mayBeEmpty: file.mayBeEmpty };
        });
  return Promise.all(paths.map(async (path, k) => ({ path, ...readers[k]!, bytes: await sizeOf(path) })));
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    (found) => found.size,
    () => 0,
  );
