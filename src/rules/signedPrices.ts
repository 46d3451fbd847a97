import { DECIMAL_PATTERN } from "../decimal/decimal.js";
import type { MedianPrice, WantedPrices } from "../prices/index.js";
import { optionSymbol } from "./listOptions.js";
import type { RuleBook, RulePath } from "./readRules.js";
import type { ChainRule, ContractRule, Rules } from "./rulesFile.js";

/** What rules need prices of: every underlying, perpetual, future and quoted option by its own name. */
export function wantedPrices(book: RuleBook): WantedPrices {
  const { rules } = book;
  assertSigned(book);
  const contracts = [...rules.perpetuals, ...rules.futures].map(({ symbol }) => symbol);
  const options = rules.options.flatMap((chain) =>
    chain.strikes.flatMap(({ strike, ...row }) =>
      (["call", "put"] as const).flatMap((side) =>
        row[side] === "quoted" ? [optionSymbol(chain, strike, side)] : [],
      ),
    ),
  );
  const instruments = [...Object.keys(rules.underlyings), ...contracts, ...options];
  return { time: rules.time, instruments };
}

/** The rules with every price filled in. @throws MarginproofError RULES_PRICES where an option's is below 0 */
export function withPrices(book: RuleBook, medians: readonly MedianPrice[]): RuleBook {
  const { rules } = book;
  const prices = new Map(medians.map(({ instrument, price }) => [instrument, price]));
  const premiumOf = (name: string, path: RulePath): string => {
    const price = prices.get(name)!;
    if (!price.startsWith("-")) return price;
    throw book.error(
      "RULES_PRICES",
      path,
      `the signed price of ${name} is ${price}: no option is worth less than 0`,
    );
  };
  const contracts = <T extends ContractRule>(list: readonly T[]): T[] =>
    list.map((rule) => ({ ...rule, mark: prices.get(rule.symbol)! }));
  const chainOf = (chain: ChainRule, c: number): ChainRule => ({
    ...chain,
    strikes: chain.strikes.map((row, k) => {
      const premium = (side: "call" | "put") =>
        row[side] === "quoted"
          ? { [side]: premiumOf(optionSymbol(chain, row.strike, side), ["options", c, "strikes", k, side]) }
          : {};
      return { ...row, ...premium("call"), ...premium("put") };
    }),
  });
  const underlyings: Rules["underlyings"] = Object.fromEntries(
    Object.entries(rules.underlyings).map(([name, underlying]) => [
      name,
      { ...underlying, price: prices.get(name)! },
    ]),
  );
  return book.withRules({
    ...rules,
    underlyings,
    perpetuals: contracts(rules.perpetuals),
    futures: contracts(rules.futures),
    options: rules.options.map(chainOf),
  });
}

/** A file of signed prices states none itself, and prices nothing by another name than its own. */
function assertSigned(book: RuleBook): void {
  const { rules } = book;
  if (rules.prices !== "signed")
    throw book.error(
      "RULES_PRICES",
      [],
      "price files are given, but these rules state their own prices",
      "write prices: signed and leave all prices out, or build without price files",
    );
  const stated = (path: RulePath): void => {
    if (!book.states(path)) return;
    const hint = "leave it out: it comes from the price files";
    throw book.error("RULES_PRICES", path, "states a price, but the file's prices are signed", hint);
  };
  for (const name of Object.keys(rules.underlyings)) {
    stated(["underlyings", name, "price"]);
    if (name !== rules.quote) continue;
    const problem = `${name} is the quote currency, worth 1 of itself: nobody signs its price`;
    throw book.error("RULES_PRICES", ["underlyings", name], problem);
  }
  for (const field of ["perpetuals", "futures"] as const)
    for (const k of rules[field].keys()) stated([field, k, "mark"]);
  for (const [c, chain] of rules.options.entries()) {
    if (chain.forward !== undefined && DECIMAL_PATTERN.test(chain.forward)) stated(["options", c, "forward"]);
    for (const [k, row] of chain.strikes.entries())
      for (const side of ["call", "put"] as const)
        if (row[side] !== "quoted" && row[side] !== "model") stated(["options", c, "strikes", k, side]);
  }
  for (const [k, { symbol, asset = symbol, underlying }] of rules.assets.entries()) {
    if (underlying === undefined || underlying === asset) continue;
    const problem = `${asset} would be priced as ${underlying}, and a verifier looks for a signed price of ${asset}`;
    throw book.error("RULES_PRICES", ["assets", k, "underlying"], problem, `list ${asset} under underlyings`);
  }
}
