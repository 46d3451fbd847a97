import { MarginproofError } from "../errors.js";
import { parseMarketText } from "../market/schema.js";
import type { BundleParts } from "./bundle.js";
import { type BundleTexts, parseBundleTexts } from "./bundleTexts.js";
import { parseDigest } from "./digest.js";
import type { VerifyOptions } from "./options.js";
import type { PinnedKey } from "./pins.js";
import { CheckList, NOT_PROVED, type Verdict } from "./verdict.js";
import type { VerifiedEpoch } from "./verifySteps.js";

/**
 * As for `verifyEpoch`, but for the Poseidon hasher: always the one on bigints, so that a page needs no WebAssembly and its
 * content policy can forbid it. `expectedDigest` may be in either letter case.
 */
export type VerifyBundleOptions = Omit<VerifyOptions, "hasher" | "steps">;

/** A verified epoch and the keys it was verified with, for `checkOpening`. */
export interface VerifiedBundle extends VerifiedEpoch {
  readonly pins: readonly PinnedKey[];
}

/**
 * A bundle's parts, and the digest to expect of it; or the verdict on files that can't be read.
 * @throws MarginproofError DIGEST_INVALID, or a code of the market parser, for a fault in the options
 */
export function readParts(
  texts: BundleTexts,
  options: VerifyBundleOptions,
):
  | { readonly parts: BundleParts; readonly digest: { readonly expectedDigest?: string } }
  | { readonly verdict: Verdict } {
  const { expectedDigest } = options;
  const digest = expectedDigest === undefined ? {} : { expectedDigest: parseDigest(expectedDigest) };
  // A fault in the reader's own file is a mistake of theirs, not of the bundle.
  if (options.ownMarketText !== undefined) parseMarketText(options.ownMarketText);
  try {
    return { parts: parseBundleTexts(texts), digest };
  } catch (error) {
    if (!(error instanceof MarginproofError) || error.options.kind !== "invalid") throw error;
    return { verdict: unreadable(error) };
  }
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
