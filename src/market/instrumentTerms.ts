import { assetOf, type Market, type MarketInstrument } from "./marketFile.js";
import { settlementOf } from "./settlement.js";

/** What an instrument is by the market file: its name alone says nothing that anybody could check. */
export interface InstrumentTerms {
  readonly kind: MarketInstrument["kind"];
  /** Asset that an asset or settlement instrument is in, or that orders lock; null for derivatives. */
  readonly asset: string | null;
  /** Asset that a derivative is settled in; null for others, and where the market names none. */
  readonly settledIn: string | null;
  /** Size of an inverse contract, in quote currency; null for others. */
  readonly contract: string | null;
  /** How many units of its price one linear contract is worth; null for those worth one, and for others. */
  readonly multiplier: string | null;
  /** Contract that a derivative is a variant of; null for others. */
  readonly variantOf: string | null;
  /** In hedge mode the side whose positions alone are held in it. */
  readonly side: "long" | "short" | null;
  /** Leverage that its holders chose. */
  readonly leverage: string | null;
  /** The same in words, for a holder: who owes what. */
  readonly words: string;
}

/** Terms of a market's instruments, by symbol. */
export function instrumentTerms(market: Market): ReadonlyMap<string, InstrumentTerms> {
  const assets = new Map(market.instruments.map((i) => [i.symbol, assetOf(i)]));
  return new Map(
    market.instruments.map((i): [string, InstrumentTerms] => {
      const { symbol, kind } = i;
      const asset = assetOf(i) ?? i.asset ?? null;
      const settledIn = assets.get(settlementOf(market, i) ?? "") ?? null;
      const contract = i.inverse?.contract ?? null;
      const multiplier = i.multiplier ?? null;
      const variant = { variantOf: i.contract ?? null, side: i.side ?? null, leverage: i.leverage ?? null };
      const terms = { kind, asset, settledIn, contract, multiplier, ...variant };
      return [symbol, { ...terms, words: wordsOf(symbol, terms, market.quote) }];
    }),
  );
}

const CLAIM = "a claim on the exchange";

function wordsOf(symbol: string, terms: Omit<InstrumentTerms, "words">, quote: string): string {
  const { kind, asset, settledIn, contract, multiplier } = terms;
  if (kind === "asset") return asset === symbol ? "asset" : `asset ${asset}`;
  if (kind === "settlement") return `profit or loss in ${asset} not yet paid, ${CLAIM}`;
  if (kind === "orders") return `${asset} locked by open orders: initial requirement alone, no claim`;
  const times = multiplier === null || multiplier === "1" ? "" : ` of ${multiplier} units`;
  const size = contract === null ? times : ` of ${contract} ${quote}`;
  const coin = settledIn === null || settledIn === quote ? "" : `, paid in ${settledIn}`;
  return `${contract === null ? "" : "inverse "}${kind}${size}${coin}${variantWords(terms)}, ${CLAIM}`;
}

function variantWords({
  variantOf,
  side,
  leverage,
}: Pick<InstrumentTerms, "variantOf" | "side" | "leverage">): string {
  const words = [
    ...(variantOf === null ? [] : [`contract ${variantOf}`]),
    ...(side === null ? [] : [`${side} positions alone`]),
    ...(leverage === null ? [] : [`leverage ${leverage}`]),
  ];
  return words.length === 0 ? "" : ` (${words.join(", ")})`;
}
