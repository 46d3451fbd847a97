import { type ModelInstrument, notionalOf } from "./instrument.js";
import { type ExactFigures, type ModelTable, mapGains, modelTable, rateText } from "./modelTable.js";
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
 * which is two more scenarios of the group, net delta up and down, in both of which either side loses its share of gross. So
 * its maximum with the scan is exact.
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
    .map((group) => withDeltaFloor(group, instruments, netRate, grossRate))
    .map((group) => ({ ...group, gains: mapGains(group.gains, (gain) => gain.times(share)) }));
  const provision = nonNegativeAmount(p.provisionRate, ofModel("provisionRate"));
  const figures = instruments.map((i): ExactFigures => {
    const rate = rateText(provision, ofInstrument(i.symbol));
    return {
      symbol: i.symbol,
      notional: notionalOf(i),
      maintenance: { brackets: [{ notionalFloor: "0", rate }] },
    };
  });
  return modelTable(groups, figures, initial.toNumber());
}
