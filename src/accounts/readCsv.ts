import { CsvError, Parser } from "csv-parse";
import { MarginproofError } from "../errors.js";
import {
  type AccountRow,
  COLUMNS,
  type Column,
  OPTIONAL_COLUMNS,
  type RawRow,
  REQUIRED_COLUMNS,
  validateRow,
} from "./accountRow.js";
import { type BadRowCollector, FatalRow, show } from "./badRows.js";
import type { InstrumentTable } from "./instruments.js";
import { MAX_LINE_BYTES } from "./textChunks.js";

/** Columns in which an empty field is as none. */
const MAY_BE_EMPTY: ReadonlySet<Column> = new Set(["side", "leverage", "entry_price"]);

function isColumn(name: string): name is Column {
  return (COLUMNS as readonly string[]).includes(name);
}

/** Checks the header. @throws MarginproofError ACCOUNTS_BAD_HEADER with everything wrong in it */
function readHeader(fields: readonly string[], file: string, line: number): Column[] {
  const columns = fields.filter(isColumn);
  const faults = [
    ...fields.filter((name) => !isColumn(name)).map((name) => `unknown column ${show(name)}`),
    ...[...new Set(columns.filter((name, i) => columns.indexOf(name) !== i))].map((n) => `column ${n} twice`),
    ...REQUIRED_COLUMNS.filter((name) => !columns.includes(name)).map((name) => `column ${name} missing`),
  ];
  if (faults.length > 0) {
    const listed = faults.length > 20 ? [...faults.slice(0, 20), "and more"] : faults;
    throw new MarginproofError("ACCOUNTS_BAD_HEADER", `${file}:${line}: bad header: ${listed.join(", ")}`, {
      kind: "usage",
      hint: /[;\t|]/.test(fields[0] ?? "")
        ? "Separate the columns with commas."
        : `The first line names the columns ${REQUIRED_COLUMNS.join(",")} and optionally ${OPTIONAL_COLUMNS.join(",")}.`,
    });
  }
  return columns;
}

function syntaxFault(line: number, code: string): FatalRow {
  const reasons: Record<string, string> = {
    CSV_QUOTE_NOT_CLOSED: "opens a quote that is never closed",
    CSV_MAX_RECORD_SIZE: `is longer than ${MAX_LINE_BYTES} bytes, or opens a quote that is never closed`,
    CSV_INVALID_CLOSING_QUOTE: "has text after a closing quote",
    INVALID_OPENING_QUOTE: "has a quote inside an unquoted field",
  };
  const hint = "Quote the whole field and double the quotes inside it.";
  return new FatalRow({ line, reason: reasons[code] ?? `is not valid CSV (${code})`, hint });
}

/** csv-parse, with each record handed over as it is parsed instead of queued in the output stream. */
class RowParser extends Parser {
  #fault: unknown;

  constructor(private readonly onRecord: (fields: readonly string[]) => void) {
    super({ record_delimiter: ["\r\n", "\n"], relax_column_count: true, max_record_size: MAX_LINE_BYTES });
    this.on("error", (error) => (this.#fault ??= error));
    this.resume();
  }

  override push(record: unknown): boolean {
    if (record === null) return super.push(null);
    try {
      if (this.#fault === undefined) this.onRecord(record as string[]);
    } catch (error) {
      this.#fault = error;
    }
    return true;
  }

  /** Parses a piece of text, or with undefined the end of it. Rejects with CsvError or what onRecord threw. */
  async feed(piece: Buffer | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      this.once("close", resolve);
      if (piece === undefined) this.end();
      else {
        this.write(piece, (error) => {
          this.#fault ??= error ?? undefined;
          this.off("close", resolve);
          resolve();
        });
      }
    });
    if (this.#fault !== undefined) throw this.#fault;
  }
}

/**
 * Reads CSV text (RFC 4180: comma, double quotes, LF or CRLF) whose header names the columns in any order.
 * An empty side, leverage or entry_price means none, an empty pocket the cross pocket. Yields the valid rows of each
 * chunk; faults go to `bad`.
 * @throws MarginproofError ACCOUNTS_BAD_HEADER; FatalRow where the rest can't be parsed
 */
export async function* readCsv(
  chunks: AsyncIterable<Buffer>,
  market: InstrumentTable,
  bad: BadRowCollector,
): AsyncGenerator<AccountRow[]> {
  let columns: Column[] | undefined;
  let nextLine = 1;
  let blankLine: number | undefined;
  let rows: AccountRow[] = [];

  const onRecord = (fields: readonly string[]): void => {
    const line = nextLine;
    nextLine++;
    for (const field of fields) {
      for (let at = field.indexOf("\n"); at >= 0; at = field.indexOf("\n", at + 1)) nextLine++;
    }
    if (blankLine !== undefined) {
      bad.add({ line: blankLine, reason: "is a blank line", hint: "Remove it." });
      blankLine = undefined;
    }
    if (columns === undefined) {
      columns = readHeader(fields, bad.file, line);
    } else if (fields.length === 1 && fields[0] === "") {
      blankLine = line;
    } else if (fields.length !== columns.length) {
      const reason = `has ${fields.length} fields, the header has ${columns.length}`;
      bad.add({
        line,
        kind: `has not ${columns.length} fields`,
        reason,
        hint: "Give every row one field for each column.",
      });
    } else {
      const raw: Partial<Record<Column, string>> = {};
      for (let i = 0; i < columns.length; i++) {
        const column = columns[i]!;
        const field = fields[i]!;
        if (field !== "" || !MAY_BE_EMPTY.has(column)) raw[column] = field;
      }
      const row = validateRow(raw as RawRow, line, market, bad);
      if (row !== undefined) rows.push(row);
    }
  };

  const parser = new RowParser(onRecord);
  try {
    for await (const chunk of chunks) {
      await parser.feed(chunk);
      yield rows;
      rows = [];
    }
    await parser.feed(undefined);
    if (columns === undefined) readHeader([], bad.file, 1);
    yield rows;
  } catch (error) {
    throw error instanceof CsvError ? syntaxFault(nextLine, error.code) : error;
  } finally {
    parser.destroy();
  }
}
