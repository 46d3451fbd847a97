import { poseidon } from "../field/poseidon/poseidon.js";
import type { BundleTexts } from "./bundleTexts.js";
import { readParts, type VerifiedBundle, type VerifyBundleOptions } from "./readParts.js";
import { verifyEpoch } from "./verifyEpoch.js";

export type { VerifiedBundle, VerifyBundleOptions } from "./readParts.js";

/**
 * Verifies a published epoch from the texts of its files. Blocks its thread for some 20 ms a proof: in a page,
 * call it in a worker.
 *
 * Never throws for a bad bundle: every fault is a failed check of the verdict.
 *
 * @example
 * const bundle = verifyBundle(texts, { pins: parseKeysText(keysJson), expectedDigest: "0x5c1e..." });
 * if (bundle.verdict.valid) console.log(checkOpening(openingJson, bundle, { account: "acct-000007" }));
 *
 * @throws MarginproofError DIGEST_INVALID, PRICES_POLICY, or a code of the market parser, for a fault in the options
 */
export function verifyBundle(texts: BundleTexts, options: VerifyBundleOptions): VerifiedBundle {
  const read = readParts(texts, options);
  const { pins } = options;
  if ("verdict" in read) return { ...read, pins };
  return { ...verifyEpoch(read.parts, { ...options, ...read.digest, hasher: poseidon }), pins };
}
