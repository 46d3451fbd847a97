import { Decimal } from "decimal.js";
import type { Market, MarketInstrument } from "../market/schema.js";

/**
 * An oracle for tests: buffered rates and gains straight from the formulas of docs/models/dynamic.md, in 120-digit
 * decimals. Shares no code with src/rules.
 */
const Exact = Decimal.clone({ precision: 120, toExpNeg: -200, toExpPos: 200 });

export interface DynamicInputs {
  readonly antiProcyclicality?: { readonly buffer: string; readonly maxRise: string };
  readonly contagion?: {
    readonly cap: string;
    readonly bounds: (underlying: string) => { readonly low: string; readonly high: string };
  };
  /** What the rules make without their buffers. */
  readonly unbuffered: Market;
  readonly underlyingOf: (symbol: string) => string | undefined;
  /** Left out in the first epoch. */
  readonly previous?: {
    readonly market: Market;
    /** Units of derivatives. */
    readonly openInterest: Readonly<Record<string, string>>;
    readonly maintenance: string;
    readonly positiveEquity: string;
  };
}

const up = (x: Decimal): Decimal => x.toDecimalPlaces(18, Decimal.ROUND_CEIL);
const find = (market: Market | undefined, symbol: string): MarketInstrument | undefined =>
  market?.instruments.find((i) => i.symbol === symbol);
const price = (i: MarketInstrument): Decimal => new Exact(i.notionalPrice ?? i.markPrice).abs();

/** 1 + cap * K * leverage of one underlying. */
export function referenceContagion(inputs: DynamicInputs, underlying: string): Decimal {
  const { contagion, previous, unbuffered, underlyingOf } = inputs;
  if (contagion === undefined || previous === undefined) return new Exact(1);
  const held = Object.entries(previous.openInterest).flatMap(([symbol, units]) => {
    const before = find(previous.market, symbol);
    if (before === undefined || find(unbuffered, symbol) === undefined || underlyingOf(symbol) !== underlying)
      return [];
    return [{ before, notional: price(before).times(units) }];
  });
  if (!unbuffered.instruments.some((i) => isDerivative(i) && underlyingOf(i.symbol) === underlying))
    return new Exact(1);
  const total = (part: typeof held): Decimal =>
    part.reduce((sum, { notional }) => sum.plus(notional), new Exact(0));
  const sides = previous.market.stress.flatMap((_, z) => {
    const gain = (i: MarketInstrument): Decimal => new Exact(i.stressGains?.[z] ?? 0);
    return [
      total(held.filter(({ before }) => gain(before).gte(0))),
      total(held.filter(({ before }) => gain(before).lte(0))),
    ];
  });
  const sameSided = sides.length === 0 ? total(held) : Exact.max(...sides);
  const { low, high } = contagion.bounds(underlying);
  const span = new Exact(high).minus(low);
  const crowding = Exact.min(1, Exact.max(0, up(sameSided.minus(low).div(span))));
  return up(crowding.times(contagion.cap).times(leverage(previous)).plus(1));
}

function leverage({ maintenance, positiveEquity }: NonNullable<DynamicInputs["previous"]>): Decimal {
  if (new Exact(maintenance).isZero()) return new Exact(0);
  if (new Exact(positiveEquity).isZero()) return new Exact(1);
  return Exact.min(1, up(new Exact(maintenance).div(positiveEquity)));
}

const isDerivative = ({ kind }: MarketInstrument): boolean =>
  !["asset", "settlement", "orders"].includes(kind);

const contagionOf = (inputs: DynamicInputs, symbol: string): Decimal => {
  const underlying = inputs.underlyingOf(symbol);
  return underlying === undefined ? new Exact(1) : referenceContagion(inputs, underlying);
};

