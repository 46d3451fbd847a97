import { z } from "zod";
import { MarginproofError } from "../errors.js";
import { firstIssue } from "../protocol/schemaWords.js";
import { type Instance, instanceId } from "../protocol/shapes.js";

const count = (min: number, max: number) => z.number().int().min(min).max(max);
const hex32 = z.string().regex(/^0x[0-9a-f]{64}$/);
const common = { id: z.string().min(1).max(128), keyDigest: hex32, development: z.boolean() };

const pin = z.discriminatedUnion("template", [
  z.strictObject({
    ...common,
    template: z.literal("accounts"),
    accounts: count(1, 4096),
    bracketed: count(0, 16),
    flat: count(0, 64),
    groups: count(0, 16),
    scenarios: count(0, 128),
    stress: count(0, 4),
  }),
  z.strictObject({ ...common, template: z.literal("table"), rows: count(1, 65_536) }),
  z.strictObject({ ...common, template: z.literal("privateTable"), rows: count(16, 65_536) }),
]);

const pinFile = z.strictObject({
  format: z.literal("marginproof/keys/1"),
  keys: z.array(pin).max(10_000),
});

/**
 * A verifying key that the verifier trusts, by digest, for one circuit of one shape. A development key comes from
 * a setup whose secrets are public: anybody can forge with it.
 */
export type PinnedKey = Instance & { readonly keyDigest: string; readonly development: boolean };

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
  const misnamed = keys.find((key) => key.id !== instanceId(key));
  if (misnamed !== undefined) {
    throw new MarginproofError(
      "KEYS_FILE_INVALID",
      `${what}: ${misnamed.id} is not the name of the shape described, ${instanceId(misnamed)}`,
      { hint: "The file was altered; get it again." },
    );
  }
  return keys;
}

export function pinnedKeysToJson(keys: readonly PinnedKey[]): unknown {
  return { format: "marginproof/keys/1", keys };
}
