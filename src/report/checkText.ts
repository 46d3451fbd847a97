import type { Verdict } from "../verifier/verdict.js";
import { accountText } from "./accountText.js";
import { attestedText } from "./attestedText.js";
import { judgedText } from "./judgedText.js";
import { nextStep } from "./nextStep.js";
import type { AccountOutcome } from "./reportOpening.js";
import { checkLines, headline } from "./verdictText.js";
import { visible } from "./visible.js";
import { DEVELOPMENT_WARNING } from "./warnings.js";

function accountParts(outcome: AccountOutcome, time: string): string[] {
  if (outcome.status === "unknown") {
    return ["NOT LOOKED AT: nothing can be said of the account, because the epoch is not proved"];
  }
  if (outcome.status !== "counted") {
    const hint = outcome.hint === undefined ? "" : `\n  next: ${visible(outcome.hint)}`;
    const verdict = outcome.status === "not-counted" ? "NOT COUNTED" : "COULD NOT CHECK";
    return [`${verdict}: ${outcome.code}: ${visible(outcome.message)}${hint}`];
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
    `Compare every quantity with your own records of ${visible(time)}: what differs was not counted as yours.`,
  ];
}

/** An epoch that was verified, or vouched for. */
interface FoundEpoch {
  readonly verdict: Verdict;
  readonly statement?: { readonly exchange: string; readonly epoch: string; readonly time: string };
}

/** Verdict on the account first, then on the epoch it stands in. */
export function checkText(found: FoundEpoch, outcome: AccountOutcome, anchored: boolean): string {
  const { verdict, statement } = found;
  const failed = verdict.checks.filter(({ status }) => status !== "pass");
  const epoch =
    statement === undefined
      ? ""
      : ` (${visible(statement.exchange)}, epoch ${visible(statement.epoch)}, ${visible(statement.time)})`;
  return [
    ...accountParts(outcome, statement?.time ?? ""),
    `The epoch as a whole${epoch}: ${headline(verdict)}${nextLine(verdict)}`,
    ...(failed.length === 0 ? [] : [checkLines(failed).join("\n")]),
    ...(verdict.judgedBy === undefined ? [] : [judgedText(verdict.judgedBy)]),
    ...attestedText(verdict.attested ?? []),
    ...(verdict.developmentKeys ? [DEVELOPMENT_WARNING] : []),
    ...(verdict.statementDigest === undefined ? [] : [digestText(verdict.statementDigest, anchored)]),
    `Not proved by any bundle:\n${verdict.notProved.map((line) => `  - ${line}`).join("\n")}`,
  ].join("\n\n");
}

/** Of a light check: what to do when nobody vouches for the epoch. */
function nextLine(verdict: Verdict): string {
  const next = verdict.attested === undefined ? undefined : nextStep(verdict);
  return next === undefined ? "" : `\n  next: ${next}`;
}

/** Everybody must be looking at one statement, or an exchange could show each holder another. */
const digestText = (digest: string, anchored: boolean): string =>
  `statement digest  ${digest}\n${
    anchored
      ? "                  equal to the one you gave"
      : "                  compare it with the exchange's public anchor, or give that as --digest"
  }`;

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
    outcome: outcome.status,
    account: outcome.status === "counted" ? outcome.report : null,
    reason:
      outcome.status === "not-counted" || outcome.status === "not-checked"
        ? { code: outcome.code, message: outcome.message, hint: outcome.hint ?? null }
        : outcome.status === "unknown"
          ? {
              code: "EPOCH_NOT_PROVED",
              message: headline(verdict),
              hint: "Look at the failed check of the bundle first.",
            }
          : null,
    failedChecks: verdict.checks
      .filter(({ status }) => status === "fail")
      .map(({ id, kind, title, detail, code }) => ({ id, kind, title, detail, code: code ?? null })),
    prices: verdict.prices,
    judgedBy: verdict.judgedBy ?? null,
    /** Of a light check: whose word `proved` is. Null where every proof was verified. */
    attested: verdict.attested ?? null,
    notProved: verdict.notProved,
  };
}
