import { createHmac } from "node:crypto";
import { keccakToField } from "../field/keccak.js";

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
