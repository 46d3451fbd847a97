import {
  compare,
  DECIMAL_PATTERN,
  type Decimal,
  decimal,
  decimalText,
  multiply,
} from "../decimal/decimal.js";
import type { Faults } from "../errors.js";
import { inversePrice } from "../market/inversePrice.js";
import { linearPrice } from "../market/linearPrice.js";
import { fitsUnits, unitTick } from "../market/unitTick.js";
import type { ModelInstrument } from "../models/index.js";
import { daysBetween, eachOf, type InstrumentJson, type Listing, priceOf } from "./listing.js";
import { type SettlementAsset, settlementAsset } from "./payoff.js";
import type { RuleBook, RulePath } from "./readRules.js";
import type { ContractRule } from "./rulesFile.js";

/**
 * Perpetuals and futures. A linear contract is worth `contract` times its mark, in what it settles in. An inverse one of C
 * quote currency is held as -C / mark coins (an entry at price P pays C / P coins): its price is -C * index / mark.
 * @throws MarginproofError RULES_REFERENCE, RULES_SETTLEMENT, RULES_EXPIRED, RULES_TICK, RULES_PRICES
 */
export function listContracts(book: RuleBook, faults: Faults): Listing[] {
  const { perpetuals, futures } = book.rules;
  return [
    ...eachOf(faults, perpetuals, (rule, k) => listing(book, rule, "perpetual", ["perpetuals", k])),
    ...eachOf(faults, futures, (rule, k) => listing(book, rule, "future", ["futures", k])),
  ];
}

/** One contract as the file states it. */
interface Stated {
  readonly book: RuleBook;
  readonly rule: ContractRule;
  readonly path: RulePath;
  /** Price of the underlying, quote currency. */
  readonly index: string;
  readonly into: SettlementAsset;
}

/** How the market file prices a contract, and what models and stress make of it. */
interface Priced {
  readonly json: Pick<InstrumentJson, "markPrice" | "inverse" | "multiplier" | "tick">;
  readonly instrument: { readonly kind: "linear"; readonly mark: string } | InverseTerms;
  readonly coin?: string | undefined;
}
interface InverseTerms {
  readonly kind: "inverse";
  readonly mark: string;
  readonly index: string;
  readonly contractValue: string;
}

function listing(book: RuleBook, rule: ContractRule, kind: "perpetual" | "future", path: RulePath): Listing {
  const { symbol, underlying, settlement } = rule;
  const index = priceOf(book, underlying, [...path, "underlying"]);
  const stated = { book, rule, path, index, into: settlementAsset(book, rule, path) };
  const days = rule.expiry === undefined ? {} : { days: daysBetween(book.rules.time, rule.expiry) };
  if (days.days?.lt(0)) {
    const problem = `${symbol} expired before ${book.rules.time}`;
    throw book.error(
      "RULES_EXPIRED",
      [...path, "expiry"],
      problem,
      "settle it, or take it out of the market",
    );
  }
  const { json, instrument, coin } = priced(stated);
  return {
    path,
    json: {
      symbol,
      kind,
      ...(settlement === undefined ? {} : { settlement }),
      quantityStep: rule.step,
      ...json,
    },
    underlying,
    model: rule.model,
    brackets: rule.brackets,
    coin,
    instrument: { ...instrument, symbol, underlying, ...days } satisfies ModelInstrument,
  };
}

function priced(stated: Stated): Priced {
  const { book, rule, path, index, into } = stated;
  const { symbol, contract, tick, mark = index } = rule;
  const other = into.underlying !== undefined && into.underlying !== rule.underlying;
  if (other) return inOtherCurrency(stated, into.underlying);
  if (rule.quanto === true) {
    const problem = `${symbol} settles in ${into.asset}: only what settles in a third currency is quanto`;
    throw book.error("RULES_SETTLEMENT", [...path, "quanto"], problem, "leave quanto out");
  }
  if (into.underlying !== undefined) return inverse(stated);
  if (contract !== undefined) return linear(stated, mark, "1");
  if (tick !== undefined)
    throw book.error("RULES_TICK", [...path, "tick"], `${symbol}: only prices that are computed have a tick`);
  return { json: { markPrice: mark }, instrument: { kind: "linear", mark } };
}

