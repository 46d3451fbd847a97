import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { MarginproofError } from "../../errors.js";
import { LITTER, systemReason } from "../../files/files.js";
import { show } from "../badRows.js";
import { accountsFormat } from "../format.js";
import type { Mapping } from "./mapping.js";

/** An exchange's own export: a folder, and the mapping of its files. */
export interface MappedExport {
  readonly folder: string;
  readonly mapping: Mapping;
}

/**
 * The files of an export, in the order of the mapping. A file beside them that could hold accounts must be ignored by name:
 * a second half of an export is never left out unsaid.
 * @throws MarginproofError ACCOUNTS_UNREADABLE, ACCOUNTS_UNMAPPED
 */
export async function exportFiles({ folder, mapping }: MappedExport): Promise<string[]> {
  const found = await readdir(folder).catch((cause: unknown) => {
    const reason = systemReason(cause);
    throw new MarginproofError(
      "ACCOUNTS_UNREADABLE",
      `can't read the export's folder ${show(folder)}: ${reason}`,
      {
        kind: "io",
        hint: "With a mapping, accounts are read from the folder that holds the files it names.",
        cause,
      },
    );
  });
  const unmapped = found.filter(
    (name) =>
      mightHoldAccounts(name) && !LITTER.test(name) && !mapping.files.has(name) && !mapping.ignore.has(name),
  );
  if (unmapped.length > 0) {
    const names = unmapped.sort().slice(0, 10).map(show).join(", ");
    const more = unmapped.length > 10 ? ` and ${unmapped.length - 10} more` : "";
    throw new MarginproofError(
      "ACCOUNTS_UNMAPPED",
      `${show(folder)} has files that the mapping doesn't name: ${names}${more}`,
      {
        kind: "usage",
        hint: "Name each under files or, when it holds no accounts, under ignore; or take it out of the folder.",
      },
    );
  }
  return [...mapping.files.keys()].map((name) => join(folder, name));
}

function mightHoldAccounts(name: string): boolean {
  try {
    accountsFormat(name);
    return true;
  } catch {
    return false;
  }
}
