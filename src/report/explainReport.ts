import { decimalText } from "../decimal/decimal.js";
import { type Market, roundingBound } from "../market/index.js";
import { INITIAL_SCALE } from "../protocol/constants.js";
import type { Evaluation, PlacedHolding } from "../protocol/evaluate.js";
import type { RiskTable } from "../protocol/types.js";
import { healthOf } from "./accountReport.js";
import { marginCallFactor } from "./bandText.js";
import { initialText, unitsText } from "./money.js";

/** An amount in quote currency, and the integer that the proof counts: the report's `units` say of what. */
export interface Amount {
  readonly amount: string;
  readonly units: string;
}

export type ExplainReport = ReturnType<typeof explainReport>;
export type ExplainPocket = ReturnType<typeof explainPocket>;

/**
 * Every line of one account's margin, pocket by pocket.
 * @param pockets evaluations by name of the pocket, in the order to show them
 */
export function explainReport(
  account: string,
  pockets: ReadonlyMap<string, Evaluation>,
  market: Market,
  table: RiskTable,
) {
  return {
    format: "marginproof/explain/1" as const,
    exchange: market.exchange,
    epoch: market.epoch,
    time: market.time,
    account,
    quote: market.quote,
    valueUnit: market.valueUnit,
    units: {
      /** Every `amount`, `price` and mark. */
      amount: market.quote,
      /** One of every `units` but those of an initial requirement. */
      units: `${market.valueUnit} ${market.quote}`,
      /** One of the `units` of an initial requirement, wherever it is called `initial`. */
      initialUnits: `${initialText(1n, market.valueUnit)} ${market.quote}`,
      steps: "the holding's quantityStep",
    },
    initialFactor: decimalText({ coefficient: table.imfBp, scale: 4 }),
    marginCallFactor: marginCallFactor(market),
    pockets: [...pockets].map(([pocket, evaluation]) => explainPocket(pocket, evaluation, market, table)),
  };
}

/**
 * Every line of one pocket's margin. Lines add up to the totals exactly: maintenance is the sum over holdings plus the
 * sum over groups; so is the initial requirement, counted in 1/10000 of a value unit.
 */
function explainPocket(pocket: string, evaluation: Evaluation, market: Market, table: RiskTable) {
  const money = (units: bigint): Amount => ({
    amount: unitsText(units, market.valueUnit),
    units: units.toString(),
  });
  const initial = (units: bigint): Amount => ({
    amount: initialText(units, market.valueUnit),
    units: units.toString(),
  });
  const { equity, maintenance } = evaluation;
  const held = evaluation.holdings.map((h) => ({ ...h, steps: h.row.sigma * (h.row.lo + h.offset) }));
  const holdings = held.map(({ row, rowIndex, offset, steps }) => {
    const lane = table.lanes[row.laneIndex]!;
    const instrument = market.instruments.find((i) => i.symbol === lane.instrument)!;
    return {
      instrument: lane.instrument,
      kind: instrument.kind,
      quantity: unitsText(steps, instrument.quantityStep),
      quantityStep: instrument.quantityStep,
      steps: steps.toString(),
      price: instrument.markPrice,
      value: money(steps * row.price),
      bracket: rowIndex - lane.firstRow + 1,
      brackets: lane.rowCount,
      /** Absolute quantity at which the bracket begins. */
      bracketFrom: unitsText(row.lo, instrument.quantityStep),
      maintenance: money(row.base + row.slope * offset),
      initial: initial(INITIAL_SCALE * (row.initialBase + row.initialSlope * offset)),
    };
  });
  const groups = evaluation.groups.map(({ group, worst, gains }) => {
    const name = table.groupNames[group]!;
    // The first scenario with the worst loss; none when every scenario gains.
    const s = worst === 0n ? -1 : gains.indexOf(-worst);
    return {
      group: name,
      scenario: s < 0 ? null : market.groups[group]!.scenarios[s]!,
      scenarios: gains.length,
      loss: money(worst),
      initial: initial(table.imfBp * worst),
      /** The whole grid: what the group gains in each scenario, and what the pocket is then worth. */
      cells: gains.map((gain, c) => ({
        scenario: market.groups[group]!.scenarios[c]!,
        gain: money(gain),
        value: money(equity + gain),
      })),
      /** Who gains and loses in that scenario; the sum is minus the loss. */
      parts: s < 0 ? [] : held.flatMap((h) => gainIn(h, group, s, table, money)),
    };
  });
  const bound = roundingBound(
    table,
    market,
  )(held.map(({ row, steps }) => ({ lane: row.laneIndex, steps: steps < 0n ? -steps : steps })));
  return {
    /** Name of the isolated pocket; empty for the cross pocket. */
    pocket,
    holdings,
    groups,
    stress: evaluation.stressed.map((units, z) => ({
      name: table.stressNames[z]!,
      equity: money(units),
      change: money(units - equity),
      badDebt: money(units < 0n ? -units : 0n),
    })),
    totals: {
      equity: money(equity),
      maintenance: money(maintenance),
      initial: initial(evaluation.initial),
      /** Equity less the maintenance requirement. */
      excess: money(equity - maintenance),
      coversInitial: INITIAL_SCALE * equity >= evaluation.initial,
      health: healthOf(evaluation.band),
      band: evaluation.band,
    },
    /** How far the integers can be from the exact figures of the market file; always against the account. */
    rounding: {
      equity: money(bound.equity),
      maintenance: money(bound.maintenance),
      initial: initial(bound.initial),
      stressed: money(bound.stressed),
    },
  };
}

function gainIn(
  { row, steps }: PlacedHolding & { readonly steps: bigint },
  group: number,
  scenario: number,
  table: RiskTable,
  money: (units: bigint) => Amount,
) {
  const gains = row.groups.find((g) => g.group === group)?.gains;
  if (gains === undefined) return [];
  return [{ instrument: table.lanes[row.laneIndex]!.instrument, gain: money(steps * gains[scenario]!) }];
}
