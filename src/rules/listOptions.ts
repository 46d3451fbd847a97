import { compare, DECIMAL_PATTERN, decimal, decimalText, multiply } from "../decimal/decimal.js";
import type { Faults } from "../errors.js";
import { optionValue } from "../models/black76.js";
import { type OptionInstrument, Precise } from "../models/index.js";
import { termsOf } from "../models/instrument.js";
import { daysBetween, eachOf, inTicks, type Listing, priceOf, underlyingOf } from "./listing.js";
import { settledInCoin, settlementAsset } from "./payoff.js";
import type { RuleBook, RulePath } from "./readRules.js";
import type { ChainRule, ContractRule } from "./rulesFile.js";

/**
 * Options of all chains: `<chain>-<strike>-C` and `-P`, strike by strike. The notional is counted at the forward.
 * @throws MarginproofError OPTION_VOLATILITY, OPTION_EXPIRED, RULES_OPTION, RULES_TICK, RULES_REFERENCE, RULES_SETTLEMENT,
 * RULES_PRICES
 */
export function listOptions(book: RuleBook, faults: Faults): Listing[] {
  const chains = eachOf(faults, book.rules.options, (chain, c) => {
    const path = ["options", c];
    const base = underlyingOf(book, chain.underlying, [...path, "underlying"]);
    const index = priceOf(book, chain.underlying, [...path, "underlying"]);
    const forward = forwardOf(book, chain, index, path);
    const inCoin = settledInCoin(book, chain, path);
    const days = daysBetween(book.rules.time, chain.expiry);
    if (days.lt(0)) {
      const problem = `${chain.chain} expired at ${chain.expiry}, before the epoch's ${book.rules.time}`;
      throw book.error(
        "OPTION_EXPIRED",
        [...path, "expiry"],
        problem,
        "settle it, or take it out of the market",
      );
    }
    assertRate(book, chain, [...path, "rate"]);
    return eachOf(faults, chain.strikes, (row, k): Listing[] => {
      const at = [...path, "strikes", k];
      if (row.call === undefined && row.put === undefined) {
        const problem = `strike ${row.strike} states neither a call nor a put`;
        throw book.error("RULES_OPTION", at, problem, "give each its premium, or the word model");
      }
      const volatility = row.volatility ?? base.volatility;
      if (volatility === undefined || volatility === "0") {
        const problem = `${chain.chain} strike ${row.strike}: an option needs an implied volatility above 0`;
        const where = row.volatility === undefined ? at : [...at, "volatility"];
        const hint = "state it at the strike or at the underlying: 0.55 is 55% a year";
        throw book.error("OPTION_VOLATILITY", where, problem, hint);
      }
      return eachOf(faults, ["call", "put"] as const, (side): Listing[] => {
        const premium = row[side];
        if (premium === undefined) return [];
        if (premium === "quoted") {
          const problem = `the ${side} is quoted, but the file's prices are not signed`;
          throw book.error("RULES_PRICES", [...at, side], problem, "write prices: signed, or its premium");
        }
        const instrument: OptionInstrument = {
          kind: "option",
          symbol: optionSymbol(chain, row.strike, side),
          underlying: chain.underlying,
          days,
          call: side === "call",
          strike: row.strike,
          forward,
          volatility,
          ...(inCoin ? { index } : {}),
          ...(chain.rate === undefined ? {} : { rate: chain.rate }),
        };
        if (premium === "model") {
          return [listing(chain, instrument, modelPrice(book, chain, instrument, at), at)];
        }
        assertPayable(book, instrument, premium, index, [...at, side]);
        return [listing(chain, instrument, premium, at)];
      }).flat();
    });
  });
  return chains.flat(2);
}

/** A rate is of a model that discounts. */
function assertRate(book: RuleBook, { chain, model, rate }: ChainRule, path: RulePath): void {
  if (rate === undefined || book.rules.models[model]?.kind === "derive") return;
  const problem = `${chain} states a rate, and its model ${model} discounts nothing`;
  throw book.error("RULES_OPTION", path, problem, "leave it out");
}

