import { absolute, type Decimal, decimal, decimalText, multiply } from "../decimal/decimal.js";
import { contractOf } from "../market/contracts.js";
import { inversePrice } from "../market/inversePrice.js";
import { linearPrice } from "../market/linearPrice.js";
import type { Market, MarketInstrument } from "../market/marketFile.js";
import { BYTE_ORDER_MARK } from "../protocol/strictJson.js";
import { type MedianPrice, within } from "./instrumentPrice.js";
import { assertTerms } from "./marketTerms.js";
import type { PricePolicy } from "./policy.js";
import { priceError, underOwnPolicy } from "./priceError.js";
import { underlyingsOf } from "./terms.js";
import { evidenceDigest, type RepeatedEvidence, repeatEvidence } from "./verifyEvidence.js";

/** What the evidence of a market's prices was found to show. */
export interface MarketPrices extends Omit<RepeatedEvidence, "policies"> {
  /** The one that counts: the verifier's own if there is one, else the evidence's. */
  readonly policy: PricePolicy;
  /** All options that no price file prices, as the policy allows: the exchange's own value. */
  readonly modelled: readonly string[];
}

/**
 * Repeats the evidence of a market's prices, offline, and checks every instrument against it, under the verifier's own
 * policy and under the evidence's:
 *
 *     what it is                  what the policy's terms say: kind, asset, settlement, contract size
 *     the quote currency          1, and never attested
 *     asset, settlement           the median of the asset
 *     inverse contract            `inversePrice` of the asset it settles in and the median of its symbol
 *     linear with a multiplier    `linearPrice` of the median of its symbol and that of the asset it settles in
 *     other contracts, options    the median of the symbol; an option that no file prices may have none if the policy allows
 *     notional price of options   the median of the first of their underlyings that any file prices
 *
 * @param text of the evidence file beside the market, undefined if there is none
 * @param own the verifier's policy; never one out of the bundle
 * @returns undefined when the market names no evidence, there is none, and no policy asks for it
 * @throws MarginproofError PRICES_NOT_ATTESTED, PRICES_LEFT_OUT, PRICES_EVIDENCE_MISSING, PRICES_EVIDENCE_UNNAMED,
 * PRICES_EVIDENCE_DIGEST, PRICES_POLICY, PRICES_QUOTE, PRICES_TERMS, PRICES_MARK_PRICE, PRICES_NOTIONAL, PRICES_ROUNDING, and the errors
 * of `repeatEvidence`
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
  if (evidenceDigest(text) !== market.priceEvidence) {
    const problem = text.startsWith(BYTE_ORDER_MARK)
      ? "it begins with a byte order mark, which is not in the file that the market names"
      : "not the one that the market file names";
    throw priceError("PRICES_EVIDENCE_DIGEST", "price evidence", problem, ASK);
  }
  const { policies, files, medians } = repeatEvidence(text, market.time, own);
  const evidence: Evidence = {
    medians: new Map(medians.map((median) => [median.instrument, median])),
    observed: new Set(files.flatMap((file) => file.observations.map(({ instrument }) => instrument))),
  };
  const [modelled] = policies.map((policy, i) => {
    const hold = () => assertMarket(market, policy, evidence, WHOSE[i]!);
    return policy === own ? underOwnPolicy(hold) : hold();
  });
  return { policy: policies[0], files, medians, modelled: modelled! };
}

const WHOSE = ["the price policy", "the policy inside the evidence"] as const;

interface Evidence {
  readonly medians: ReadonlyMap<string, MedianPrice>;
  /** Every name that any file gives a price of, whether or not a median was taken. */
  readonly observed: ReadonlySet<string>;
}

/** Checks a market under one policy. @returns the options that nobody prices */
function assertMarket(market: Market, policy: PricePolicy, evidence: Evidence, whose: string): string[] {
  const { medians, observed } = evidence;
  if (policy.quote !== market.quote || medians.has(market.quote))
    throw priceError(
      "PRICES_QUOTE",
      "price evidence",
      medians.has(market.quote)
        ? `a price of ${market.quote}, the quote currency, which is worth 1 of itself`
        : `its prices are in ${policy.quote}, those of the market in ${market.quote}`,
    );
  const terms = assertTerms(market, policy, whose);
  const modelled: string[] = [];
  for (const i of market.instruments) {
    const found = terms.get(contractOf(i))!;
    const { entry } = found;
    const asset = "asset" in entry ? entry.asset : undefined;
    // What orders lock counts at its asset's price, by the market file's own rule (`assertOrders`), and is worth 0.
    if (asset === market.quote || entry.kind === "orders") continue;
    const name = asset ?? contractOf(i);
    if (entry.kind === "option") assertNotional(i, underlyingsOf(entry, found.filling), evidence);
    const median = medians.get(name);
    if (median !== undefined) {
      const coin = entry.kind === "perpetual" || entry.kind === "future" ? entry.settlement : undefined;
      assertPrice(i, median, coin === market.quote ? "1" : coin && medians.get(coin)?.price, policy);
    } else if (observed.has(name)) throw leftOut(i, name);
    else if (entry.kind === "option" && policy.modelOptions) {
      assertNotNegative(i);
      modelled.push(i.symbol);
    } else throw notAttested(i);
  }
  return modelled;
}

