import type { AccountOutcome } from "../report/reportOpening.js";
import type { Verdict } from "../verifier/verdict.js";
import { type EpochName, epochNameOf } from "./epochName.js";
import { type LightCheckOptions, lightEpoch } from "./lightEpoch.js";

export type { LightCheckOptions };

/** What a light check found: of the epoch, on whose word (`verdict.attested`), and of the account. */
export interface LightOutcome {
  /** Left out where the statement can't be read. */
  readonly epoch?: EpochName;
  readonly verdict: Verdict;
  readonly account: AccountOutcome;
}

/**
 * Looks up one account on the word of auditors of the holder's own choice, who verified the proofs: in a second or so, from a file
 * whose size no other account adds to. Everything but the proofs is computed here.
 *
 * @param file text of the holder's own file
 * @throws MarginproofError AUDITORS_POLICY, DIGEST_INVALID, CHECK_FLAGS, OPENING_INVALID, JSON_* for what can't be read
 *
 * @example
 * import { readFile } from "node:fs/promises";
 * import { checkLight } from "marginproof/verifier";
 *
 * const auditors = await readFile("auditors.json", "utf8");
 * const found = checkLight(await readFile("carrying.json", "utf8"), { auditors, account: "carol", allowDevKeys: true });
 * console.log(found.verdict.valid, found.account.status); // true counted
 */
export function checkLight(file: string, options: LightCheckOptions): LightOutcome {
  const { epoch, account } = lightEpoch(file, options);
  return { ...epochNameOf(epoch), verdict: epoch.verdict, account };
}