/** No option is worth more than the most it can pay: a call its underlying, now or forward; a put its strike. */
function assertPayable(
  book: RuleBook,
  i: OptionInstrument,
  premium: string,
  index: string,
  path: RulePath,
): void {
  const forward = decimal(String(i.forward));
  const underlying = compare(forward, decimal(index)) < 0 ? decimal(index) : forward;
  const strike = decimal(String(i.strike));
  // Coins for a put are as many as the strike is worth at the forward, and worth the index today.
  const [paid, most] =
    i.call || i.index === undefined
      ? [decimal(premium), i.call ? underlying : strike]
      : [multiply(decimal(premium), forward), multiply(strike, underlying)];
  if (compare(paid, most) <= 0) return;
  const side = i.call ? "call" : "put";
  const limit = i.call ? `its underlying, ${decimalText(underlying)}` : `its strike, ${i.strike}`;
  const problem = `${i.symbol}: a premium of ${premium} is more than a ${side} can pay, ${limit}`;
  throw book.error("RULES_OPTION", path, problem, "state it in quote currency per unit of the underlying");
}

export function optionSymbol({ chain }: ChainRule, strike: string, side: "call" | "put"): string {
  return `${chain}-${strike}-${side === "call" ? "C" : "P"}`;
}

/** The chain's own forward, the mark of the future it names, or the underlying's price. */
function forwardOf(
  book: RuleBook,
  { forward, underlying }: ChainRule,
  index: string,
  path: RulePath,
): string {
  if (forward === undefined) return index;
  if (DECIMAL_PATTERN.test(forward)) return forward;
  const future = book.rules.futures.find((f) => f.symbol === forward && f.underlying === underlying);
  if (future?.mark !== undefined) return inQuote(book, future, future.mark, [...path, "forward"]);
  if (future !== undefined) return index;
  const problem = `"${forward}" is neither a price nor one of the file's futures on ${underlying}`;
  throw book.error("RULES_REFERENCE", [...path, "forward"], problem);
}

/** Mark of a future in quote currency. Signed prices are compared as they are signed: in another currency they can't be. */
function inQuote(book: RuleBook, future: ContractRule, mark: string, path: RulePath): string {
  const { asset, underlying } = settlementAsset(book, future, path);
  if (underlying === undefined || underlying === future.underlying || future.quanto === true) return mark;
  if (book.rules.prices !== "signed")
    return decimalText(multiply(decimal(mark), decimal(priceOf(book, underlying, path))));
  const problem = `the signed price of ${future.symbol} is in ${asset}, and a forward is in ${book.rules.quote}`;
  throw book.error("RULES_REFERENCE", path, problem, "leave forward out, or name a future in quote currency");
}

function listing(chain: ChainRule, instrument: OptionInstrument, price: string, path: RulePath): Listing {
  const { underlying, settlement, model, brackets, step } = chain;
  return {
    path,
    json: {
      symbol: instrument.symbol,
      kind: "option",
      ...(settlement === undefined ? {} : { settlement }),
      quantityStep: step,
      markPrice: price,
      notionalPrice: String(instrument.forward),
    },
    underlying,
    model,
    brackets,
    coin: instrument.index === undefined ? undefined : underlying,
    instrument,
  };
}

/** Black-76 value in quote currency; of a coin-settled option, its coins at today's index. */
function modelPrice(book: RuleBook, chain: ChainRule, i: OptionInstrument, path: RulePath): string {
  if (chain.tick === undefined) {
    const problem = `${i.symbol}: a premium of the model needs the chain's tick`;
    throw book.error("RULES_TICK", path, problem, "it is rounded to whole ticks: 0.01 for example");
  }
  try {
    const value = optionValue(termsOf(i));
    const price = i.index === undefined ? value : value.div(i.forward).times(i.index);
    return inTicks(Precise.max(0, price), chain.tick);
  } catch (error) {
    throw book.locate(error, path);
  }
}
