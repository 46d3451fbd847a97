import { DECIMAL_PATTERN } from "../decimal/decimal.js";
import type { PricePolicyJson } from "../prices/index.js";
import { optionSymbol } from "./listOptions.js";
import { type RuleBook, readRules } from "./readRules.js";
import type { ChainRule, ContractRule } from "./rulesFile.js";

type Terms = PricePolicyJson["terms"][number];

/**
 * What rules say that their instruments are, as the terms of a price policy: for an auditor to read, correct and keep.
 * @throws MarginproofError those of `readRules`
 */
export function termsOfRules(rulesText: string): Terms[] {
  const book = readRules(rulesText);
  const { rules } = book;
  const contract =
    (kind: "perpetual" | "future") =>
    ({ symbol, settlement, contract: size }: ContractRule): Terms => ({
      instrument: symbol,
      kind,
      settlement: settlesIn(book, settlement),
      ...(size === undefined ? {} : { contract: size }),
    });
  return [
    ...rules.assets.map(
      ({ symbol, asset }): Terms => ({ instrument: symbol, kind: "asset", asset: asset ?? symbol }),
    ),
    ...rules.settlements.map(
      ({ symbol, asset }): Terms => ({ instrument: symbol, kind: "settlement", asset }),
    ),
    ...rules.orders.map(({ asset }): Terms => ({ instrument: `${asset}-ORDERS`, kind: "orders", asset })),
    ...rules.perpetuals.map(contract("perpetual")),
    ...rules.futures.map(contract("future")),
    ...rules.options.flatMap((chain) => optionsOf(book, chain)),
  ];
}

/** The asset of a settlement instrument; without one, of the quote currency. */
function settlesIn({ rules }: RuleBook, settlement: string | undefined): string {
  return rules.settlements.find(({ symbol }) => symbol === settlement)?.asset ?? rules.quote;
}

function optionsOf(book: RuleBook, chain: ChainRule): Terms[] {
  const { forward = chain.underlying, settlement } = chain;
  // A forward that is stated as a price is nobody's.
  const underlyings = DECIMAL_PATTERN.test(forward) ? [] : [forward];
  return chain.strikes.flatMap(({ strike, ...row }) =>
    (["call", "put"] as const).flatMap((side): Terms[] => {
      if (row[side] === undefined) return [];
      const instrument = optionSymbol(chain, strike, side);
      return [{ instrument, kind: "option", settlement: settlesIn(book, settlement), underlyings }];
    }),
  );
}
