import type { RuleBook, RulePath } from "./readRules.js";

/** Asset that a derivative settles in, and the underlying that prices it. */
export interface SettlementAsset {
  readonly asset: string;
  /** Undefined for the quote currency. */
  readonly underlying: string | undefined;
}

interface Settled {
  readonly settlement?: string | undefined;
  readonly underlying: string;
}

/** What a derivative settles in: the asset of its settlement, else the quote currency. @throws MarginproofError RULES_REFERENCE */
export function settlementAsset(book: RuleBook, { settlement }: Settled, path: RulePath): SettlementAsset {
  const { quote, settlements, assets } = book.rules;
  if (settlement === undefined) return { asset: quote, underlying: undefined };
  const asset = settlements.find((s) => s.symbol === settlement)?.asset;
  if (asset === undefined) {
    const problem = `"${settlement}" is not one of the file's settlements`;
    throw book.error("RULES_REFERENCE", [...path, "settlement"], problem);
  }
  if (asset === quote) return { asset, underlying: undefined };
  const listed = assets.find((a) => (a.asset ?? a.symbol) === asset);
  return { asset, underlying: listed?.underlying ?? asset };
}

/** True when a derivative is settled in its underlying's coin. @throws MarginproofError RULES_REFERENCE */
export function settledInCoin(book: RuleBook, rule: Settled, path: RulePath): boolean {
  return settlementAsset(book, rule, path).underlying === rule.underlying;
}
