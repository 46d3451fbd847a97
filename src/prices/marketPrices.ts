import { absolute, decimal, multiply } from "../decimal/decimal.js";
import { inversePrice } from "../market/inversePrice.js";
import { assetOf, type Market, type MarketInstrument } from "../market/marketFile.js";
import { type MedianPrice, within } from "./instrumentPrice.js";
import type { PricePolicy } from "./policy.js";
import { priceError } from "./priceError.js";
import { evidenceDigest, type RepeatedEvidence, repeatEvidence } from "./verifyEvidence.js";

/** What the evidence of a market's prices was found to show. */
export interface MarketPrices extends RepeatedEvidence {
  /** Options that no signer prices, as the policy allows: the exchange's own value. */
  readonly modelled: readonly string[];
}

/** Kinds that need an index price beside the mark. */
const hasIndex = ({ kind }: Pick<MarketInstrument, "kind">): boolean =>
  kind === "perpetual" || kind === "future";

/**
 * Repeats the evidence of a market's prices, offline, and checks every mark price against it:
 *
 *     the quote currency          1, and never attested
 *     asset, settlement           the median of the asset
 *     inverse contract            `inversePrice` of the asset it settles in and the median of its symbol
 *     other contracts, options    the median of the symbol; an option may have none if the policy allows
 *
 * @param text of the evidence file beside the market, undefined if there is none
 * @param own the verifier's policy; never one out of the bundle
 * @returns undefined when the market names no evidence, there is none, and no policy asks for it
 * @throws MarginproofError PRICES_NOT_ATTESTED, PRICES_EVIDENCE_MISSING, PRICES_EVIDENCE_UNNAMED,
 * PRICES_EVIDENCE_DIGEST, PRICES_QUOTE, PRICES_MARK_PRICE, PRICES_ROUNDING, and the errors of `repeatEvidence`
 */
export function verifyMarketPrices(
  market: Market,
  text: string | undefined,
  own?: PricePolicy,
): MarketPrices | undefined {
  if (text === undefined || market.priceEvidence === undefined) {
    assertNone(market, text, own);
    return undefined;
  }
  if (evidenceDigest(text) !== market.priceEvidence)
    throw priceError(
      "PRICES_EVIDENCE_DIGEST",
      "price evidence",
      "not the one that the market file names",
      ASK,
    );
  const indexed = market.instruments.filter(hasIndex).map(({ symbol }) => symbol);
  const repeated = repeatEvidence(text, { time: market.time, indexed }, own);
  const { policy } = repeated;
  const medians = new Map(repeated.medians.map((median) => [median.instrument, median]));
  if (policy.quote !== market.quote || medians.has(market.quote))
    throw priceError(
      "PRICES_QUOTE",
      "price evidence",
      medians.has(market.quote)
        ? `a price of ${market.quote}, the quote currency, which is worth 1 of itself`
        : `its prices are in ${policy.quote}, those of the market in ${market.quote}`,
    );
  const modelled: string[] = [];
  const settled = new Map(market.instruments.map((i) => [i.symbol, assetOf(i)]));
  for (const i of market.instruments) {
    const asset = assetOf(i);
    if (asset === market.quote) continue;
    const median = medians.get(asset ?? i.symbol);
    if (median !== undefined) {
      const coin = i.inverse === undefined ? undefined : medians.get(settled.get(i.settlement!)!);
      assertPrice(i, median, coin, policy);
    } else if (i.kind === "option" && policy.modelOptions) modelled.push(i.symbol);
    else throw notAttested(i);
  }
  return { ...repeated, modelled };
}

function assertNone(market: Market, text: string | undefined, own: PricePolicy | undefined): void {
  if (market.priceEvidence !== undefined)
    throw priceError(
      "PRICES_EVIDENCE_MISSING",
      "price evidence",
      "the market file names one, but there is none",
      ASK,
    );
  if (text !== undefined)
    throw priceError(
      "PRICES_EVIDENCE_UNNAMED",
      "price evidence",
      "the market file names none: it proves nothing",
      ASK,
    );
  if (own !== undefined)
    throw priceError(
      "PRICES_NOT_ATTESTED",
      "market",
      "its prices are not attested at all, and your price policy asks for that",
      "ask the exchange for a bundle with price evidence, or verify without a price policy",
    );
}

const ASK = "market file and evidence belong together: take both from one build, or fetch the bundle again";

function notAttested({ symbol, kind }: MarketInstrument) {
  const hint =
    kind === "option" ? "the policy's modelOptions would leave options to the exchange" : undefined;
  return priceError("PRICES_NOT_ATTESTED", `market, ${symbol}`, "the evidence has no price of it", hint);
}

/** @param coin median of what an inverse contract settles in */
function assertPrice(
  i: MarketInstrument,
  median: MedianPrice,
  coin: MedianPrice | undefined,
  policy: PricePolicy,
) {
  const where = `market, ${i.symbol}`;
  let price = median.price;
  if (i.inverse !== undefined) {
    if (coin === undefined)
      throw priceError("PRICES_NOT_ATTESTED", where, "no price of the coin it settles in");
    const [index, mark] = [decimal(coin.price), decimal(price)];
    if (index.coefficient <= 0n || mark.coefficient <= 0n)
      throw priceError("PRICES_MARK_PRICE", where, "an inverse contract needs prices above 0");
    price = inversePrice(i.inverse, index, mark);
    // A coarse tick must not be a means to move the price.
    const value = multiply(decimal(i.inverse.contract), index);
    if (!within(absolute(multiply(decimal(price), mark)), value, policy.maxSpread))
      throw priceError("PRICES_ROUNDING", where, `its tick moves its price by more than ${policy.maxSpread}`);
  }
  if (i.markPrice === price) return;
  throw priceError(
    "PRICES_MARK_PRICE",
    where,
    `its mark price is ${i.markPrice}, the attested one ${price}`,
    "build the market from the attested prices",
  );
}
