import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { atPlace, MarginproofError } from "../errors.js";
import { PRIVATE_FILE, readNamedFile, writeWhole } from "../files/files.js";
import { addressOfPrivateKey } from "../prices/index.js";
import { FILE_LIMITS } from "../protocol/fileLimits.js";
import { assertNew } from "./outFile.js";

/**
 * A price source's private key from a file that only its owner can read: `0x` and 64 hex digits. Errors show no part of it.
 * @throws MarginproofError PRICES_KEY_FILE, PRICES_KEY, FILE_UNREADABLE
 */
export async function readKeyFile(path: string): Promise<string> {
  const refuse = (problem: string, hint: string) =>
    new MarginproofError("PRICES_KEY_FILE", `key file ${path}: ${problem}`, { kind: "usage", hint });
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && (!found.isFile() || found.size > FILE_LIMITS["key file"]))
    throw refuse("not a small plain file", "it holds one key and nothing else");
  // Windows keeps no such permissions.
  if (found !== undefined && process.platform !== "win32" && (found.mode & 0o077) !== 0)
    throw refuse("others than its owner may read it", `run: chmod 600 ${path}`);
  const key = (await readNamedFile(path, "key file")).trim();
  if (!/^0x[0-9a-fA-F]{64}$/.test(key))
    throw refuse("not 0x and 64 hex digits", "give the file of one private key");
  atPlace(`key file ${path}`, () => addressOfPrivateKey(key));
  return key;
}

/** Makes a key file and returns the key's address. @throws MarginproofError OUT_EXISTS */
export async function writeKeyFile(path: string): Promise<string> {
  await assertNew(path);
  const key = `0x${randomBytes(32).toString("hex")}`;
  const address = addressOfPrivateKey(key);
  await writeWhole(path, `${key}\n`, PRIVATE_FILE);
  return address;
}
