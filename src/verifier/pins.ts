import { MarginproofError } from "../errors.js";
import { type Instance, instanceFault } from "../protocol/circuits.js";
import { hex32 } from "../protocol/hexSchema.js";
import { instanceSchema } from "../protocol/instanceSchema.js";
import { firstIssue } from "../protocol/schemaWords.js";
import * as z from "../schema/index.js";

const pin = instanceSchema({ keyDigest: hex32, development: z.boolean() });

const pinFile = z.strictObject({
  format: z.literal("marginproof/keys/1"),
  keys: z.array(pin).max(10_000),
});

/**
 * A verifying key that the verifier trusts, by digest, for one circuit of one shape. A development key comes from
 * a setup whose secrets are public: anybody can forge with it.
 */
export type PinnedKey = Instance & {
  readonly keyDigest: string;
  readonly development: boolean;
  /** On no list of the verifier's own: the package knows it as a development key. */
  readonly ofPackage?: true;
};

/** Reads a trusted-keys file (`marginproof/keys/1`); messages begin with `what`. @throws MarginproofError KEYS_FILE_INVALID */
export function parsePinnedKeys(json: unknown, what = "trusted keys"): PinnedKey[] {
  const parsed = pinFile.safeParse(json);
  if (!parsed.success) {
    throw new MarginproofError("KEYS_FILE_INVALID", `${what}: ${firstIssue(parsed.error)}`, {
      hint: "Give the keys.json that `marginproof setup` wrote, obtained from somebody you trust.",
    });
  }
  const { keys } = parsed.data;
  const digests = new Set(keys.map((key) => key.keyDigest));
  const ids = new Set(keys.map((key) => key.id));
  if (digests.size !== keys.length || ids.size !== keys.length) {
    throw new MarginproofError("KEYS_FILE_INVALID", `${what}: a shape or a digest is listed twice`, {
      hint: "Keep one entry for each shape.",
    });
  }
  const fault = keys.map(instanceFault).find((found) => found !== undefined);
  if (fault !== undefined) {
    throw new MarginproofError("KEYS_FILE_INVALID", `${what}: ${fault}`, {
      hint: "The file was altered; get it again.",
    });
  }
  return keys;
}

export function pinnedKeysToJson(keys: readonly PinnedKey[]): unknown {
  return { format: "marginproof/keys/1", keys };
}
