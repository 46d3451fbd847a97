import { decimal } from "../decimal/decimal.js";
import { inversePrice } from "../market/inversePrice.js";
import type { ModelInstrument } from "../models/index.js";
import { daysBetween, type Listing, priceOf, settledInCoin } from "./listing.js";
import type { RuleBook, RulePath } from "./readRules.js";
import type { ContractRule } from "./rulesFile.js";

/**
 * Perpetuals and futures. A linear contract is worth its mark. An inverse one of C quote currency is held as
 * -C / mark coins (an entry at price P pays C / P coins): its price is -C * index / mark, in whole ticks.
 * @throws MarginproofError RULES_REFERENCE, RULES_SETTLEMENT, RULES_EXPIRED, RULES_TICK
 */
export function listContracts(book: RuleBook): Listing[] {
  const { perpetuals, futures } = book.rules;
  return [
    ...perpetuals.map((rule, k) => listing(book, rule, "perpetual", ["perpetuals", k])),
    ...futures.map((rule, k) => listing(book, rule, "future", ["futures", k])),
  ];
}

function listing(book: RuleBook, rule: ContractRule, kind: "perpetual" | "future", path: RulePath): Listing {
  const { symbol, underlying, settlement, contract, tick } = rule;
  const index = priceOf(book, underlying, [...path, "underlying"]);
  const mark = rule.mark ?? index;
  const inCoin = settledInCoin(book, rule, path);
  if (inCoin !== (contract !== undefined)) {
    const problem = inCoin
      ? "is settled in coin but states no contract size in quote currency"
      : "states a contract size, but is not settled in its underlying's coin";
    throw book.error(
      "RULES_SETTLEMENT",
      [...path, inCoin ? "settlement" : "contract"],
      `${symbol} ${problem}`,
      inCoin ? "state it as contract" : "name its coin's settlement, or leave contract out",
    );
  }
  const days = rule.expiry === undefined ? {} : { days: daysBetween(book.rules.time, rule.expiry) };
  if (days.days?.lt(0))
    throw book.error(
      "RULES_EXPIRED",
      [...path, "expiry"],
      `${symbol} expired before ${book.rules.time}`,
      SETTLE,
    );
  const common = { symbol, underlying, ...days };
  const instrument: ModelInstrument =
    contract === undefined
      ? { kind: "linear", mark, ...common }
      : { kind: "inverse", mark, index, contractValue: contract, ...common };
  let price = mark;
  const signed = book.rules.prices === "signed";
  if (contract !== undefined) {
    if ((mark !== index || signed) && tick === undefined) {
      const problem = `${symbol} needs a tick: -${contract} * ${index} / ${mark} is rounded to whole ticks`;
      throw book.error("RULES_TICK", [...path, "mark"], problem);
    }
    price = inversePrice({ contract, tick: tick ?? contract }, decimal(index), decimal(mark));
  } else if (tick !== undefined)
    throw book.error("RULES_TICK", [...path, "tick"], `${symbol}: only prices that are computed have a tick`);
  return {
    path,
    json: {
      symbol,
      kind,
      ...(settlement === undefined ? {} : { settlement }),
      quantityStep: rule.step,
      markPrice: price,
      ...(contract === undefined ? {} : { inverse: { contract, ...(tick === undefined ? {} : { tick }) } }),
    },
    underlying,
    model: rule.model,
    brackets: rule.brackets,
    inCoin,
    instrument,
  };
}

const SETTLE = "settle it, or take it out of the market";
