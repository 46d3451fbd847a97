import { compare, decimal, multiply, ONE } from "../decimal/decimal.js";
import { instrumentPath, marketError, Place } from "./marketError.js";
import { isDerivative, type Market, type MarketInstrument } from "./marketFile.js";
import type { MarketStep } from "./nextSteps.js";
import { notionalPrice } from "./requirement.js";
import { settlementOf } from "./settlement.js";

/** Contract that a derivative is a variant of, by default its own symbol. Open interest nets over it. */
export const contractOf = (i: Pick<MarketInstrument, "symbol" | "contract">): string =>
  i.contract ?? i.symbol;

/** A contract's variants with their places in the market, in market order. */
export type Variants = readonly (readonly [index: number, instrument: MarketInstrument])[];

/** Derivatives by contract, both in market order. */
export function contractsOf({ instruments }: Pick<Market, "instruments">): ReadonlyMap<string, Variants> {
  const contracts = new Map<string, [number, MarketInstrument][]>();
  instruments.forEach((i, index) => {
    if (!isDerivative(i)) return;
    const variants = contracts.get(contractOf(i)) ?? [];
    contracts.set(contractOf(i), variants);
    variants.push([index, i]);
  });
  return contracts;
}

/**
 * Variants of one contract are the same thing: whoever is long of one and whoever is short of another hold opposite
 * claims of one size. So all that a unit is worth agrees, now, under stress and in risk groups; so does maintenance, lest
 * somebody's positions are charged less by standing elsewhere. Quantity steps may differ: open interest is in units. Each
 * side and leverage has one variant, and each side its opposite; the initial rate of a leverage is at least 1 / leverage.
 * @throws MarginproofError MARKET_CONTRACT, MARKET_POSITION_MODE, MARKET_FIELD_NOT_ALLOWED.
 */
export function assertContracts(market: Market): void {
  market.instruments.forEach((i, index) => {
    const stated = (["contract", "side", "leverage"] as const).find((field) => i[field] !== undefined);
    if (stated === undefined) return;
    const path = instrumentPath(index, i.symbol);
    if (!isDerivative(i))
      throw marketError("MARKET_FIELD_NOT_ALLOWED", path.at(stated), "only derivatives are contracts");
    if (i.leverage !== undefined) assertLeverage(i, path);
  });
  const contracts = contractsOf(market);
  for (const [contract, variants] of contracts) {
    assertSame(market, contract, variants);
    assertPlaces(contract, variants);
  }
  assertMode(market);
}

/** What all variants of a contract have in common: as text it is equal when it is, as parsing puts fields in order. */
const COMMON: Readonly<Record<string, (i: MarketInstrument, market: Market) => unknown>> = {
  kind: (i) => i.kind,
  settlement: (i, market) => settlementOf(market, i),
  markPrice: (i) => i.markPrice,
  inverse: (i) => i.inverse,
  multiplier: (i) => [i.multiplier, i.tick],
  notionalPrice: (i) => i.notionalPrice,
  stressGains: (i) => i.stressGains,
  scenarioGains: (i) => Object.entries(i.scenarioGains ?? {}).sort(),
  maintenance: (i) => i.maintenance,
  privateBrackets: (i) => i.privateBrackets,
};

function assertSame(market: Market, contract: string, variants: Variants): void {
  const [, first] = variants[0]!;
  for (const [index, i] of variants) {
    const differs = Object.entries(COMMON).find(
      ([, of]) => JSON.stringify(of(i, market)) !== JSON.stringify(of(first, market)),
    );
    if (differs === undefined) continue;
    throw marketError(
      "MARKET_CONTRACT",
      instrumentPath(index, i.symbol).at(differs[0]),
      `not that of ${first.symbol}, which is of the same contract ${contract}`,
      "mayDiffer",
    );
  }
}

/** Two places for one position would let an account split it, and stay in lower brackets. */
function assertPlaces(contract: string, variants: Variants): void {
  const places = new Map<string, MarketInstrument>();
  const placeOf = (side: string | undefined, leverage: string | undefined) => `${side} ${leverage}`;
  const sided = variants[0]![1].side !== undefined;
  for (const [index, i] of variants) {
    const refuse = (problem: string, step: MarketStep) =>
      marketError("MARKET_CONTRACT", instrumentPath(index, i.symbol), problem, step);
    const same = places.get(placeOf(i.side, i.leverage));
    if (same !== undefined)
      throw refuse(`the same side and leverage of ${contract} as ${same.symbol}`, "onePlace");
    places.set(placeOf(i.side, i.leverage), i);
    if ((i.side !== undefined) !== sided)
      throw refuse(`some variants of ${contract} have a side, and some have none`, "allSides");
  }
  if (!sided) return;
  for (const [index, i] of variants) {
    const other = i.side === "long" ? "short" : "long";
    if (places.has(placeOf(other, i.leverage))) continue;
    throw marketError(
      "MARKET_CONTRACT",
      instrumentPath(index, i.symbol),
      `${contract} has no ${other} side${i.leverage === undefined ? "" : ` of leverage ${i.leverage}`} beside it`,
      "bothSides",
    );
  }
}

/** Rates never fall from tier to tier, so that the first says it of all. On a notional of 0 none charges anything. */
function assertLeverage(i: MarketInstrument, path: Place): void {
  if (notionalPrice(i).coefficient === 0n) return;
  const rule = i.initial ?? i.maintenance;
  // A rule of shorts alone has no brackets of its own, and is refused as one of longs alone is.
  const sides = rule?.long === undefined ? [rule] : [rule.long, rule.short];
  const least = (rate: string): boolean => compare(multiply(decimal(rate), decimal(i.leverage!)), ONE) >= 0;
  if (sides.every((side) => least(side?.brackets?.[0]?.rate ?? "0"))) return;
  throw marketError(
    "MARKET_CONTRACT",
    path.at("leverage"),
    `its initial rate is below 1 / ${i.leverage}`,
    "leverage",
  );
}

function assertMode({ positionMode, instruments }: Market): void {
  const at = instruments.findIndex(({ side }) => side !== undefined);
  if ((positionMode === "hedge") === at >= 0) return;
  if (at < 0)
    throw marketError(
      "MARKET_POSITION_MODE",
      Place.of("positionMode"),
      "hedge, and no instrument has a side",
      "sayNet",
    );
  throw marketError(
    "MARKET_POSITION_MODE",
    instrumentPath(at, instruments[at]!.symbol).at("side"),
    "only in hedge mode do long and short stand beside each other",
    "sayHedge",
  );
}
