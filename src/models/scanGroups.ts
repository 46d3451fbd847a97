import { cashDelta, expiryOf, type ModelInstrument, notionalOf } from "./instrument.js";
import type { ExactFigures, ExactGroup } from "./modelTable.js";
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
): ExactGroup[] {
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

/** Adds |rate * net cash delta| of the group to the maximum that the group's worst scenario is: max(scan, charge). */
export function withDeltaFloor(
  group: ExactGroup,
  instruments: readonly ModelInstrument[],
  rate: Amount,
): ExactGroup {
  const share = nonNegativeAmount(rate, unnamed("delta floor rate"));
  if (share.isZero()) return group;
  const bySymbol = new Map(instruments.map((i) => [i.symbol, i]));
  const gains = new Map(
    [...group.gains].map(([symbol, own]) => [
      symbol,
      [...own, ...bothWays(cashDelta(bySymbol.get(symbol)!).times(share))],
    ]),
  );
  return { name: group.name, scenarios: [...group.scenarios, "delta floor up", "delta floor down"], gains };
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
