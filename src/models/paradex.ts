import { cashDelta, type ModelInstrument, notionalOf } from "./instrument.js";
import { type ExactFigures, type ModelTable, modelTable, rateText } from "./modelTable.js";
import {
  type Amount,
  amount,
  modelError,
  nonNegativeAmount,
  ofInstrument,
  ofModel,
  Precise,
  positiveAmount,
} from "./precise.js";
import { scanGroups, withDeltaFloor } from "./scanGroups.js";
import { grid, type Scenario } from "./scenarioGrid.js";

/**
 * A margin that is the larger of a scan and a delta charge, after Paradex:
 *
 *     IMR = max(worst weighted loss, netRate * |net| + hedgedRate * hedged) + provisions
 *     MMR = maintenanceShare * max(...) + provisions
 *
 * net = sum of cash deltas of an underlying, hedged = what long and short cash deltas cancel: min(long, short).
 */
export interface ParadexParameters {
  readonly scenarios: readonly Scenario[];
  /** "0.02". */
  readonly netRate: Amount;
  /** "0.01"; at most twice `netRate`. */
  readonly hedgedRate: Amount;
  /** "0.5". */
  readonly maintenanceShare: Amount;
  /** Rate on the notional for funding and fees of the coming hours, against either side. */
  readonly provisionRate: Amount;
}

/**
 * 24 scenarios: 8 price moves, each with volatility down, unchanged and up. The shocks, their weights and the floor of
 * days are illustrative; the rule of the shifts, (30 / max(floor, D))^power, is Paradex'.
 */
export function paradexScenarios(): Scenario[] {
  const shift = (factor: string) =>
    ({
      kind: "byExpiry",
      factor,
      referenceDays: "30",
      shortPower: "0.3",
      longPower: "0.13",
      floorDays: "1",
    }) as const;
  const vols = [
    { name: "vol down", shift: shift("-0.25") },
    { name: "vol same" },
    { name: "vol up", shift: shift("0.5") },
  ];
  const regular = grid(["-0.16", "-0.12", "-0.08", "0.08", "0.12", "0.16"], vols);
  return [...regular, ...grid(["-0.66", "0.66"], vols, "0.35")];
}

/** Rates as documented; scenarios illustrative. */
export function paradexLike(): ParadexParameters {
  const rates = { netRate: "0.02", hedgedRate: "0.01", maintenanceShare: "0.5", provisionRate: "0.001" };
  return { scenarios: paradexScenarios(), ...rates };
}

/**
 * The rule as a table. With gross = sum of |cash delta|, hedged = (gross - |net|) / 2, so
 *
 *     netRate |net| + hedgedRate hedged = (netRate - hedgedRate / 2) |net| + hedgedRate / 2 * gross
 *
 * The part in |net| is two more scenarios of the group: its maximum with the scan is exact. The part in gross is linear,
 * a rate of each instrument, and stands beside the maximum: max(a, b) + c >= max(a, b + c). So the table charges too
 * much by at most hedgedRate / 2 * gross, and nothing where the delta charge is the larger, or hedgedRate is 0.
 */
export function paradexTable(p: ParadexParameters, instruments: readonly ModelInstrument[]): ModelTable {
  const share = positiveAmount(p.maintenanceShare, ofModel("maintenanceShare"));
  const initial = new Precise(10_000).div(share);
  if (!initial.isInteger())
    throw modelError(
      "MODEL_INPUT",
      ofModel("maintenanceShare", "10000 / maintenanceShare must be a whole number"),
    );
  const grossRate = nonNegativeAmount(p.hedgedRate, ofModel("hedgedRate")).div(2);
  const netRate = amount(p.netRate, ofModel("netRate")).minus(grossRate);
  if (netRate.lt(0))
    throw modelError("MODEL_INPUT", ofModel("hedgedRate", "hedgedRate must be at most twice netRate"));
  const groups = scanGroups(instruments, p.scenarios)
    .map((group) => withDeltaFloor(group, instruments, netRate))
    .map((group) => ({
      ...group,
      gains: new Map([...group.gains].map(([symbol, gains]) => [symbol, gains.map((x) => x.times(share))])),
    }));
  const figures = instruments.map((i): ExactFigures => {
    const notional = notionalOf(i);
    const gross = notional.isZero() ? notional : cashDelta(i).abs().div(notional).times(grossRate);
    const provision = nonNegativeAmount(p.provisionRate, ofModel("provisionRate"));
    const charge = (factor: Amount) => {
      const rate = rateText(gross.times(factor).plus(provision), ofInstrument(i.symbol));
      return { brackets: [{ notionalFloor: "0", rate }] };
    };
    return { symbol: i.symbol, notional, maintenance: charge(share), initial: charge("1") };
  });
  return modelTable(groups, figures, initial.toNumber());
}
