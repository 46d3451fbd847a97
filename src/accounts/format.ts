import { MarginproofError } from "../errors.js";
import { show } from "./badRows.js";

export interface AccountsFormat {
  readonly format: "csv" | "ndjson";
  readonly gzip: boolean;
}

/** The format by file ending: .csv, .ndjson or .jsonl, each also with .gz. @throws MarginproofError ACCOUNTS_FILE_TYPE */
export function accountsFormat(path: string): AccountsFormat {
  const match = /\.(csv|ndjson|jsonl)(\.gz)?$/i.exec(path);
  if (match === null) {
    throw new MarginproofError("ACCOUNTS_FILE_TYPE", `the type of accounts file ${show(path)} isn't known`, {
      kind: "usage",
      hint: "Name it with the ending .csv, .ndjson or .jsonl, or one of these followed by .gz; a folder needs a mapping (--mapping).",
    });
  }
  return { format: match[1]!.toLowerCase() === "csv" ? "csv" : "ndjson", gzip: match[2] !== undefined };
}
