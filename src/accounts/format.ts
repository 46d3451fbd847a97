import { MarginproofError } from "../errors.js";
import { show } from "./badRows.js";

/** How a text file is compressed. */
export type Packing = "none" | "gzip" | "zstd";

export type AccountsFormat =
  | { readonly format: "csv" | "ndjson"; readonly packing: Packing }
  | { readonly format: "parquet" };

/** Endings of files that can be read, in words. */
export const ENDINGS = ".csv, .ndjson or .jsonl, each possibly followed by .gz or .zst, and .parquet";

const PACKINGS: Readonly<Record<string, Packing>> = { "": "none", ".gz": "gzip", ".zst": "zstd" };

/** The format by file ending. @throws MarginproofError ACCOUNTS_FILE_TYPE */
export function accountsFormat(path: string): AccountsFormat {
  if (/\.parquet$/i.test(path)) return { format: "parquet" };
  const [, format, packing = ""] = /\.(csv|ndjson|jsonl)(\.gz|\.zst)?$/i.exec(path) ?? [];
  if (format === undefined) {
    throw new MarginproofError("ACCOUNTS_FILE_TYPE", `the type of accounts file ${show(path)} isn't known`, {
      kind: "usage",
      hint: `Name it with its ending: ${ENDINGS}; a folder needs a mapping (--mapping).`,
    });
  }
  return {
    format: format.toLowerCase() === "csv" ? "csv" : "ndjson",
    packing: PACKINGS[packing.toLowerCase()]!,
  };
}
