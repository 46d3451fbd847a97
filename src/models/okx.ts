import { daysOf, type ModelInstrument, notionalOf } from "./instrument.js";
import { brackets, type ChargeTier, type ExactFigures, type ModelTable, modelTable } from "./modelTable.js";
import {
  type Amount,
  nonNegativeAmount,
  ofInstrument,
  ofModel,
  Precise,
  positiveAmount,
  unnamed,
} from "./precise.js";
import { rollGroups, scanGroups, withMinimum } from "./scanGroups.js";
import { grid, percent, type Scenario } from "./scenarioGrid.js";

/** Parameters of one kind of risk unit. */
export interface OkxParameters {
  /** MR1: price moves, both ways; 0 is added. */
  readonly moves: readonly Amount[];
  /** MR1: share that volatility moves up and down. */
  readonly volMove: Amount;
  /** MR2: days of time decay. */
  readonly decayDays: Amount;
  /** MR4: basis risk a year. */
  readonly annualisedMove: Amount;
  /** MR6: move both ways, and the share of the loss that counts. */
  readonly extremeMove: Amount;
  readonly extremeShare: Amount;
  /** MR7: minimum charge by notional, of each derivative; of short options only where `shortOptions` is given. */
  readonly minimum: { readonly tiers: readonly ChargeTier[]; readonly shortOptions: readonly ChargeTier[] };
  /** Initial requirement as a multiple of maintenance, in 1/10000. */
  readonly initialFactorBp: number;
}

/**
 * BTC and ETH: moves, extreme move and basis risk of OKX' announcement of 2 January 2025 (MR1, MR4, MR6). Volatility move,
 * extreme share, decay and minimum charge are stated here, not published figures.
 */
export const OKX_MAJOR: OkxParameters = {
  moves: ["0.04", "0.08", "0.12"],
  volMove: "0.5",
  decayDays: "1",
  annualisedMove: "0.05",
  extremeMove: "0.24",
  extremeShare: "0.5",
  minimum: {
    tiers: [{ notionalFloor: "0", rate: "0.0005" }],
    shortOptions: [{ notionalFloor: "0", rate: "0.005" }],
  },
  initialFactorBp: 13_000,
};

/** MR1, MR2 and MR6 as the scenarios of one group, whose worst is max(MR1, MR2, MR6): 21 + 1 + 2. */
export function okxScenarios(p: OkxParameters): Scenario[] {
  const sizes = p.moves.map((m) => positiveAmount(m, unnamed("price move")));
  const moves = [...sizes.map((m) => m.negated()).reverse(), "0", ...sizes];
  const vol = nonNegativeAmount(p.volMove, ofModel("volMove"));
  const extreme = positiveAmount(p.extremeMove, ofModel("extremeMove"));
  return [
    ...grid(moves, [
      { name: "vol down", shift: { kind: "multiplicative", factor: vol.negated() } },
      { name: "vol same" },
      { name: "vol up", shift: { kind: "multiplicative", factor: vol } },
    ]),
    { name: "time decay", priceMove: "0", daysForward: p.decayDays },
    ...[extreme.negated(), extreme].map((priceMove): Scenario => {
      return { name: `extreme ${percent(priceMove)}`, priceMove, weight: p.extremeShare };
    }),
  ];
}

/**
 * OKX' rule per risk unit, MMR = max(max(MR1, MR2, MR6) + MR4, MR7), as a table: max(MR1, MR2, MR6, MR7) is one group, MR4
 * one group per expiry (|net delta| * annualisedMove * days / 365) beside it. So an account that MR7 decides pays MR4 on
 * top: too much by at most min(MR4, MR7), and nothing where the scan is the larger. Of a minimum in tiers, the first tier's
 * rate is in the maximum; by how much the others are higher stands beside it.
 * Not modelled: MR3 (vega term structure), MR5, MR8, MR9 (borrowing, depeg: brackets).
 */
export function okxTable(p: OkxParameters, instruments: readonly ModelInstrument[]): ModelTable {
  const risk = nonNegativeAmount(p.annualisedMove, ofModel("annualisedMove"));
  const dated = instruments.filter((i) => i.days !== undefined);
  const [linear, shortOptions] = [tiersAbove(p.minimum.tiers), tiersAbove(p.minimum.shortOptions)];
  const figures = instruments.map((i): ExactFigures => {
    const none = { brackets: [{ notionalFloor: "0", rate: "0" }] };
    const above = (tiers: readonly ChargeTier[]) => ({
      brackets: brackets(tiers, "1", ofInstrument(i.symbol)),
    });
    const maintenance =
      i.kind === "option" ? { long: none, short: above(shortOptions.above) } : above(linear.above);
    return { symbol: i.symbol, notional: notionalOf(i), maintenance };
  });
  const minimumOf = (i: ModelInstrument, side: "long" | "short") => {
    if (i.kind !== "option") return linear.first;
    return side === "short" ? shortOptions.first : new Precise(0);
  };
  const groups = [
    ...scanGroups(instruments, okxScenarios(p)).map((g) =>
      withMinimum(g, instruments, "minimum charge", minimumOf),
    ),
    ...rollGroups(dated, (i) => risk.times(daysOf(i)).div(365)),
  ];
  return modelTable(groups, figures, p.initialFactorBp);
}

/** The rate of the first tier, and by how much the others are above it. */
function tiersAbove(tiers: readonly ChargeTier[]) {
  const rates = tiers.map((t) => nonNegativeAmount(t.rate, ofModel("minimum", "minimum rate")));
  const first = rates[0] ?? new Precise(0);
  return { first, above: tiers.map((t, k) => ({ ...t, rate: Precise.max(0, rates[k]!.minus(first)) })) };
}