function inverse({ book, rule, path, index }: Stated): Priced {
  const { symbol, contract, tick, mark = index } = rule;
  if (contract === undefined) {
    const problem = `${symbol} is settled in coin but states no contract size in quote currency`;
    throw book.error("RULES_SETTLEMENT", [...path, "settlement"], problem, "state it as contract");
  }
  const fallen = [index, mark].find((price) => decimal(price).coefficient <= 0n);
  if (fallen !== undefined) {
    const problem = `${symbol} is inverse, ${contract} over a price of ${fallen}: it must be above 0`;
    throw book.error("RULES_PRICES", path, problem, "settle it: no number of coins is worth its size");
  }
  if ((mark !== index || book.rules.prices === "signed") && tick === undefined) {
    const problem = `${symbol} needs a tick: -${contract} * ${index} / ${mark} is rounded to whole ticks`;
    throw book.error("RULES_TICK", [...path, "mark"], problem);
  }
  return {
    json: {
      markPrice: inversePrice({ contract, tick: tick ?? contract }, decimal(index), decimal(mark)),
      inverse: { contract, ...(tick === undefined ? {} : { tick }) },
    },
    instrument: { kind: "inverse", mark, index, contractValue: contract },
  };
}

/**
 * Settled in a currency that is neither the quote's nor the underlying's. Its mark is in that currency; a quanto contract's
 * is a price in quote currency of which as many units of its settlement asset are paid.
 */
function inOtherCurrency(stated: Stated, coin: string): Priced {
  const { book, rule, path, index, into } = stated;
  const price = priceOf(book, coin, [...path, "settlement"]);
  const quanto = rule.quanto ?? (rule.contract !== undefined && rule.mark === undefined);
  if (quanto) {
    const mark = rule.mark ?? index;
    assertNear(stated, mark, decimal(mark), "leave quanto out, or state the price in quote currency");
    return { ...linear(stated, mark, price), coin };
  }
  // One unit is worth the underlying, whatever its price is in the currency that it settles in.
  if (rule.mark === undefined) return linear(stated, index, "1");
  const hint = `state its mark in ${into.asset}; or say quanto: true where a price in ${book.rules.quote} is paid in ${into.asset}`;
  assertNear(stated, rule.mark, multiply(decimal(rule.mark), decimal(price)), hint);
  return linear(stated, rule.mark, price);
}

/** A mark is never so far from the index; in another currency it often is. */
const FARTHEST = decimal("2");

function assertNear({ book, rule, path, index }: Stated, mark: string, inQuote: Decimal, hint: string): void {
  const at = decimal(index);
  if (at.coefficient <= 0n || inQuote.coefficient <= 0n) return;
  if (compare(inQuote, multiply(at, FARTHEST)) <= 0 && compare(at, multiply(inQuote, FARTHEST)) <= 0) return;
  const { quote } = book.rules;
  const problem = `${rule.symbol}: a mark of ${mark} is ${decimalText(inQuote)} ${quote}, and its underlying is at ${index}`;
  throw book.error(
    "RULES_SETTLEMENT",
    [...path, rule.mark === undefined ? "underlying" : "mark"],
    problem,
    hint,
  );
}

/**
 * A linear contract of `contract` units, whose price the market file computes. Without a tick it is exact where that is a
 * whole number of value units, else a whole number of what a value unit is for one unit of quantity.
 */
function linear({ book, rule, path }: Stated, mark: string, settlementPrice: string): Priced {
  const { symbol, contract: multiplier = "1", step } = rule;
  const priceIn = (tick: string | undefined): Decimal =>
    linearPrice({ multiplier, tick }, decimal(mark), decimal(settlementPrice));
  let { tick } = rule;
  if (tick === undefined && !fitsUnits(priceIn(undefined), book.rules.valueUnit, step)) {
    tick = unitTick(book.rules.valueUnit, step);
    if (tick === undefined) {
      const problem = `${symbol} needs a tick: ${multiplier} * ${mark} * ${settlementPrice} is rounded to whole ticks`;
      throw book.error("RULES_TICK", path, problem);
    }
  }
  const price = decimalText(priceIn(tick));
  if (!DECIMAL_PATTERN.test(price)) {
    const problem = `${symbol}: ${multiplier} * ${mark} * ${settlementPrice} has too many digits for a price`;
    throw book.error("RULES_TICK", path, problem);
  }
  return {
    json: { markPrice: price, multiplier, ...(tick === undefined ? {} : { tick }) },
    instrument: { kind: "linear", mark: price },
  };
}
