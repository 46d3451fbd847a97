import { MarginproofError } from "../errors.js";

/** What is wrong with a row, wherever it stands. */
export interface Fault {
  /** The same for all faults of one reason, whatever the row's figures: rows are counted by it. Default: the reason. */
  readonly kind?: string;
  /** Instrument or name that it is about: counted within the kind. */
  readonly about?: string;
  readonly reason: string;
  readonly hint: string;
}

/** One thing wrong with one row of an accounts file. */
export interface BadRow extends Fault {
  /** Line of the file, counted from 1, where the row starts; in Parquet the row's number, from 1. */
  readonly line: number;
  /** Name of the column or key; absent when the row as a whole is wrong. */
  readonly column?: string;
}

/** Takes what is wrong with rows. */
export interface FaultTaker {
  add(row: BadRow): void;
}

/** All rows of a file that have one reason in one column. */
export interface BadKind {
  readonly column?: string;
  readonly kind: string;
  readonly rows: number;
  /** Rows by what they are about, most first: of the first `MAX_NAMES` names. */
  readonly about: readonly (readonly [name: string, rows: number])[];
  /** The first few. */
  readonly first: readonly BadRow[];
}

/** Rows of one reason that are listed. */
const LISTED = 5;

/** Names counted within one reason; and named in a message. */
const MAX_NAMES = 1000;
const NAMED = 8;

/** Reasons told apart: a file in which every row is broken in another way is no accounts file. */
const MAX_KINDS = 200;

/** `text` as a quoted, bounded piece of a message, with everything invisible escaped. */
export function show(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  return JSON.stringify(short).replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`,
  );
}

/** All bad rows of a file (code ACCOUNTS_BAD_ROWS), counted by reason; the first of each also as data. */
export class BadRowsError extends MarginproofError {
  /** Rows listed, the first few of every reason, in file order. */
  readonly badRows: readonly BadRow[];

  constructor(
    readonly file: string,
    /** Bad rows of the file, listed or not. */
    readonly count: number,
    /** In the order in which they were found. */
    readonly kinds: readonly BadKind[],
    /** True when the rest of the file couldn't be read, so there may be more. */
    readonly stopped: boolean,
  ) {
    const heading = `${stopped ? "at least " : ""}${count} bad row${count === 1 ? "" : "s"} in ${file}`;
    const blocks = kinds.map((kind) => blockOf(kind, file));
    const text =
      kinds.length === 1 && kinds[0]!.rows <= LISTED
        ? [heading, ...blocks[0]!.lines]
        : [`${heading}, for ${reasonCount(kinds)}`, ...blocks.flatMap(({ head, lines }) => [head, ...lines])];
    super("ACCOUNTS_BAD_ROWS", text.join("\n"), {
      kind: "usage",
      hint: "Correct every row counted, then run again. No account was used.",
    });
    this.badRows = kinds.flatMap(({ first }) => first).sort((a, b) => a.line - b.line);
  }
}

const reasonCount = (kinds: readonly BadKind[]): string =>
  kinds.length === 1 ? "one reason" : `${kinds.length} reasons`;

function blockOf(
  { column, kind, rows, about, first }: BadKind,
  file: string,
): { head: string; lines: string[] } {
  const more = about.length > NAMED ? `, and ${about.length - NAMED} more` : "";
  const names = about.slice(0, NAMED).map(([name, count]) => `${show(name)} ${count}`);
  const of = about.length > 1 ? ` (${names.join(", ")}${more})` : "";
  const rest = rows > first.length ? `, the first ${first.length}` : "";
  const head = `  ${rows} row${rows === 1 ? "" : "s"}: ${column === undefined ? "" : `${column} `}${kind}${of}${rest}`;
  const lines = first.map((row) => {
    const where = row.column === undefined ? "" : `, column ${row.column}`;
    return `    ${file}:${row.line}${where}: ${row.reason}. ${row.hint}`;
  });
  return { head, lines };
}

/** A fault after which the rest of the file can't be read: thrown by readers, listed with the bad rows. */
export class FatalRow extends Error {
  constructor(readonly row: BadRow) {
    super(row.reason);
  }
}

interface Counted {
  readonly column: string | undefined;
  readonly kind: string;
  rows: number;
  lastLine: number;
  readonly about: Map<string, number>;
  readonly first: BadRow[];
}

/** Counts the faults of a file by reason, and keeps the first few of each: bounded memory for any file. */
export class BadRowCollector implements FaultTaker {
  readonly #kinds = new Map<string, Counted>();
  #count = 0;
  #lastLine = -1;

  constructor(readonly file: string) {}

  get any(): boolean {
    return this.#count > 0;
  }

  /** Adds a fault; rows come in the order of the file, and several faults of one line are one bad row. */
  add(row: BadRow): void {
    if (row.line !== this.#lastLine) this.#count++;
    this.#lastLine = row.line;
    const counted = this.#kindOf(row);
    if (counted.lastLine !== row.line) {
      counted.rows++;
      if (counted.first.length < LISTED) counted.first.push(row);
      const { about } = row;
      if (about !== undefined && (counted.about.has(about) || counted.about.size < MAX_NAMES))
        counted.about.set(about, (counted.about.get(about) ?? 0) + 1);
    }
    counted.lastLine = row.line;
  }

  #kindOf({ column, kind: own, reason }: BadRow): Counted {
    const many = this.#kinds.size >= MAX_KINDS;
    const kind = own ?? reason;
    const key = JSON.stringify([column, kind]);
    const found = this.#kinds.get(key) ?? (many ? this.#kinds.get(OTHER) : undefined);
    if (found !== undefined) return found;
    const fresh = { rows: 0, lastLine: -1, about: new Map<string, number>(), first: [] };
    const counted = many
      ? { column: undefined, kind: "something else is wrong", ...fresh }
      : { column, kind, ...fresh };
    this.#kinds.set(many ? OTHER : key, counted);
    return counted;
  }

  toError(stopped: boolean): BadRowsError {
    const kinds = [...this.#kinds.values()].map(({ column, kind, rows, about, first }): BadKind => {
      const names = [...about].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
      return { ...(column === undefined ? {} : { column }), kind, rows, about: names, first };
    });
    return new BadRowsError(this.file, this.#count, kinds, stopped);
  }
}

const OTHER = "other";
