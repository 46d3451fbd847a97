import { DECIMAL_PATTERN } from "../decimal/decimal.js";
import type { PricePolicyJson } from "../prices/index.js";
import { largeSymbol } from "./listAssets.js";
import { optionSymbol } from "./listOptions.js";
import { settlementAsset } from "./payoff.js";
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
    ({ symbol, underlying, settlement, contract: size }: ContractRule, k: number): Terms => {
      const into = settlementAsset(book, { settlement, underlying }, [`${kind}s`, k]);
      const own = { instrument: symbol, kind, settlement: into.asset };
      if (into.underlying === underlying)
        return { ...own, ...(size === undefined ? {} : { contract: size }) };
      const plain = into.underlying === undefined && size === undefined;
      return { ...own, ...(plain ? {} : { multiplier: size ?? "1" }) };
    };
  return [
    ...rules.assets.flatMap(({ symbol, asset = symbol, largeStep }): Terms[] =>
      namesOf(symbol, largeStep).map((instrument) => ({ instrument, kind: "asset", asset })),
    ),
    ...rules.settlements.flatMap(({ symbol, asset, largeStep }): Terms[] =>
      namesOf(symbol, largeStep).map((instrument) => ({ instrument, kind: "settlement", asset })),
    ),
    ...rules.orders.map(({ asset }): Terms => ({ instrument: `${asset}-ORDERS`, kind: "orders", asset })),
    ...rules.perpetuals.map(contract("perpetual")),
    ...rules.futures.map(contract("future")),
    ...rules.options.flatMap((chain, c) => optionsOf(book, chain, c)),
  ];
}

const namesOf = (symbol: string, largeStep: string | undefined): string[] =>
  largeStep === undefined ? [symbol] : [symbol, largeSymbol(symbol)];

function optionsOf(book: RuleBook, chain: ChainRule, c: number): Terms[] {
  const { forward = chain.underlying } = chain;
  const { asset: settlement } = settlementAsset(book, chain, ["options", c]);
  // A forward that is stated as a price is nobody's.
  const underlyings = DECIMAL_PATTERN.test(forward) ? [] : [forward];
  return chain.strikes.flatMap(({ strike, ...row }) =>
    (["call", "put"] as const).flatMap((side): Terms[] => {
      if (row[side] === undefined) return [];
      const instrument = optionSymbol(chain, strike, side);
      return [{ instrument, kind: "option", settlement, underlyings }];
    }),
  );
}
