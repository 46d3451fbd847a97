import { cashDelta, expiryOf, type ModelInstrument, notionalOf } from "./instrument.js";
import { type ExactFigures, type ExactGain, type ExactGroup, onSide } from "./modelTable.js";
import { type Amount, type Decimal, nonNegativeAmount, unnamed } from "./precise.js";
import { revalueAll } from "./revalue.js";
import type { Scenario } from "./scenarioGrid.js";

/** Instruments by a label, in order of first appearance. */
export function groupBy(
  instruments: readonly ModelInstrument[],
  label: (i: ModelInstrument) => string,
): Map<string, ModelInstrument[]> {
  const found = new Map<string, ModelInstrument[]>();
  for (const i of instruments) {
    const list = found.get(label(i)) ?? [];
    list.push(i);
    found.set(label(i), list);
  }
  return found;
}

/** One group per underlying, "BTC scan": every instrument revalued in every scenario, gains times `factor`. */
export function scanGroups(
  instruments: readonly ModelInstrument[],
  scenarios: readonly Scenario[],
  factor: Amount = "1",
): (ExactGroup & { readonly gains: ReadonlyMap<string, readonly Decimal[]> })[] {
  const scale = nonNegativeAmount(factor, unnamed("scan factor"));
  return [...groupBy(instruments, (i) => i.underlying)].map(([underlying, members]) => ({
    name: `${underlying} scan`,
    scenarios: scenarios.map((s) => s.name),
    gains: new Map(members.map((i) => [i.symbol, revalueAll(i, scenarios).map((gain) => gain.times(scale))])),
  }));
}

/** A charge on the absolute value of a sum: max(0, x, -x) = |x|, exactly, with two scenarios. */
export function absoluteGroup(
  name: string,
  members: readonly ModelInstrument[],
  exposure: (i: ModelInstrument) => Decimal,
): ExactGroup {
  return {
    name,
    scenarios: ["up", "down"],
    gains: new Map(members.map((i) => [i.symbol, bothWays(exposure(i))])),
  };
}

function bothWays(x: Decimal): Decimal[] {
  return [x, x.negated()];
}

/** Further scenarios of a group: what each is called, and what one unit gains in each. */
function withScenarios(
  group: ExactGroup,
  instruments: readonly ModelInstrument[],
  names: readonly string[],
  gainsOf: (i: ModelInstrument) => readonly ExactGain[],
): ExactGroup {
  const bySymbol = new Map(instruments.map((i) => [i.symbol, i]));
  const gains = new Map(
    [...group.gains].map(([symbol, own]) => [symbol, [...own, ...gainsOf(bySymbol.get(symbol)!)]]),
  );
  return { name: group.name, scenarios: [...group.scenarios, ...names], gains };
}

/**
 * Adds rate * |net cash delta| + grossRate * sum of |cash delta| of the group to the maximum that the group's worst
 * scenario is: max(scan, charge), exactly. What the gross rate takes, either side loses.
 */
export function withDeltaFloor(
  group: ExactGroup,
  instruments: readonly ModelInstrument[],
  rate: Amount,
  grossRate: Amount = "0",
): ExactGroup {
  const share = nonNegativeAmount(rate, unnamed("delta floor rate"));
  const gross = nonNegativeAmount(grossRate, unnamed("gross delta rate"));
  if (share.isZero() && gross.isZero()) return group;
  return withScenarios(group, instruments, ["delta floor up", "delta floor down"], (i) => {
    const delta = cashDelta(i);
    const loss = delta.abs().times(gross);
    return bothWays(delta.times(share)).map((gain) => less(gain, loss));
  });
}

/** A gain less what either side loses. */
function less(gain: Decimal, loss: Decimal): ExactGain {
  if (loss.isZero()) return gain;
  return { long: onSide(gain, "long").minus(loss), short: onSide(gain, "short").minus(loss) };
}

/**
 * Adds a minimum charge to the maximum that the group's worst scenario is: a share of the notional of everything held, by
 * instrument and side.
 */
export function withMinimum(
  group: ExactGroup,
  instruments: readonly ModelInstrument[],
  name: string,
  rateOf: (i: ModelInstrument, side: "long" | "short") => Decimal,
): ExactGroup {
  const nothing = instruments.every((i) => rateOf(i, "long").isZero() && rateOf(i, "short").isZero());
  if (nothing) return group;
  return withScenarios(group, instruments, [name], (i) => {
    const gain = (side: "long" | "short") => notionalOf(i).times(rateOf(i, side)).negated();
    return [{ long: gain("long"), short: gain("short") }];
  });
}

/** SPAN's short option minimum: a share of the notional of what is short in options, in the group's maximum. */
export function withShortOptionMinimum(
  group: ExactGroup,
  instruments: readonly ModelInstrument[],
  rate: Decimal,
): ExactGroup {
  const none = rate.times(0);
  return withMinimum(group, instruments, "short option minimum", (i, side) =>
    i.kind === "option" && side === "short" ? rate : none,
  );
}

/** Per underlying and expiry, |rate * net cash delta|: what rolling or closing an expiry may cost. */
export function rollGroups(
  instruments: readonly ModelInstrument[],
  rateOf: (i: ModelInstrument) => Decimal,
): ExactGroup[] {
  const expiries = groupBy(instruments, (i) => `${i.underlying} roll ${expiryOf(i)}`);
  return [...expiries].map(([name, members]) =>
    absoluteGroup(name, members, (i) => cashDelta(i).times(rateOf(i))),
  );
}

/** Every instrument with its notional and no charge of its own. */
export function plainFigures(instruments: readonly ModelInstrument[]): ExactFigures[] {
  return instruments.map((i) => ({ symbol: i.symbol, notional: notionalOf(i) }));
}
