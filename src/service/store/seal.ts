import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { MarginproofError } from "../../errors.js";

const NONCE = 12;
const TAG = 16;
const VERSION = 1;

/**
 * Seals what is private in the database: AES-256-GCM, under a key of each place's own. A place says what the bytes are and of which
 * epoch: whoever writes to the database can neither read them nor put one in another's place.
 */
export class Sealer {
  constructor(private readonly key: Uint8Array) {}

  /** @param place such as `step/ID/12`; never the same for two meanings */
  seal(place: string, plain: Uint8Array | string): Buffer {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv("aes-256-gcm", this.mac(`seal ${place}`), nonce);
    const head = Buffer.from([VERSION]);
    cipher.setAAD(head);
    const body = Buffer.concat([cipher.update(Buffer.from(plain)), cipher.final()]);
    return Buffer.concat([head, nonce, body, cipher.getAuthTag()]);
  }

  /** @throws MarginproofError SERVICE_SEALED unless these bytes were sealed for this very place under this key */
  open(place: string, sealed: Uint8Array): Buffer {
    try {
      const bytes = Buffer.from(sealed);
      if (bytes[0] !== VERSION || bytes.length < 1 + NONCE + TAG)
        throw new Error("not sealed by this version");
      const nonce = bytes.subarray(1, 1 + NONCE);
      const decipher = createDecipheriv("aes-256-gcm", this.mac(`seal ${place}`), nonce, {
        authTagLength: TAG,
      });
      decipher.setAAD(bytes.subarray(0, 1));
      decipher.setAuthTag(bytes.subarray(-TAG));
      return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE, -TAG)), decipher.final()]);
    } catch (cause) {
      throw new MarginproofError("SERVICE_SEALED", `what the database holds as ${place} does not open`, {
        kind: "io",
        cause,
        hint: "It was changed, or sealed under another key: check the key file, or restore the database from a backup.",
      });
    }
  }

  /** 32 bytes that only whoever has the key can make of a text: keyed hashes of names, links of a chain. */
  mac(text: string): Buffer {
    return createHmac("sha256", this.key).update(text, "utf8").digest();
  }
}
