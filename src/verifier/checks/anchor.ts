import type { Established } from "./established.js";
import { failure } from "./failure.js";

/**
 * The statement is the one whose digest the exchange made public.
 * @throws MarginproofError ANCHOR_MISMATCH
 */
export function checkAnchor(digest: string, expected: string): Established<string> {
  if (digest !== expected) {
    throw failure("ANCHOR_MISMATCH", `this bundle's digest is ${digest}, the anchor says ${expected}`);
  }
  return { value: digest, detail: digest };
}
