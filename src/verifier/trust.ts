import { MarginproofError } from "../errors.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import { type PinnedKey, parsePinnedKeys } from "./pins.js";

/** Reads the text of a keys.json that the reader trusts. @throws MarginproofError KEYS_FILE_INVALID, JSON_* */
export function parseKeysText(text: string): PinnedKey[] {
  return parsePinnedKeys(parseStrictJson(text, "trusted keys", { kind: "usage" }));
}

/** Reads the text of a price policy of the reader's own. @throws MarginproofError PRICES_POLICY, JSON_* */
export { parsePolicyText as parsePricePolicyText } from "../prices/policy.js";

/** A statement digest as an exchange anchors it. @throws MarginproofError DIGEST_INVALID */
export function parseDigest(text: string): string {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) {
    throw new MarginproofError("DIGEST_INVALID", "the statement digest must be 0x and 64 hex digits", {
      kind: "usage",
      hint: "Copy it whole from where the exchange anchored it.",
    });
  }
  return text.toLowerCase();
}
