import type { Verdict } from "../../verifier/verdict.js";
import type { AccountReport } from "./accountReport.js";
import { accountText } from "./accountText.js";
import { checkLines, headline } from "./verdictText.js";
import { visible } from "./visible.js";
import { DEVELOPMENT_WARNING } from "./warnings.js";

/** What `marginproof check` found of the account. */
export type AccountOutcome =
  | { readonly status: "counted"; readonly report: AccountReport; readonly nameCompared: boolean }
  | {
      readonly status: "not-counted";
      readonly code: string;
      readonly message: string;
      readonly hint: string | undefined;
    }
  /** The epoch is not proved, so nothing it says counts. */
  | { readonly status: "unknown" };

function accountParts(outcome: AccountOutcome): string[] {
  if (outcome.status === "unknown") {
    return ["NOT LOOKED AT: nothing can be said of the account, because the epoch is not proved"];
  }
  if (outcome.status === "not-counted") {
    const hint = outcome.hint === undefined ? "" : `\n  next: ${visible(outcome.hint)}`;
    return [`NOT COUNTED: ${outcome.code}: ${visible(outcome.message)}${hint}`];
  }
  const account = visible(outcome.report.account);
  const reminder = outcome.nameCompared
    ? []
    : [
        `Is "${account}" you? Only then does this say anything: give --account with your name to have it compared.`,
      ];
  return [
    `COUNTED: account ${account} is in the totals of this epoch`,
    ...reminder,
    accountText(outcome.report),
  ];
}

/** Verdict on the account first, then on the epoch it stands in. */
export function checkText(verdict: Verdict, outcome: AccountOutcome): string {
  const failed = verdict.checks.filter(({ status }) => status !== "pass");
  return [
    ...accountParts(outcome),
    `The epoch as a whole: ${headline(verdict)}`,
    ...(failed.length === 0 ? [] : [checkLines(failed).join("\n")]),
    ...(verdict.developmentKeys ? [DEVELOPMENT_WARNING] : []),
    ...(verdict.statementDigest === undefined ? [] : [`statement digest  ${verdict.statementDigest}`]),
    `Not proved by any bundle:\n${verdict.notProved.map((line) => `  - ${line}`).join("\n")}`,
  ].join("\n\n");
}

/** `marginproof check --json`: fields are added over time, never renamed or removed. */
export function checkJson(verdict: Verdict, outcome: AccountOutcome): object {
  const { valid, proved, solvent, developmentKeys, statementDigest, epochRoot } = verdict;
  return {
    format: "marginproof/account-check/1",
    counted: outcome.status === "counted",
    epochValid: valid,
    proved,
    solvent,
    developmentKeys,
    statementDigest: statementDigest ?? null,
    epochRoot: epochRoot ?? null,
    nameCompared: outcome.status === "counted" && outcome.nameCompared,
    account: outcome.status === "counted" ? outcome.report : null,
    reason:
      outcome.status === "not-counted"
        ? { code: outcome.code, message: outcome.message }
        : outcome.status === "unknown"
          ? { code: "EPOCH_NOT_PROVED", message: headline(verdict) }
          : null,
    failedChecks: verdict.checks
      .filter(({ status }) => status === "fail")
      .map(({ id, kind, title, detail }) => ({ id, kind, title, detail })),
    notProved: verdict.notProved,
  };
}
