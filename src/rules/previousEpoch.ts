import { type Decimal, larger, multiply, ZERO } from "../decimal/decimal.js";
import { MarginproofError } from "../errors.js";
import { contractOf, type Market, type MarketInstrument, openInterestOf } from "../market/index.js";
import { notionalPrice } from "../market/requirement.js";
import { instantOf } from "../protocol/instant.js";
import { laneTotals } from "../verifier/checks/solvency.js";
import type { VerifiedEpoch } from "../verifier/verifyEpoch.js";
import type { RuleBook } from "./readRules.js";

/** The epoch before the one being built: its market file, and those proven totals that rules are computed from. */
export interface PreviousEpoch {
  /** `0x` + 64 hex digits. */
  readonly statementDigest: string;
  readonly market: Market;
  /** Those of the market, by symbol. */
  readonly instruments: ReadonlyMap<string, MarketInstrument>;
  /** Per contract, over its variants, in units: the larger of total long and total short (they are the same in a covered book). */
  readonly openInterest: ReadonlyMap<string, Decimal>;
  /** Sum of all maintenance requirements, and of all positive equity; value units. */
  readonly maintenance: bigint;
  readonly positiveEquity: bigint;
}

/**
 * Takes the totals out of a verified epoch. One that is proved but not solvent is taken: its totals are just as exact, and
 * refusing it would let an exchange drop its buffers in the very epoch in which it fails.
 * @throws MarginproofError PREVIOUS_NOT_PROVED with the check that failed
 */
export function provenEpoch({ verdict, statement, market, table }: VerifiedEpoch): PreviousEpoch {
  if (!verdict.proved || statement === undefined || market === undefined || table === undefined) {
    const failed = verdict.checks.find(({ status }) => status === "fail");
    throw new MarginproofError(
      "PREVIOUS_NOT_PROVED",
      `the previous epoch's bundle is not proved: ${failed === undefined ? "a check was not made" : `${failed.title}: ${failed.detail}`}`,
      {
        kind: "invalid",
        hint: "Look at it with marginproof verify; nothing is computed from figures that are not proved.",
      },
    );
  }
  const contracts = openInterestOf(market, table, laneTotals(table, statement));
  const openInterest = new Map(contracts.map(({ contract, long, short }) => [contract, larger(long, short)]));
  const { maintenance, positiveEquity } = statement.totals;
  return {
    statementDigest: verdict.statementDigest!,
    market,
    instruments: new Map(market.instruments.map((i) => [i.symbol, i])),
    openInterest,
    maintenance,
    positiveEquity,
  };
}

/**
 * Notional of a contract's proven open interest at the previous epoch's own price, quote currency; 0 for one that
 * epoch did not list.
 */
export function openInterestNotional(previous: PreviousEpoch, contract: string): Decimal {
  const units = previous.openInterest.get(contract);
  if (units === undefined) return ZERO;
  return multiply(units, notionalPrice(listedBefore(previous, contract)!));
}

/** What the previous epoch listed of a contract: itself, or the first of its variants. */
export function listedBefore(
  { market, instruments }: PreviousEpoch,
  contract: string,
): MarketInstrument | undefined {
  return instruments.get(contract) ?? market.instruments.find((i) => contractOf(i) === contract);
}

/** What rules say instead of an epoch's name when there is none before theirs. */
const NONE = "none";

/**
 * The rules name the epoch they are computed from, so that everybody sees which one it is; the epoch given must be it, of
 * the same exchange and quote currency, and earlier.
 * @throws MarginproofError RULES_PREVIOUS, RULES_PREVIOUS_EXCHANGE, RULES_PREVIOUS_TIME, RULES_OPEN_INTEREST
 */
export function assertPrevious(book: RuleBook, previous: PreviousEpoch | undefined): void {
  const { rules } = book;
  const path = ["previousEpoch"];
  const named = rules.previousEpoch;
  if (rules.buffers !== undefined && named === undefined) {
    const hint = "state previousEpoch: the name of the epoch before this one, or none for the first";
    throw book.error(
      "RULES_PREVIOUS",
      ["buffers"],
      "buffers are computed from a previous epoch, and none is named",
      hint,
    );
  }
  const stated = Object.keys(rules.openInterest)[0];
  if (stated !== undefined && named !== undefined && named !== NONE) {
    const problem = `open interest of ${stated} is stated, but it is taken from the previous epoch's proven totals`;
    throw book.error("RULES_OPEN_INTEREST", ["openInterest", stated], problem);
  }
  if (previous === undefined) {
    if (named === undefined || named === NONE) return;
    const hint = "give that epoch's bundle with --previous, and the keys you trust with --keys";
    throw book.error(
      "RULES_PREVIOUS",
      path,
      `these rules are computed from epoch ${named}, whose bundle is not given`,
      hint,
    );
  }
  const { market } = previous;
  if (named !== market.epoch) {
    const problem =
      named === undefined || named === NONE
        ? "these rules name no previous epoch"
        : `these rules name epoch ${named}`;
    throw book.error("RULES_PREVIOUS", path, `${problem}, but the bundle given is of ${market.epoch}`);
  }
  for (const field of ["exchange", "quote"] as const) {
    if (market[field] === rules[field]) continue;
    const problem = `the previous epoch's ${field} is ${market[field]}, not ${rules[field]}`;
    throw book.error("RULES_PREVIOUS_EXCHANGE", [field], problem);
  }
  if (market.epoch === rules.epoch || instantOf(market.time)! >= instantOf(rules.time)!) {
    const problem = `epoch ${market.epoch} of ${market.time} is not before epoch ${rules.epoch} of ${rules.time}`;
    throw book.error("RULES_PREVIOUS_TIME", path, problem);
  }
}
