import { MarginproofError } from "../errors.js";

/** One thing wrong with one row of an accounts file. */
export interface BadRow {
  /** Line of the file, counted from 1, where the row starts. */
  readonly line: number;
  /** Name of the column or key; absent when the row as a whole is wrong. */
  readonly column?: string;
  readonly reason: string;
  readonly hint: string;
}

/** Reading stops after this many bad rows. */
const MAX_BAD_ROWS = 20;

/** `text` as a quoted, bounded piece of a message, with everything invisible escaped. */
export function show(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  return JSON.stringify(short).replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`,
  );
}

/** All bad rows of a file (code ACCOUNTS_BAD_ROWS), also as data in `badRows`. */
export class BadRowsError extends MarginproofError {
  constructor(
    readonly file: string,
    readonly badRows: readonly BadRow[],
    /** True when reading stopped early, so there may be more. */
    readonly stopped: boolean,
  ) {
    const count = new Set(badRows.map((row) => row.line)).size;
    const heading = `${stopped ? "at least " : ""}${count} bad row${count === 1 ? "" : "s"} in ${file}`;
    const lines = badRows.map(({ line, column, reason, hint }) => {
      const where = column === undefined ? "" : `, column ${column}`;
      return `  ${file}:${line}${where}: ${reason}. ${hint}`;
    });
    super("ACCOUNTS_BAD_ROWS", [heading, ...lines].join("\n"), {
      kind: "usage",
      hint: "Correct every row listed, then run again. No account was used.",
    });
  }
}

/** A fault after which the rest of the file can't be read: thrown by readers, listed with the bad rows. */
export class FatalRow extends Error {
  constructor(readonly row: BadRow) {
    super(row.reason);
  }
}

/** Collects the faults of a file, up to `MAX_BAD_ROWS` rows. */
export class BadRowCollector {
  readonly #rows: BadRow[] = [];
  #count = 0;
  #lastLine = -1;

  constructor(readonly file: string) {}

  get any(): boolean {
    return this.#count > 0;
  }

  get full(): boolean {
    return this.#count >= MAX_BAD_ROWS;
  }

  /** Adds a fault; several of one line count as one bad row. Ignored beyond the limit. */
  add(row: BadRow): void {
    if (row.line !== this.#lastLine) {
      if (this.full) return;
      this.#count++;
      this.#lastLine = row.line;
    }
    this.#rows.push(row);
  }

  toError(stopped: boolean): BadRowsError {
    return new BadRowsError(this.file, this.#rows, stopped);
  }
}
