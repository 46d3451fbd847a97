import { createHmac, randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { MarginproofError } from "../errors.js";
import { keccakToField } from "../field/keccak.js";
import { privateFolder, readIfPresent, writeWhole } from "../files/files.js";

/**
 * Salts, blindings and the account order of one attempt at one epoch: a PRF of the exchange's master secret over
 * exchange, epoch, attempt, role and index. The attempt names the exact inputs, so a value never serves two
 * different commitments, and a resumed run finds the same ones again.
 */
export class EpochSecrets {
  private readonly key: Buffer;

  constructor(master: Uint8Array, exchange: string, epoch: string, attempt: string) {
    this.key = prf(master, ["epoch", exchange, epoch, attempt]);
  }

  /** 32 secret bytes for a role and an index or names; every part is hashed with its length. */
  bytes(role: string, ...index: readonly string[]): Uint8Array {
    return prf(this.key, [role, ...index]);
  }

  /** A secret field element. */
  field(role: string, index: number): bigint {
    return keccakToField(this.bytes(role, String(index)), "field");
  }
}

function prf(key: Uint8Array, parts: readonly string[]): Buffer {
  const hmac = createHmac("sha256", key);
  for (const part of parts) {
    const bytes = Buffer.from(part, "utf8");
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hmac.update(length).update(bytes);
  }
  return hmac.digest();
}

const secretPath = (privateDir: string): string => join(privateDir, "master-secret");

/**
 * Makes the master secret of a private folder that has none and holds no epoch yet. Beside epochs a new secret would
 * only hide that the old one is lost.
 */
export async function provideMasterSecret(privateDir: string): Promise<void> {
  await privateFolder(privateDir);
  if ((await readIfPresent(secretPath(privateDir))) !== undefined) return;
  if ((await readdir(join(privateDir, "epochs")).catch(() => [])).length > 0) return;
  await writeWhole(secretPath(privateDir), `${randomBytes(32).toString("hex")}\n`);
}

/**
 * The master secret of a private folder. Losing it means salts can't be derived again.
 * @throws MarginproofError MASTER_SECRET_MISSING, MASTER_SECRET_INVALID
 */
export async function masterSecret(privateDir: string): Promise<Uint8Array> {
  const path = secretPath(privateDir);
  const found = await readIfPresent(path);
  if (found === undefined) {
    throw new MarginproofError("MASTER_SECRET_MISSING", `${path} is missing`, {
      kind: "io",
      hint: "Restore it from a backup: no other secret opens this folder's epochs. To start anew, use another private folder.",
    });
  }
  if (!/^[0-9a-f]{64}\n$/.test(found)) {
    throw new MarginproofError("MASTER_SECRET_INVALID", `${path} does not hold 64 hex digits`, {
      kind: "io",
      hint: "Restore the file from a backup; with a new secret every epoch starts from nothing.",
    });
  }
  return Buffer.from(found.trim(), "hex");
}