/** max(u, min((1 + buffer) u, (1 + maxRise) p)). */
function withBuffer({ antiProcyclicality }: DynamicInputs, u: Decimal, p: Decimal | undefined): Decimal {
  if (antiProcyclicality === undefined) return u;
  const full = u.plus(u.times(antiProcyclicality.buffer));
  if (p === undefined) return full;
  const allowed = p.plus(p.times(antiProcyclicality.maxRise));
  return u.gt(allowed) ? u : Exact.min(full, allowed);
}

type Requirement = NonNullable<MarketInstrument["maintenance"]>;

/** Marginal rate at a notional; undefined when the requirement has no brackets for the side. */
export function marginalRate(
  requirement: Requirement | undefined,
  side: "long" | "short",
  notional: string,
): Decimal | undefined {
  const own = requirement?.brackets ?? requirement?.[side]?.brackets;
  if (own === undefined) return undefined;
  return own.reduce(
    (rate, tier) => (new Exact(tier.notionalFloor).lte(notional) ? new Exact(tier.rate) : rate),
    new Exact(0),
  );
}

/** Buffered marginal rate of an instrument at a notional; undefined when it has no brackets of that kind. */
export function referenceRate(
  inputs: DynamicInputs,
  symbol: string,
  kind: "maintenance" | "initial",
  side: "long" | "short",
  notional: string,
): Decimal | undefined {
  const u = marginalRate(find(inputs.unbuffered, symbol)?.[kind], side, notional);
  if (u === undefined) return undefined;
  const before = find(inputs.previous?.market, symbol);
  const p = marginalRate(before?.[kind] ?? before?.maintenance, side, notional);
  return up(withBuffer(inputs, u.times(contagionOf(inputs, symbol)), p));
}

/** What all gains of a group are multiplied by. */
export function referenceGroupFactor(inputs: DynamicInputs, group: string): Decimal {
  const { unbuffered, previous } = inputs;
  const members = unbuffered.instruments.filter((i) => i.scenarioGains?.[group] !== undefined);
  const own = Exact.max(...members.map((i) => contagionOf(inputs, i.symbol)));
  const both = members.flatMap((now) => {
    const [before, units] = [find(previous?.market, now.symbol), previous?.openInterest[now.symbol]];
    return units === undefined || before?.scenarioGains?.[group] === undefined
      ? []
      : [{ now, before, units }];
  });
  const rate = (of: (row: (typeof both)[number]) => MarketInstrument): Decimal[] =>
    both.reduce(
      ([charge, notional], row) => {
        const gains = of(row).scenarioGains![group]!;
        const worst = (side: "long" | "short") =>
          Exact.max(0, ...gains.map((gain) => sideGain(gain, side).negated()));
        const width = worst("long").plus(worst("short"));
        return [charge!.plus(width.times(row.units)), notional!.plus(price(of(row)).times(row.units))];
      },
      [new Exact(0), new Exact(0)],
    );
  const [chargeNow, notionalNow] = rate(({ now }) => now) as [Decimal, Decimal];
  const [chargeThen, notionalThen] = rate(({ before }) => before) as [Decimal, Decimal];
  const divisor = notionalThen.times(chargeNow);
  const p = divisor.isZero() ? undefined : up(chargeThen.times(notionalNow).div(divisor));
  return up(withBuffer(inputs, own, p));
}

/** Gain of one unit held on a side times the group's factor, away from 0. */
export function referenceGain(
  inputs: DynamicInputs,
  symbol: string,
  group: string,
  scenario: number,
  side: "long" | "short" = "long",
): Decimal {
  const gain = sideGain(find(inputs.unbuffered, symbol)!.scenarioGains![group]![scenario]!, side);
  return referenceGroupFactor(inputs, group).times(gain).toDecimalPlaces(18, Decimal.ROUND_UP);
}

type ScenarioGain = NonNullable<MarketInstrument["scenarioGains"]>[string][number];

function sideGain(gain: ScenarioGain, side: "long" | "short"): Decimal {
  if (typeof gain !== "string") return new Exact(gain[side]);
  return side === "long" ? new Exact(gain) : new Exact(gain).negated();
}
