import { MarginproofError } from "../errors.js";

/**
 * A statement digest as an exchange anchors it, in lower case.
 * @throws MarginproofError DIGEST_INVALID
 *
 * @example
 * import { parseDigest } from "marginproof/verifier";
 *
 * console.log(parseDigest(`0x${"AB".repeat(32)}`).slice(0, 6)); // 0xabab
 */
export function parseDigest(text: string): string {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) {
    throw new MarginproofError("DIGEST_INVALID", "the statement digest must be 0x and 64 hex digits", {
      kind: "usage",
      hint: "Copy it whole from where the exchange anchored it.",
    });
  }
  return text.toLowerCase();
}
