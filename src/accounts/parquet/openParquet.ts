import { parquetScan, parquetSchema, type SchemaElement } from "hyparquet";
import { MarginproofError } from "../../errors.js";
import type { AccountRow } from "../accountRow.js";
import { type BadRowCollector, show } from "../badRows.js";
import { assertHeader, Header } from "../header.js";
import type { InstrumentTable } from "../instruments.js";
import type { RowInput, RowReader } from "../rowReader.js";
import { type ColumnText, columnText, type RawValue } from "./columnText.js";
import { openParquetFile, type ParquetFile, readFault } from "./parquetFile.js";
import { UNPACK } from "./unpackPage.js";

/** Rows of which memory holds the values at a time. */
const WINDOW = 65_536;

interface Column {
  readonly name: string;
  readonly text: ColumnText;
  readonly required: boolean;
}

/**
 * Opens a Parquet file of accounts. Decimals, integers and texts are read without a float on the way; a column of floats is refused. Memory
 * is bounded by a row group's column as it is packed, and a window of rows.
 * @throws MarginproofError ACCOUNTS_UNREADABLE, ACCOUNTS_PARQUET; while its rows are read also ACCOUNTS_BAD_HEADER, ACCOUNTS_CHANGED
 */
export async function openParquet(path: string): Promise<RowInput> {
  const file = await openParquetFile(path);
  const total = Number(file.metadata.num_rows);
  let read = 0;
  return {
    async *rows(reader, market, bad) {
      try {
        for await (const { end, rows } of readRows(file, reader, market, bad)) {
          read = end;
          yield rows;
        }
        if (read !== total) throw new Error(`it has ${read} rows, and its footer says ${total}`);
      } catch (error) {
        throw readFault(path, error);
      }
    },
    bytesRead: () => (total === 0 ? file.size : Math.floor((file.size * read) / total)),
    close: () => file.close(),
  };
}

async function* readRows(
  file: ParquetFile,
  reader: RowReader,
  market: InstrumentTable,
  bad: BadRowCollector,
): AsyncGenerator<{ end: number; rows: AccountRow[] }> {
  const columns = columnsOf(file, reader);
  const header = new Header(
    columns.map(({ name }) => name),
    reader,
  );
  for await (const { start, values } of windows(file, columns)) {
    const rows: AccountRow[] = [];
    const count = values[0]?.length ?? 0;
    for (let k = 0; k < count; k++) {
      const line = start + k + 1;
      const texts = textsAt(columns, values, k, line, bad);
      if (texts !== undefined) rows.push(...reader.rows(header.texts(texts), line, market, bad));
    }
    yield { end: start + count, rows };
  }
}

/**
 * The columns that are read.
 * @throws MarginproofError ACCOUNTS_BAD_HEADER; ACCOUNTS_PARQUET for each column of which nothing exact can be read
 */
function columnsOf({ path, metadata }: ParquetFile, reader: RowReader): Column[] {
  const elements = parquetSchema(metadata).children.map(({ element }) => element);
  const names = elements.map(({ name }) => name);
  assertHeader(names, reader, path);
  const faults: string[] = [];
  const columns = elements.flatMap((element): Column[] => {
    const { name, repetition_type } = element;
    if (!reader.columns.includes(name)) return [];
    const text = columnText(element);
    if (typeof text === "function") return [{ name, text, required: repetition_type === "REQUIRED" }];
    faults.push(`column ${show(name)} ${text}`);
    return [];
  });
  if (faults.length === 0) return columns;
  throw new MarginproofError("ACCOUNTS_PARQUET", `${path}: ${faults.join(", ")}`, {
    kind: "usage",
    hint: "Write numbers as DECIMAL, as integers or as texts, cast where they are still exact: in the query that exports them.",
  });
}

/** Windows of rows, in the order of the file: the values of each column. */
async function* windows(
  { bytes, metadata }: ParquetFile,
  columns: readonly Column[],
): AsyncGenerator<{ start: number; values: ArrayLike<RawValue | null | undefined>[] }> {
  // What values mean is said by columnText: the library would make floats of decimals.
  const schema = metadata.schema.map(
    ({ converted_type, logical_type, scale, precision, ...bare }): SchemaElement => bare,
  );
  const scan = await parquetScan({
    file: bytes,
    metadata: { ...metadata, schema },
    columns: columns.map(({ name }) => name),
    compressors: UNPACK,
    utf8: false,
    geoparquet: false,
  });
  let next = 0;
  for (const range of scan.ranges) {
    if (range.rowStart !== next) throw new Error("its row groups leave out rows");
    for (; next < range.rowEnd; ) {
      const end = Math.min(next + WINDOW, range.rowEnd);
      const values: ArrayLike<RawValue | null | undefined>[] = [];
      for (const { name, required } of columns) {
        const found = await scan.readColumn({ column: name, rowStart: next, rowEnd: end });
        if (found.length !== end - next) throw new Error(`column ${show(name)} has not a value for each row`);
        if (required && Array.prototype.some.call(found, (value) => value == null))
          throw new Error(`column ${show(name)} lacks values`);
        values.push(found as ArrayLike<RawValue | null | undefined>);
      }
      yield { start: next, values };
      next = end;
    }
  }
}

/** @returns undefined when a text can't be read, which goes to `bad` */
function textsAt(
  columns: readonly Column[],
  values: readonly ArrayLike<RawValue | null | undefined>[],
  k: number,
  line: number,
  bad: BadRowCollector,
): (string | undefined)[] | undefined {
  let good = true;
  const texts = columns.map(({ name, text }, c) => {
    const value = values[c]![k];
    if (value === null || value === undefined) return undefined;
    const own = text(value);
    if (own !== undefined) return own;
    good = false;
    bad.add({ line, column: name, reason: "is not valid UTF-8", hint: "Write texts as UTF-8." });
    return undefined;
  });
  return good ? texts : undefined;
}
