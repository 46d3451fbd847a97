import type { Market } from "../../market/index.js";
import { type MarketPrices, type PricePolicy, verifyMarketPrices } from "../../prices/index.js";
import { shortList } from "../../protocol/shortList.js";
import { unpricedList } from "../signedLines.js";
import type { Established } from "./established.js";

export function pricesTitle(own: PricePolicy | undefined): string {
  return own === undefined
    ? "the price evidence repeats, with the signers that the bundle itself names"
    : "the prices are signed as your own price policy asks";
}

/**
 * The evidence beside the market file gives its prices, under its own policy and under the verifier's.
 * @throws MarginproofError those of `verifyMarketPrices`
 */
export function checkPrices(
  market: Market,
  evidenceText: string | undefined,
  own: PricePolicy | undefined,
): Established<MarketPrices> {
  const prices = verifyMarketPrices(market, evidenceText, own)!;
  return { value: prices, detail: pricesDetail(prices, own !== undefined) };
}

/** A policy of one's own binds names to addresses; without one the addresses must be seen. */
function pricesDetail({ medians, files, policy, modelled }: MarketPrices, pinned: boolean): string {
  const signers = files.map(({ source, signer }) => (pinned ? `"${source}"` : `"${source}" (${signer})`));
  const options = modelled.length === 0 ? "" : `; no signer prices ${unpricedList(modelled)}`;
  return `${medians.length} prices, each the median of at least ${policy.quorum} of ${shortList(signers)}${options}`;
}
