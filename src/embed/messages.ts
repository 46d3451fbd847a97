import type { AccountOutcome } from "../report/reportOpening.js";
import type { BundleTexts } from "../verifier/bundleTexts.js";
import type { VerifyBundleOptions } from "../verifier/readParts.js";
import type { Verdict } from "../verifier/verdict.js";
import type { EpochName } from "./epochName.js";

/** What a worker is asked to verify, and whom to look up. */
export interface WorkerRequest {
  readonly texts: BundleTexts;
  readonly options: Omit<VerifyBundleOptions, "onProgress">;
  /** Text of a holder's file, and the account name as they know it. */
  readonly opening?: { readonly file: string; readonly account?: string };
}

export interface WorkerOutcome {
  /** Left out where the statement can't be read. */
  readonly epoch?: EpochName;
  readonly verdict: Verdict;
  /** Present when there was somebody to look up. */
  readonly account?: AccountOutcome;
}

export type WorkerMessage =
  | { readonly type: "progress"; readonly done: number; readonly total: number }
  | { readonly type: "outcome"; readonly outcome: WorkerOutcome }
  | { readonly type: "error"; readonly code: string; readonly message: string; readonly hint?: string };
