import { MarginproofError } from "../errors.js";
import { poseidon } from "../field/poseidon/poseidon.js";
import { parseMarketText } from "../market/index.js";
import type { BundleParts } from "./bundle.js";
import { type BundleTexts, parseBundleTexts } from "./bundleTexts.js";
import type { VerifyOptions } from "./options.js";
import type { PinnedKey } from "./pins.js";
import { parseDigest } from "./trust.js";
import { CheckList, NOT_PROVED, type Verdict } from "./verdict.js";
import { type VerifiedEpoch, verifyEpoch } from "./verifyEpoch.js";

/**
 * As for `verifyEpoch`, but for the Poseidon hasher: always the one on bigints, so that a page needs no WebAssembly and its
 * content policy can forbid it. `expectedDigest` may be in either letter case.
 */
export type VerifyBundleOptions = Omit<VerifyOptions, "hasher">;

/** A verified epoch and the keys it was verified with, for `checkOpening`. */
export interface VerifiedBundle extends VerifiedEpoch {
  readonly pins: readonly PinnedKey[];
}

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
  const { expectedDigest, ...others } = options;
  const digest = expectedDigest === undefined ? {} : { expectedDigest: parseDigest(expectedDigest) };
  // A fault in the reader's own file is a mistake of theirs, not of the bundle.
  if (options.ownMarketText !== undefined) parseMarketText(options.ownMarketText);
  let parts: BundleParts;
  try {
    parts = parseBundleTexts(texts);
  } catch (error) {
    if (!(error instanceof MarginproofError) || error.options.kind !== "invalid") throw error;
    return { verdict: unreadable(error), pins: options.pins };
  }
  return { ...verifyEpoch(parts, { ...others, ...digest, hasher: poseidon }), pins: options.pins };
}

function unreadable({ code, message }: MarginproofError): Verdict {
  const list = new CheckList();
  list.add("proof", "files", "the bundle's files can be read", false, `${code}: ${message}`);
  list.skip("solvency", "solvency", "the book is covered", "not looked at: the statement is not proved");
  return {
    valid: false,
    proved: false,
    solvent: false,
    checks: list.checks,
    notProved: NOT_PROVED,
    prices: "stated",
    developmentKeys: false,
  };
}
