import { compare, decimal, floorQuotient, integer, multiply } from "../decimal/decimal.js";
import { instrumentPath, marketError } from "./marketError.js";
import type { Market, MarketInstrument } from "./marketFile.js";

/**
 * An account holds fewer than 2^52 steps of an instrument: 45 million dollars in steps of 0.00000001. What is more is
 * split between it and another instrument of larger steps, which names it in `largeOf`. Both are the same claim on the same
 * asset and are charged alike, at one rate whatever the size: where the split falls changes nothing.
 * @throws MarginproofError MARKET_LARGE
 */
export function assertLargeHoldings({ instruments }: Market): void {
  const bySymbol = new Map(instruments.map((i) => [i.symbol, i]));
  const taken = new Set<string>();
  instruments.forEach((i, index) => {
    const { largeOf } = i;
    if (largeOf === undefined) return;
    const problem = taken.has(largeOf)
      ? `another instrument is the large one of ${largeOf}`
      : problemOf(i, bySymbol.get(largeOf));
    taken.add(largeOf);
    if (problem === undefined) return;
    const path = instrumentPath(index, i.symbol).at("largeOf");
    throw marketError("MARKET_LARGE", path, problem);
  });
}

function problemOf(large: MarketInstrument, small: MarketInstrument | undefined): string | undefined {
  if (large.kind !== "asset" && large.kind !== "settlement")
    return "only money is split: assets and settlement instruments";
  const asset = ({ kind, symbol, asset: stated }: MarketInstrument) =>
    `${kind} ${kind === "asset" ? (stated ?? symbol) : stated}`;
  if (small === undefined || asset(small) !== asset(large))
    return `${large.largeOf} is no ${large.kind} instrument of the same asset`;
  if (small.largeOf !== undefined) return `${small.symbol} is itself the large one of ${small.largeOf}`;
  const [step, own] = [decimal(large.quantityStep), decimal(small.quantityStep)];
  const times = floorQuotient(step, own);
  if (times < 2n || compare(multiply(integer(times), own), step) !== 0)
    return `its quantity step ${large.quantityStep} is no multiple of ${small.quantityStep}, that of ${small.symbol}`;
  const differs = (["haircut", "borrowRate", "scenarioGains"] as const).find(
    (field) => textOf(large[field]) !== textOf(small[field]),
  );
  if (differs !== undefined) return `its ${differs} differs from that of ${small.symbol}`;
  const charged = (["maintenance", "initial"] as const).find((field) => large[field] ?? small[field]);
  if (charged !== undefined) return `it has a ${charged} requirement of its own`;
  const tiered = [large.haircut, large.borrowRate].some((tiers) => Array.isArray(tiers) && tiers.length > 1);
  return tiered
    ? "its haircut or borrow rate has tiers: a holding that is split would be charged less"
    : undefined;
}

/** Equal for equal fields: groups in any order. */
const textOf = (field: object | string = {}): string =>
  Object.entries(field)
    .map((own) => JSON.stringify(own))
    .sort()
    .join();
