import { CsvError, Parser } from "csv-parse";
import type { AccountRow } from "./accountRow.js";
import { type BadRowCollector, FatalRow } from "./badRows.js";
import { assertHeader, Header } from "./header.js";
import type { InstrumentTable } from "./instruments.js";
import type { RowReader } from "./rowReader.js";
import { MAX_LINE_BYTES } from "./textChunks.js";

/** What to do about a header that is no list of columns at all. */
const hintFor = ([first = ""]: readonly string[]): string | undefined =>
  /[;\t|]/.test(first) ? "Separate the columns with commas." : undefined;

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
 * Yields the valid rows of each chunk; faults go to `bad`.
 * @throws MarginproofError ACCOUNTS_BAD_HEADER; FatalRow where the rest can't be parsed
 */
export async function* readCsv(
  chunks: AsyncIterable<Buffer>,
  reader: RowReader,
  market: InstrumentTable,
  bad: BadRowCollector,
): AsyncGenerator<AccountRow[]> {
  let header: Header | undefined;
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
    if (header === undefined) {
      assertHeader(fields, reader, `${bad.file}:${line}`, hintFor(fields));
      header = new Header(fields, reader);
    } else if (fields.length === 1 && fields[0] === "") {
      blankLine = line;
    } else if (fields.length !== header.fields.length) {
      const reason = `has ${fields.length} fields, the header has ${header.fields.length}`;
      bad.add({
        line,
        kind: `has not ${header.fields.length} fields`,
        reason,
        hint: "Give every row one field for each column.",
      });
    } else {
      rows.push(...reader.rows(header.texts(fields), line, market, bad));
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
    if (header === undefined) assertHeader([], reader, `${bad.file}:1`);
    yield rows;
  } catch (error) {
    throw error instanceof CsvError ? syntaxFault(nextLine, error.code) : error;
  } finally {
    parser.destroy();
  }
}
