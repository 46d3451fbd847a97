import {
  type CheckOpeningOptions,
  checkOpening,
  type NotCounted,
  type OpenedAccount,
} from "../holder/checkOpening.js";
import type { VerifiedBundle } from "../verifier/verifyBundle.js";
import { type AccountReport, accountReport } from "./accountReport.js";

/** What `marginproof check` found of the account. */
export type AccountOutcome =
  | { readonly status: "counted"; readonly report: AccountReport; readonly nameCompared: boolean }
  | NotCounted;

/** `checkOpening`, with what it found as decimals to show. Never throws for a bad file. */
export function reportOpening(
  text: string,
  bundle: VerifiedBundle,
  options: CheckOpeningOptions = {},
): AccountOutcome {
  return reported(checkOpening(text, bundle, options));
}

/** What was found, as decimals to show. */
export function reported(opened: OpenedAccount): AccountOutcome {
  if (opened.status !== "counted") return opened;
  const { status, findings, nameCompared, market, table } = opened;
  return { status, report: accountReport(findings, market, table), nameCompared };
}
