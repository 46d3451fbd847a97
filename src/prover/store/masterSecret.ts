import { createHash, randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { MarginproofError } from "../../errors.js";
import { PRIVATE_FILE, readIfPresent } from "../../files/files.js";
import { namedFault } from "../../files/systemError.js";
import type { Database } from "./database.js";

const FACT = "master-secret-sha256";
const secretPath = (place: string): string => join(place, "master-secret");
const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
const known = (database: Database): string | undefined =>
  database.get("select value from fact where name = ?", FACT)?.value as string | undefined;

/**
 * Makes the master secret of a folder whose database knows none, or notes the one that is there. Two processes do it one after the
 * other, in a transaction each: the second finds the first one's.
 */
export async function provideMasterSecret(place: string, database: Database): Promise<void> {
  if (known(database) !== undefined) return;
  const path = secretPath(place);
  // Of an older layout, or written by a run that was killed before it could note it.
  const before = await readIfPresent(path);
  database.transaction(() => {
    if (known(database) !== undefined) return;
    // Another process may have written one since it was looked for: the next run notes it.
    if (before === undefined && existsSync(path)) return;
    const text = before ?? newSecret(path);
    parseSecret(path, text);
    database.run("insert into fact values (?, ?)", FACT, digest(text));
  });
  if (known(database) === undefined) await provideMasterSecret(place, database);
}

/** Written durably and whole; without a pause, since the caller holds a transaction. */
function newSecret(path: string): string {
  const text = `${randomBytes(32).toString("hex")}\n`;
  const aside = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = openSync(aside, "wx", PRIVATE_FILE);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
    return text;
  } catch (error) {
    rmSync(aside, { force: true });
    throw namedFault(error, path);
  }
}

/**
 * The master secret of a private folder, checked against the digest noted when it was made.
 * @throws MarginproofError MASTER_SECRET_MISSING, MASTER_SECRET_INVALID
 */
export async function readMasterSecret(place: string, database: Database): Promise<Uint8Array> {
  const path = secretPath(place);
  const found = await readIfPresent(path);
  if (found === undefined) throw missingSecret(path);
  const secret = parseSecret(path, found);
  if (digest(found) !== known(database)) throw invalidSecret(path, "is not the secret of this folder");
  return secret;
}

export function missingSecret(path: string): MarginproofError {
  return new MarginproofError("MASTER_SECRET_MISSING", `${path} is missing`, {
    kind: "io",
    hint: "Restore it from a backup: no other secret opens this folder's epochs. To start anew, use another private folder.",
  });
}

const invalidSecret = (path: string, problem: string): MarginproofError =>
  new MarginproofError("MASTER_SECRET_INVALID", `${path} ${problem}`, {
    kind: "io",
    hint: "Restore the file from a backup: no other secret opens this folder's epochs.",
  });

function parseSecret(path: string, text: string): Uint8Array {
  if (!/^[0-9a-f]{64}\n$/.test(text)) throw invalidSecret(path, "does not hold 64 hex digits");
  return Buffer.from(text.trim(), "hex");
}