/** Every notional counts at a signed price: a rate on a notional of 0.01 in place of 60,000 charges next to nothing. */
function assertNotional(i: MarketInstrument, underlyings: readonly string[], evidence: Evidence): void {
  const name = underlyings.find((underlying) => evidence.observed.has(underlying));
  const price = name === undefined ? undefined : evidence.medians.get(name)?.price;
  if (price !== undefined && i.notionalPrice === price) return;
  const where = `market, ${i.symbol}`;
  if (price === undefined) {
    const whose = name ?? underlyings.join(", ");
    const hint = "the evidence must have the price of what the policy's terms name as its underlying";
    throw priceError("PRICES_NOTIONAL", where, `the evidence has no price of its underlying ${whose}`, hint);
  }
  throw priceError(
    "PRICES_NOTIONAL",
    where,
    `its notionalPrice is ${i.notionalPrice ?? "not stated"}, the attested price of ${name} is ${price}`,
    "the price policy's terms say whose price it is: in rules, the chain's forward",
  );
}

function assertNotNegative(i: MarketInstrument): void {
  if (!i.markPrice.startsWith("-")) return;
  const problem = `no signer prices it, and its mark price is ${i.markPrice}: no option is worth less than 0`;
  throw priceError("PRICES_MARK_PRICE", `market, ${i.symbol}`, problem);
}

function leftOut({ symbol }: MarketInstrument, name: string) {
  return priceError(
    "PRICES_LEFT_OUT",
    `market, ${symbol}`,
    `price files in the evidence price ${name}, and no median was taken of them`,
    "what is signed counts: in rules, write quoted in place of model",
  );
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

/** @param coin attested price of what a perpetual or future settles in */
function assertPrice(
  i: MarketInstrument,
  { price: median }: MedianPrice,
  coin: string | undefined,
  policy: PricePolicy,
) {
  const price =
    i.inverse === undefined && i.multiplier === undefined ? median : computedPrice(i, median, coin, policy);
  if (i.markPrice === price) return;
  throw priceError(
    "PRICES_MARK_PRICE",
    `market, ${i.symbol}`,
    `its mark price is ${i.markPrice}, the attested one ${price}`,
    "build the market from the attested prices",
  );
}

/** Of an inverse contract, or a linear one with a multiplier: from its own attested price and that of what it settles in. */
function computedPrice(
  { symbol, inverse, multiplier = "1", tick: own }: MarketInstrument,
  median: string,
  coin: string | undefined,
  { maxSpread }: PricePolicy,
): string {
  const where = `market, ${symbol}`;
  if (coin === undefined)
    throw priceError("PRICES_NOT_ATTESTED", where, "no price of the coin it settles in");
  const [index, mark] = [decimal(coin), decimal(median)];
  // A coarse tick must not be a means to move the price.
  const assertNear = (x: Decimal, reference: Decimal) => {
    if (!within(x, reference, maxSpread))
      throw priceError("PRICES_ROUNDING", where, `its tick moves its price by more than ${maxSpread}`);
  };
  if (inverse === undefined) {
    const price = linearPrice({ multiplier, tick: own }, mark, index);
    assertNear(price, linearPrice({ multiplier }, mark, index));
    return decimalText(price);
  }
  if (index.coefficient <= 0n || mark.coefficient <= 0n)
    throw priceError("PRICES_MARK_PRICE", where, "an inverse contract needs prices above 0");
  // Without a tick the price is the whole contract's, or rounded too far.
  const { contract, tick = contract } = inverse;
  const price = inversePrice({ contract, tick }, index, mark);
  assertNear(absolute(multiply(decimal(price), mark)), multiply(decimal(contract), index));
  return price;
}
