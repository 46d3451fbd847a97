import { poseidon } from "../field/poseidon/poseidon.js";
import type { AccountOutcome } from "../report/reportOpening.js";
import { reportOpening } from "../report/reportOpening.js";
import type { BundleTexts } from "../verifier/bundleTexts.js";
import { readParts, type VerifiedBundle, type VerifyBundleOptions } from "../verifier/readParts.js";
import { type PriceChecker, verifySteps } from "../verifier/verifySteps.js";
import type { withJudgedBy } from "../verifier/withJudgedBy.js";

/** What you bring of your own, and how you want to be told. */
export interface VerifyOptions extends VerifyBundleOptions {
  /** `signedPrices`, for bundles with signed prices, or when you have a price policy. Left out, such a bundle is refused. */
  readonly prices?: PriceChecker;
  /** `withJudgedBy`, to be told in `verdict.judgedBy` what the market file judged the book by. */
  readonly judge?: typeof withJudgedBy;
  /** Stops the verification. */
  readonly signal?: AbortSignal;
}

/**
 * Verifies a published epoch from the texts of its files. Some 20 ms a proof; lets other work run after every 32, which still
 * stutters: in a page, take `verifyInWorker`.
 *
 * A bad bundle is no error: every fault is a failed check of `verdict`, by name (`id`) and code.
 *
 * @returns `verdict.valid` says that the statement is proved and the book it shows is covered
 * @throws MarginproofError DIGEST_INVALID, PRICES_POLICY, or a code of the market parser, for a fault in the options
 * @throws the signal's reason, when it is aborted
 *
 * @example
 * import { readFile } from "node:fs/promises";
 * import { parseKeysText, verify } from "marginproof/verifier";
 *
 * const read = (path: string) => readFile(path, "utf8");
 * const bundle = await verify(
 *   {
 *     statement: await read("bundle/statement.json"),
 *     market: await read("bundle/market.json"),
 *     steps: await read("bundle/steps.ndjson"),
 *     verifyingKeys: await read("bundle/verifying-keys.json"),
 *   },
 *   { pins: parseKeysText(await read("keys/keys.json")), allowDevKeys: true }, // never for a real exchange
 * );
 * console.log(bundle.verdict.valid, bundle.verdict.checks.length); // true 15
 */
export async function verify(texts: BundleTexts, options: VerifyOptions): Promise<VerifiedBundle> {
  const { prices, judge, signal, onProgress } = options;
  signal?.throwIfAborted();
  const read = readParts(texts, options);
  if ("verdict" in read) return { ...read, pins: options.pins };
  const steps = verifySteps(read.parts, { ...options, ...read.digest, hasher: poseidon }, prices);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return { ...(judge?.(value) ?? value), pins: options.pins };
    onProgress?.(value.done, value.total);
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
  }
}

/**
 * Looks up one account, with all its pockets, in an epoch that `verify` looked at. Money comes as exact decimal text. The outcome is
 * of the account alone: show `bundle.verdict` beside it. A bad file is no error but an outcome, with its code.
 *
 * @param file text of the holder's own file
 * @param account the holder's account name as they know it; without it, the outcome is about whatever name the file gives
 *
 * @example
 * import { readFile } from "node:fs/promises";
 * import { checkAccount, parseKeysText, verify } from "marginproof/verifier";
 *
 * const read = (path: string) => readFile(path, "utf8");
 * const bundle = await verify(
 *   {
 *     statement: await read("bundle/statement.json"),
 *     market: await read("bundle/market.json"),
 *     steps: await read("bundle/steps.ndjson"),
 *     verifyingKeys: await read("bundle/verifying-keys.json"),
 *   },
 *   { pins: parseKeysText(await read("keys/keys.json")), allowDevKeys: true }, // never for a real exchange
 * );
 * const found = checkAccount(await read("carol.json"), bundle, "carol");
 * console.log(found.status); // counted
 */
export function checkAccount(file: string, bundle: VerifiedBundle, account?: string): AccountOutcome {
  return reportOpening(file, bundle, account === undefined ? {} : { account });
}
