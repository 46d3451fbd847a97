import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { type AccountsSource, sourceFiles } from "../accounts/index.js";
import { MarginproofError } from "../errors.js";
import { bytesToHex } from "../field/encoding.js";

/**
 * SHA-256 of the accounts: of the file; of an export, what its mapping says and what each of its files holds.
 * @throws MarginproofError ACCOUNTS_UNREADABLE, ACCOUNTS_FILE_TYPE, ACCOUNTS_UNMAPPED
 */
export async function accountsDigest(source: AccountsSource): Promise<string> {
  const files = await sourceFiles(source);
  if (typeof source === "string") return fileDigest(source);
  const hash = createHash("sha256");
  const { text } = source.mapping;
  hash.update(`marginproof/export/1\n${Buffer.byteLength(text)}:${text}\n`);
  for (const path of files) hash.update(`${await fileDigest(path)}\n`);
  return hash.digest("hex");
}

/**
 * SHA-256 of a file, streamed. A pipe or device is refused: the file is read more than once.
 * @throws MarginproofError ACCOUNTS_UNREADABLE
 */
async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    if (!(await stat(path)).isFile()) throw new Error("not a plain file");
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (cause) {
    throw new MarginproofError(
      "ACCOUNTS_UNREADABLE",
      `can't read the accounts file ${path}: ${(cause as Error).message}`,
      {
        kind: "io",
        cause,
        hint: "Check the path and its permissions. It is read several times: write what comes from a pipe into a file first.",
      },
    );
  }
  return hash.digest("hex");
}

/** Names an attempt by its exact inputs: the same command finds its own work again, another never touches it. */
export function attemptName(inputs: {
  readonly marketDigest: Uint8Array;
  readonly accountsSha256: string;
  readonly profile: string;
  readonly keyDigests: readonly Uint8Array[];
}): string {
  const hash = createHash("sha256");
  hash.update("marginproof/v2/attempt\n");
  const parts = [
    bytesToHex(inputs.marketDigest),
    inputs.accountsSha256,
    inputs.profile,
    ...inputs.keyDigests.map((digest) => bytesToHex(digest)),
  ];
  for (const part of parts) hash.update(`${part.length}:${part}\n`);
  return hash.digest("hex").slice(0, 32);
}
