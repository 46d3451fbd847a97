import { MarginproofError } from "../errors.js";
import { bestPoseidon } from "../field/poseidon/bestPoseidon.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import { accountReport } from "../report/accountReport.js";
import type { AccountOutcome } from "../report/checkText.js";
import type { VerifiedBundle } from "../verifier/verifyBundle.js";
import { checkAccount } from "./checkAccount.js";
import { MAX_OPENING_BYTES } from "./opening.js";

/** Errors that speak of the file, or of which bundle it is for, and not of whether the account was counted. */
const NOT_ABOUT_THE_ACCOUNT =
  /^(JSON_|(INTEGER|FIELD|HEX)_NOT_CANONICAL$|OPENING_(INVALID|POCKETS|ACCOUNT|EPOCH)$)/;

export interface CheckOpeningOptions {
  /** The holder's account name as they know it. Without it, the outcome speaks of whatever name the file gives. */
  readonly account?: string;
}

/**
 * Looks up one account with all its pockets in a verified epoch, from the text of the holder's own file. The outcome
 * is about the account alone: show `bundle.verdict` beside it. Never throws for a bad file.
 */
export function checkOpening(
  text: string,
  bundle: VerifiedBundle,
  { account }: CheckOpeningOptions = {},
): AccountOutcome {
  const { verdict, statement, market, table, pins } = bundle;
  if (!verdict.proved || statement === undefined || market === undefined || table === undefined) {
    return { status: "unknown" };
  }
  try {
    const json = parseStrictJson(text, "your file", { maxLength: MAX_OPENING_BYTES });
    const findings = checkAccount(json, {
      statement,
      digest: verdict.statementDigest!,
      table,
      pins,
      hasher: bestPoseidon(),
      account,
    });
    return {
      status: "counted",
      report: accountReport(findings, market, table),
      nameCompared: account !== undefined,
    };
  } catch (error) {
    if (!(error instanceof MarginproofError)) throw error;
    const { code, message, options } = error;
    const status = NOT_ABOUT_THE_ACCOUNT.test(code) ? "not-checked" : "not-counted";
    return { status, code, message, hint: options.hint };
  }
}
