import { decimalText } from "../decimal/decimal.js";
import { type Market, roundingBound } from "../market/index.js";
import { INITIAL_SCALE } from "../protocol/constants.js";
import type { Evaluation, PlacedHolding } from "../protocol/evaluate.js";
import type { RiskTable } from "../protocol/riskTable.js";
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

/** Writes amounts of one market: in quote currency, and as the integers that they are. */
interface AmountWords {
  /** Of value units. */
  readonly money: (units: bigint) => Amount;
  /** Of 1/10000 value units. */
  readonly initial: (units: bigint) => Amount;
}

const amountWords = (valueUnit: string): AmountWords => ({
  money: (units) => ({ amount: unitsText(units, valueUnit), units: units.toString() }),
  initial: (units) => ({ amount: initialText(units, valueUnit), units: units.toString() }),
});

/** A holding with its signed quantity in steps. */
type Held = PlacedHolding & { readonly steps: bigint };

/**
 * Every line of one pocket's margin. Lines add up to the totals exactly: maintenance is the sum over holdings plus the
 * sum over groups; so is the initial requirement, counted in 1/10000 of a value unit.
 */
function explainPocket(pocket: string, evaluation: Evaluation, market: Market, table: RiskTable) {
  const words = amountWords(market.valueUnit);
  const { money } = words;
  const { equity } = evaluation;
  const held = evaluation.holdings.map((h) => ({ ...h, steps: h.row.sigma * (h.row.lo + h.offset) }));
  return {
    /** Name of the isolated pocket; empty for the cross pocket. */
    pocket,
    holdings: held.map((h) => explainHolding(h, market, table, words)),
    groups: evaluation.groups.map((g) => explainGroup(g, { held, equity, market, table, words })),
    stress: evaluation.stressed.map((units, z) => ({
      name: table.stressNames[z]!,
      equity: money(units),
      change: money(units - equity),
      badDebt: money(units < 0n ? -units : 0n),
    })),
    totals: explainTotals(evaluation, words),
    rounding: explainRounding(held, market, table, words),
  };
}

function explainHolding(
  { row, rowIndex, offset, steps }: Held,
  market: Market,
  table: RiskTable,
  { money, initial }: AmountWords,
) {
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
}

interface GroupParts {
  readonly held: readonly Held[];
  readonly equity: bigint;
  readonly market: Market;
  readonly table: RiskTable;
  readonly words: AmountWords;
}

function explainGroup(
  { group, worst, gains, parts, factorBp }: Evaluation["groups"][number],
  { held, equity, market, table, words: { money, initial } }: GroupParts,
) {
  // The first scenario with the worst loss; none when every scenario gains.
  const s = worst === 0n ? -1 : gains.indexOf(-worst);
  const { scenarios } = market.groups[group]!;
  return {
    group: table.groupNames[group]!,
    scenario: s < 0 ? null : scenarios[s]!,
    scenarios: gains.length,
    loss: money(worst),
    initial: initial((table.imfBp + factorBp) * worst),
    /** The whole grid: what the group gains in each scenario, and what the pocket is then worth. */
    cells: gains.map((gain, c) => ({
      scenario: scenarios[c]!,
      gain: money(gain),
      value: money(equity + gain),
    })),
    /** Who gains and loses in that scenario; the sum is minus the loss. */
    parts:
      s < 0
        ? []
        : [
            ...held.flatMap((h) => gainIn(h, group, s, table, money)),
            ...parts.flatMap((part) => lossOf(part, s, table, money)),
          ],
  };
}

function explainTotals(
  { equity, maintenance, initial: required, band }: Evaluation,
  { money, initial }: AmountWords,
) {
  return {
    equity: money(equity),
    maintenance: money(maintenance),
    initial: initial(required),
    /** Equity less the maintenance requirement. */
    excess: money(equity - maintenance),
    coversInitial: INITIAL_SCALE * equity >= required,
    health: healthOf(band),
    band,
  };
}

/** How far the integers can be from the exact figures of the market file; always against the account. */
function explainRounding(
  held: readonly Held[],
  market: Market,
  table: RiskTable,
  { money, initial }: AmountWords,
) {
  const boundOf = roundingBound(table, market);
  const bound = boundOf(
    held.map(({ row, steps }) => ({ lane: row.laneIndex, steps: steps < 0n ? -steps : steps })),
  );
  return {
    equity: money(bound.equity),
    maintenance: money(bound.maintenance),
    initial: initial(bound.initial),
    stressed: money(bound.stressed),
  };
}

function gainIn(
  { row, steps }: Held,
  group: number,
  scenario: number,
  table: RiskTable,
  money: (units: bigint) => Amount,
) {
  const gains = row.groups.find((g) => g.group === group)?.gains;
  if (gains === undefined) return [];
  return [{ instrument: table.lanes[row.laneIndex]!.instrument, gain: money(steps * gains[scenario]!) }];
}

/** What a part of the group takes in the scenario, under the part's name; nothing where it gains. */
function lossOf(
  { group, gains }: Evaluation["groups"][number]["parts"][number],
  scenario: number,
  table: RiskTable,
  money: (units: bigint) => Amount,
) {
  const gain = gains[scenario]!;
  return gain < 0n ? [{ instrument: table.groupNames[group]!, gain: money(gain) }] : [];
}
