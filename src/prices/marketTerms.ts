import { contractOf } from "../market/contracts.js";
import { assetOf, type Market, type MarketInstrument } from "../market/marketFile.js";
import { instantOf, NANOSECONDS } from "../protocol/instant.js";
import { shortList } from "../protocol/shortList.js";
import type { PricePolicy } from "./policy.js";
import { priceError } from "./priceError.js";
import { type Found, NameTable, type Terms } from "./terms.js";

/** What a market file says that its instruments are, in the words of a policy's terms. */
export interface StatedTerms {
  readonly instrument: string;
  readonly kind: MarketInstrument["kind"];
  readonly asset?: string | undefined;
  /** Of a derivative without a settlement instrument the quote currency, which its price is in. */
  readonly settlement?: string | undefined;
  readonly contract?: string | undefined;
  readonly multiplier?: string | undefined;
}

/** One entry per instrument, in market order: those of variants are of their contract. */
export function statedTerms({ instruments, quote }: Market): StatedTerms[] {
  const assets = new Map(instruments.map((i) => [i.symbol, assetOf(i)]));
  return instruments.map((i) => {
    // A variant is what its contract is, and priced as it.
    const [instrument, kind] = [contractOf(i), i.kind];
    const asset = kind === "orders" ? i.asset : assetOf(i);
    if (asset !== undefined) return { instrument, kind, asset };
    const settlement = i.settlement === undefined ? quote : assets.get(i.settlement)!;
    const inverse = i.inverse === undefined ? {} : { contract: i.inverse.contract };
    const linear = i.multiplier === undefined ? {} : { multiplier: i.multiplier };
    return { instrument, kind, settlement, ...inverse, ...linear };
  });
}

/** Facts that terms state, each with the words for having none. */
const FACTS = {
  kind: "none",
  asset: "none",
  settlement: "none",
  contract: "not there, so that it is linear,",
  multiplier: "not there, so that it is one unit priced in quote currency,",
} as const;
const SECONDS_A_DAY = 86_400n;

/**
 * The terms of every instrument of a market by its contract's name, after a check that the market says the same.
 *
 * @param whose names the policy, for people
 * @throws MarginproofError PRICES_TERMS: an instrument has no terms, is another thing than they say, or has expired
 */
export function assertTerms(
  market: Market,
  policy: PricePolicy,
  whose = "the price policy",
): ReadonlyMap<string, Found<Terms>> {
  const table = new NameTable(policy.terms);
  const found = new Map<string, Found<Terms>>();
  const missing: string[] = [];
  const today = instantOf(market.time)! / NANOSECONDS / SECONDS_A_DAY;
  for (const stated of statedTerms(market)) {
    const terms = table.find(stated.instrument);
    if (terms === undefined) {
      missing.push(stated.instrument);
      continue;
    }
    assertAgrees(stated, terms, today, whose);
    found.set(stated.instrument, terms);
  }
  if (missing.length === 0) return found;
  throw priceError(
    "PRICES_TERMS",
    `market, ${shortList(missing)}`,
    `${whose} has no terms that say what this is`,
    "add them once you know: marginproof prices terms prints what the rules or the market file say",
  );
}

function assertAgrees(
  stated: StatedTerms,
  { entry, filling }: Found<Terms>,
  today: bigint,
  whose: string,
): void {
  const refuse = (problem: string, hint: string) =>
    priceError("PRICES_TERMS", `market, ${stated.instrument}`, problem, hint);
  const wanted: { readonly [fact in keyof typeof FACTS]?: string | undefined } = entry;
  for (const fact of ["kind", "asset", "settlement", "contract", "multiplier"] as const) {
    if (stated[fact] === wanted[fact]) continue;
    const [is, was] = [stated[fact] ?? FACTS[fact], wanted[fact] ?? FACTS[fact]];
    throw refuse(
      `its ${fact} is ${is} in the market file, and ${was} in the terms of ${whose}`,
      "the market file passes one thing off as another, unless the policy is wrong about it",
    );
  }
  if (filling.expiryDay === undefined || BigInt(filling.expiryDay) >= today) return;
  throw refuse("it has expired, by the date in its name", "what has expired is settled, and has no price");
}
