import { parseStrictJson } from "../protocol/strictJson.js";
import { type PinnedKey, parsePinnedKeys } from "./pins.js";

/**
 * Reads the text of a keys.json that the reader trusts.
 * @throws MarginproofError KEYS_FILE_INVALID, JSON_*
 *
 * @example
 * import { readFile } from "node:fs/promises";
 * import { parseKeysText } from "marginproof/verifier";
 *
 * const pins = parseKeysText(await readFile("keys/keys.json", "utf8"));
 * console.log(pins.some(({ development }) => development)); // true
 */
export function parseKeysText(text: string): PinnedKey[] {
  return parsePinnedKeys(parseStrictJson(text, "trusted keys", { kind: "usage" }));
}

/** Reads the text of a price policy of the reader's own. @throws MarginproofError PRICES_POLICY, JSON_* */
export { parsePolicyText as parsePricePolicyText } from "../prices/policy.js";

export { parseDigest } from "./digest.js";
