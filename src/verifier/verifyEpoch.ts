import { parsePolicy } from "../prices/index.js";
import type { BundleParts } from "./bundle.js";
import { checkPrices, pricesTitle } from "./checks/prices.js";
import type { VerifyOptions } from "./options.js";
import { signedLines } from "./signedLines.js";
import { type PriceChecker, type Progress, type VerifiedEpoch, verifySteps } from "./verifySteps.js";
import { withJudgedBy } from "./withJudgedBy.js";

export type { VerifiedEpoch } from "./verifySteps.js";

/** Repeats signed prices from the bundle's evidence, under a policy of the verifier's own if there is one. */
export const signedPrices: PriceChecker = {
  policy: ({ pricePolicy }) => (pricePolicy === undefined ? undefined : parsePolicy(pricePolicy)),
  title: pricesTitle,
  check: checkPrices,
  notProved: signedLines,
};

/**
 * Checks a whole epoch from public data and the verifier's own pinned keys: `verifySteps` without a stop, and what the market file judged the
 * book by.
 * Never throws for a bad bundle: every fault is a failed check with its code.
 *
 * @throws MarginproofError PRICES_POLICY for a fault in the verifier's own price policy
 */
export function verifyEpoch(bundle: BundleParts, options: VerifyOptions): VerifiedEpoch {
  const steps = verifyEpochInSteps(bundle, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    options.onProgress?.(value.done, value.total);
  }
}

/** The same, yielding after every few proofs. @throws as `verifyEpoch` */
export function* verifyEpochInSteps(
  bundle: BundleParts,
  options: VerifyOptions,
): Generator<Progress, VerifiedEpoch, void> {
  return withJudgedBy(yield* verifySteps(bundle, options, signedPrices));
}
