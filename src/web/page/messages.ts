import type { AccountOutcome } from "../../report/reportOpening.js";
import type { Verdict } from "../../verifier/verdict.js";
import type { BundleFiles } from "./bundlePicker.js";

/** What the page hands to its worker: handles of the chosen files, which the worker reads. */
export interface CheckRequest {
  readonly bundle: BundleFiles;
  readonly opening: File;
  readonly account: string;
  readonly keys: File | undefined;
  readonly pricePolicy: File | undefined;
  readonly digest: string | undefined;
  readonly allowDevKeys: boolean;
}

export interface CheckResult {
  readonly verdict: Verdict;
  readonly account: AccountOutcome;
  /** Of the statement, when it could be read. */
  readonly epoch: { readonly exchange: string; readonly epoch: string; readonly time: string } | undefined;
  readonly milliseconds: number;
}

export type WorkerMessage =
  | { readonly type: "stage"; readonly text: string }
  | { readonly type: "progress"; readonly done: number; readonly total: number }
  | { readonly type: "result"; readonly result: CheckResult }
  /** The check could not be made; nothing was decided. */
  | { readonly type: "error"; readonly code: string; readonly message: string; readonly hint?: string };
