import { MarginproofError } from "../../errors.js";
import type { BookReport } from "../../report/bookReport.js";
import type { AccountOutcome } from "../../report/reportOpening.js";
import type { Verdict } from "../../verifier/verdict.js";
import type { BundleFiles } from "./bundlePicker.js";

/** What the page hands to its worker: handles of the chosen files, which the worker reads. */
export type CheckRequest = LightRequest | FullRequest;

/** A look-up of one account on the word of auditors. What is undefined, the holder's file carries. */
export interface LightRequest {
  readonly kind: "light";
  readonly opening: File;
  readonly account: string;
  readonly auditors: File;
  readonly attestations: readonly File[];
  readonly statement: File | undefined;
  readonly market: File | undefined;
  readonly digest: string | undefined;
  readonly allowDevKeys: boolean;
}

/** Every proof of a bundle. */
export interface FullRequest {
  readonly kind: "full";
  readonly bundle: BundleFiles;
  /** The holder's file and name; undefined for a reader who asks after the book alone. */
  readonly holder: { readonly opening: File; readonly account: string } | undefined;
  /** Another epoch to lay beside it. */
  readonly earlier: BundleFiles | undefined;
  readonly keys: File | undefined;
  readonly pricePolicy: File | undefined;
  readonly digest: string | undefined;
  readonly allowDevKeys: boolean;
}

export interface CheckResult {
  readonly verdict: Verdict;
  /** Undefined when nobody asked after an account. */
  readonly account: AccountOutcome | undefined;
  /** The statement's figures, when it is proved: of others nothing is shown. */
  readonly book: BookReport | undefined;
  readonly earlier: EarlierEpoch | undefined;
  readonly milliseconds: number;
}

/** Another epoch, verified as the first was, but for the digest that only one of them can have. */
export interface EarlierEpoch {
  readonly verdict: Verdict;
  readonly book: BookReport | undefined;
}

export type WorkerMessage =
  | { readonly type: "stage"; readonly text: string }
  | { readonly type: "progress"; readonly done: number; readonly total: number }
  | { readonly type: "result"; readonly result: CheckResult }
  /** The check could not be made; nothing was decided. */
  | { readonly type: "error"; readonly code: string; readonly message: string; readonly hint?: string };

/** An error as a message, with code and hint where it has them. */
export function describe(error: unknown): WorkerMessage {
  if (!(error instanceof MarginproofError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { type: "error", code: "UNEXPECTED", message };
  }
  const { code, message, options } = error;
  return { type: "error", code, message, ...(options.hint === undefined ? {} : { hint: options.hint }) };
}
