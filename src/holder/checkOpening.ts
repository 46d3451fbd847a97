import { blaming, MarginproofError } from "../errors.js";
import { poseidon } from "../field/poseidon/poseidon.js";
import type { Market } from "../market/index.js";
import type { RiskTable } from "../protocol/riskTable.js";
import type { VerifiedBundle } from "../verifier/verifyBundle.js";
import { type AccountFindings, checkAccount } from "./checkAccount.js";
import { parseHolderFile } from "./holderFile.js";

export interface CheckOpeningOptions {
  /** The holder's account name as they know it. Without it, the outcome speaks of whatever name the file gives. */
  readonly account?: string;
}

/** What became of a holder's file: the account was found, or not, or nothing can be said of it. */
export type OpenedAccount =
  | {
      readonly status: "counted";
      readonly findings: AccountFindings;
      readonly nameCompared: boolean;
      /** What the account was counted under. */
      readonly market: Market;
      readonly table: RiskTable;
    }
  | NotCounted;

export type NotCounted =
  | {
      /** `not-checked`: the fault is in the file, or it is not for this bundle; nothing is said of the account. */
      readonly status: "not-counted" | "not-checked";
      readonly code: string;
      readonly message: string;
      readonly hint: string | undefined;
    }
  /** The epoch is not proved, so nothing it says counts. */
  | { readonly status: "unknown" };

/**
 * Looks up one account with all its pockets in a verified epoch, from the text of the holder's own file. The outcome
 * is about the account alone: show `bundle.verdict` beside it. Never throws for a bad file.
 */
export function checkOpening(
  text: string,
  bundle: VerifiedBundle,
  { account }: CheckOpeningOptions = {},
): OpenedAccount {
  const { verdict, statement, market, table, pins } = bundle;
  if (!verdict.proved || statement === undefined || market === undefined || table === undefined) {
    return { status: "unknown" };
  }
  const digest = verdict.statementDigest!;
  return accountOutcome(account, { market, table }, () =>
    checkAccount(blaming("file", () => parseHolderFile(text)).opening, {
      ...{ statement, digest, table, pins, account },
      hasher: poseidon,
    }),
  );
}

/** What a look-up came to: a refusal is an outcome too, and says whether it blames the file alone. */
export function accountOutcome(
  account: string | undefined,
  { market, table }: { readonly market: Market; readonly table: RiskTable },
  lookUp: () => AccountFindings,
): OpenedAccount {
  try {
    return { status: "counted", findings: lookUp(), nameCompared: account !== undefined, market, table };
  } catch (error) {
    if (!(error instanceof MarginproofError)) throw error;
    const { code, message, options } = error;
    const status = options.blames === "file" ? "not-checked" : "not-counted";
    return { status, code, message, hint: options.hint };
  }
}
