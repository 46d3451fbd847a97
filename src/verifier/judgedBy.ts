import { decimalText } from "../decimal/decimal.js";
import { namesAlike } from "../market/checkNames.js";
import { type InstrumentTerms, instrumentTerms } from "../market/instrumentTerms.js";
import { type NoRequirement, withoutRequirement, worthNothing } from "../market/noRequirement.js";
import type { Market, MarketInstrument } from "../market/schema.js";
import { type SplitTiers, splitTiers } from "../market/splitTiers.js";
import { type StressMove, stressMoves } from "../market/stressMoves.js";
import type { MarketPrices } from "../prices/index.js";
import type { OpenStatement } from "../protocol/statement.js";

/** What the exchange's own market file judged the book by: a verdict says little to whoever has not seen it. */
export interface JudgedBy {
  readonly quote: string;
  /** How many instruments there are of each kind. */
  readonly kinds: Readonly<Record<MarketInstrument["kind"], number>>;
  /** What each is, in the market's order. */
  readonly instruments: readonly (InstrumentTerms & { readonly symbol: string })[];
  /** How opposite positions of one contract in one pocket count: see the market file. */
  readonly positionMode: Market["positionMode"];
  /** Declared reserves: asset and quantity. */
  readonly reserves: readonly { readonly asset: string; readonly quantity: string }[];
  /** Multiple of the groups' worst losses that is the initial requirement: "1.3", or "1 to 1.25" where groups have their own. */
  readonly initialFactor: string;
  /** Multiple of the initial requirement below which an account is in margin call. */
  readonly marginCallFactor: string;
  /** Of the price policy that the prices were held to; null when no signed prices are behind them. */
  readonly prices: {
    readonly quorum: number;
    readonly maxAgeSeconds: number;
    /** Whether that policy is the verifier's own: the bundle's may name whomever it likes. */
    readonly pinned: boolean;
    /** How many options no signer prices; null where the evidence was not repeated. */
    readonly unpriced: number | null;
  } | null;
  /** Instruments that are not the same, and whose names are easily taken for each other. */
  readonly namesAlike: readonly (readonly [string, string])[];
  /** Derivatives that can be held without margin. */
  readonly noRequirement: readonly NoRequirement[];
  /** Assets whose price is 0: what is owed in them counts for nothing either. */
  readonly worthNothing: readonly string[];
  /** Instruments whose haircut or borrow tiers begin anew in another instrument of their asset. */
  readonly splitTiers: readonly SplitTiers[];
  readonly stress: readonly StressMove[];
}

const factorText = (bp: number): string => decimalText({ coefficient: BigInt(bp), scale: 4 });

function initialFactors({ initialFactorBp, groups }: Market): string {
  const most = Math.max(initialFactorBp, ...groups.map((g) => g.initialFactorBp ?? 0));
  const least = factorText(initialFactorBp);
  return most === initialFactorBp ? least : `${least} to ${factorText(most)}`;
}

/**
 * Of a statement whose quantities are the market's instruments, in order.
 * @param prices what signed prices showed, if there are any
 * @param pinned whether they were held to a policy of the verifier's own
 */
export function judgedBy(
  market: Market,
  statement: OpenStatement,
  prices: (Pick<MarketPrices, "policy"> & Partial<Pick<MarketPrices, "modelled">>) | undefined,
  pinned = false,
): JudgedBy {
  const kinds = { asset: 0, settlement: 0, orders: 0, perpetual: 0, future: 0, option: 0 };
  for (const { kind } of market.instruments) kinds[kind]++;
  const held = statement.quantities.map(({ long, short }) => long !== 0n || short !== 0n);
  return {
    quote: market.quote,
    kinds,
    instruments: [...instrumentTerms(market)].map(([symbol, terms]) => ({ symbol, ...terms })),
    positionMode: market.positionMode,
    reserves: Object.entries(market.reserves).map(([asset, quantity]) => ({ asset, quantity })),
    initialFactor: initialFactors(market),
    marginCallFactor: factorText(market.marginCallBp),
    prices:
      prices === undefined
        ? null
        : {
            quorum: prices.policy.quorum,
            maxAgeSeconds: prices.policy.maxAgeSeconds,
            pinned,
            unpriced: prices.modelled?.length ?? null,
          },
    namesAlike: namesAlike(market),
    noRequirement: withoutRequirement(market),
    worthNothing: worthNothing(market),
    splitTiers: splitTiers(market),
    stress: stressMoves(market, (index) => held[index] === true),
  };
}
