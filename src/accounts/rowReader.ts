import type { AccountRow } from "./accountRow.js";
import type { BadRowCollector, FaultTaker } from "./badRows.js";
import type { InstrumentTable } from "./instruments.js";

/**
 * What a file's records mean: an accounts file's own, or an export's by its mapping. A record is its texts, in the order of
 * `columns` as the reader of the file found them.
 */
export interface RowReader {
  /** Columns of CSV and keys of NDJSON that are read. */
  readonly columns: readonly string[];
  /** Columns that a header must have. */
  readonly required: ReadonlySet<string>;
  /** Keys that every line must have. */
  readonly keys: ReadonlySet<string>;
  /** Columns that are there and say nothing. */
  readonly ignored: ReadonlySet<string>;
  /** Columns in which an empty field of a CSV file is as none. */
  readonly mayBeEmpty: ReadonlySet<string>;
  /** What to do about a header that is wrong. */
  readonly hint: string;
  /** Whether a key of NDJSON may be null, as no text. */
  readonly nulls: boolean;
  /**
   * The rows of a record, `texts` by the order of `columns`; undefined where the file has no such column or key.
   * Faults go to `bad`, and then there are none.
   */
  rows(
    texts: readonly (string | undefined)[],
    line: number,
    market: InstrumentTable,
    bad: FaultTaker,
  ): readonly AccountRow[];
}

/** A file open for reading its records, whatever its form. */
export interface RowInput {
  /** The good rows, in the order of the file; faults go to `bad`, FatalRow ends it. Iterate once. */
  rows(
    reader: RowReader,
    market: InstrumentTable,
    bad: BadRowCollector,
  ): AsyncIterable<readonly AccountRow[]>;
  /** Bytes of the file read so far, of about its size at the end. */
  bytesRead(): number;
  close(): Promise<void>;
}
