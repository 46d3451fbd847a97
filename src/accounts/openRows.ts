import { openBytes } from "./byteSource.js";
import { accountsFormat } from "./format.js";
import { openParquet } from "./parquet/openParquet.js";
import { readCsv } from "./readCsv.js";
import { readNdjson } from "./readNdjson.js";
import type { RowInput } from "./rowReader.js";

/**
 * Opens a file by the form that its ending says.
 * @throws MarginproofError ACCOUNTS_FILE_TYPE, ACCOUNTS_UNREADABLE, ACCOUNTS_PARQUET; while its rows are read those of `openBytes`, `readCsv` and
 * `openParquet`
 */
export async function openRows(path: string): Promise<RowInput> {
  const form = accountsFormat(path);
  if (form.format === "parquet") return openParquet(path);
  const source = await openBytes(path, form.packing);
  const read = form.format === "csv" ? readCsv : readNdjson;
  return {
    rows: (reader, market, bad) => read(source.chunks, reader, market, bad),
    bytesRead: () => source.bytesRead(),
    close: () => source.close(),
  };
}
