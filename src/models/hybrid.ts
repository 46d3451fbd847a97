import { type ModelInstrument, notionalOf } from "./instrument.js";
import { brackets, type ChargeTier, type ExactFigures, type ModelTable, modelTable } from "./modelTable.js";
import { type Amount, nonNegativeAmount, ofInstrument, ofModel, Precise } from "./precise.js";
import { scanGroups, withDeltaFloor, withShortOptionMinimum } from "./scanGroups.js";
import type { Scenario } from "./scenarioGrid.js";

/** A scenario margin that never falls below what its holdings would cost to close. */
export interface HybridParameters {
  readonly scenarios: readonly Scenario[];
  /** The scan of an underlying is at least this rate of its absolute net cash delta. */
  readonly deltaFloorRate: Amount;
  /** Short options: rate on the notional of the underlying. */
  readonly shortOptionRate: Amount;
  /** Their charge is added to the scan (default), or a minimum of it: SPAN's short option minimum. */
  readonly shortOptions?: "added" | "minimum" | undefined;
  /** Either side of every instrument: marginal rates on large notionals, on top; the first floor is "0". */
  readonly concentration: readonly ChargeTier[];
  readonly initialFactorBp: number;
}

/**
 *     MMR = sum over underlyings max(worst scenario loss, deltaFloorRate * |net cash delta|)
 *         + sum over short options shortOptionRate * |q| * forward
 *         + sum over instruments of the marginal concentration tiers of |q| * notional
 *
 * where with `shortOptions: "minimum"` the second line is a third figure in the maximum of the first. Exact either way.
 * Concentration counts each instrument by itself: holdings of one underlying in several instruments are not added up.
 */
export function hybridTable(p: HybridParameters, instruments: readonly ModelInstrument[]): ModelTable {
  const rate = nonNegativeAmount(p.shortOptionRate, ofModel("shortOptionRate"));
  const none = new Precise(0);
  const [inside, added] = p.shortOptions === "minimum" ? [rate, none] : [none, rate];
  const groups = scanGroups(instruments, p.scenarios)
    .map((g) => withDeltaFloor(g, instruments, p.deltaFloorRate))
    .map((g) => withShortOptionMinimum(g, instruments, inside));
  const figures = instruments.map((i): ExactFigures => {
    const charge = { brackets: brackets(p.concentration, "1", ofInstrument(i.symbol)) };
    if (i.kind !== "option") return { symbol: i.symbol, notional: notionalOf(i), maintenance: charge };
    const raised = p.concentration.map((t) => {
      return {
        notionalFloor: t.notionalFloor,
        rate: nonNegativeAmount(t.rate, ofModel("concentration", "concentration rate")).plus(added),
      };
    });
    const short = { brackets: brackets(raised, "1", ofInstrument(i.symbol)) };
    return { symbol: i.symbol, notional: notionalOf(i), maintenance: { long: charge, short } };
  });
  return modelTable(groups, figures, p.initialFactorBp);
}
