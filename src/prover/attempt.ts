import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { MarginproofError } from "../errors.js";
import { bytesToHex } from "../field/encoding.js";

/**
 * SHA-256 of the accounts file, streamed. A pipe or device is refused: the file is read more than once.
 * @throws MarginproofError ACCOUNTS_UNREADABLE
 */
export async function accountsDigest(path: string): Promise<string> {
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
