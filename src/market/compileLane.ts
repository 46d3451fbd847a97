import {
  absolute,
  type Decimal,
  decimal,
  decimalText,
  integer,
  larger,
  multiply,
} from "../decimal/decimal.js";
import { ENTRY_BOUND, MAX_DEEP_BRACKETS, MAX_QUANTITY, NOTIONAL_BOUND } from "../protocol/constants.js";
import type { RiskRow } from "../protocol/riskTable.js";
import { type Piece, requirementAt } from "./curve.js";
import { gainOfLong } from "./gain.js";
import { marketError, type Place } from "./marketError.js";
import type { Market, MarketInstrument, Side } from "./marketFile.js";
import { laneBrackets, notionalPerStep } from "./requirement.js";
import { ValueUnits } from "./rounding.js";
import { privateLows } from "./secretRates.js";

/** A row before it is given its place in the table. */
export type LaneRow = Omit<RiskRow, "key" | "flat" | "laneIndex">;

/** What the lanes of a market share. */
export interface CompileContext {
  readonly market: Market;
  readonly groupNumbers: ReadonlyMap<string, number>;
}

/**
 * The rows of one side of an instrument, in value units per step. The price is exact; the rest is rounded against
 * the account, by at most `maxRoundingError` of the amount in brackets:
 *
 * - requirements: `base` up at the bracket's lowest quantity [its notional], `slope` up [notional of a step].
 * - scenario and stress gains of a long step: down in the long lane, up in the short lane [the step's notional, value or
 *   largest gain: of a far strike all gains may be below a value unit, and are 0 or a unit then].
 * @throws MarginproofError TOO_MANY_BRACKETS, ENTRY_TOO_LARGE, VALUE_UNIT_TOO_COARSE, INITIAL_BELOW_MAINTENANCE
 */
export function compileLane(
  { market, groupNumbers }: CompileContext,
  i: MarketInstrument,
  side: Side,
  path: Place,
): LaneRow[] {
  const units = new ValueUnits(market, i, path);
  const step = decimal(i.quantityStep);
  const value = multiply(step, decimal(i.markPrice));
  const price = units.price(value);

  const exactGroups = Object.entries(i.scenarioGains ?? {}).map(([name, gains]) => ({
    group: groupNumbers.get(name)!,
    gains: gains.map((gain) => multiply(step, decimal(gainOfLong(gain, side)))),
  }));
  const exactStress = market.stress.map((_, z) => multiply(step, decimal(i.stressGains?.[z] ?? "0")));
  const largest = [...exactGroups.flatMap((g) => g.gains), ...exactStress]
    .map(absolute)
    .reduce(larger, larger(absolute(value), notionalPerStep(i)));
  const roundGain = (gain: Decimal) =>
    side === "long" ? units.down(gain, largest) : units.up(gain, largest);
  const groups = exactGroups
    .map(({ group, gains }) => ({ group, gains: gains.map(roundGain) }))
    .sort((x, y) => x.group - y.group);
  const stress = exactStress.map(roundGain);

  const brackets = i.privateBrackets === undefined ? openBrackets(units, i, side) : secretBrackets(units, i);
  if (brackets.length > MAX_DEEP_BRACKETS) throw tooManyBrackets(brackets.length, side, path);
  const rows = brackets.map((bracket, k): LaneRow => {
    const next = brackets[k + 1]?.lo ?? MAX_QUANTITY + 1n;
    const sigma = side === "long" ? 1n : -1n;
    return { sigma, width: next - bracket.lo - 1n, price, groups, stress, ...bracket };
  });
  for (const [k, row] of rows.entries()) {
    assertEntries(row, path, k === 0);
    assertInitial(row, i, side, path);
  }
  return rows;
}

type BracketColumns = Pick<LaneRow, "lo" | "base" | "slope" | "initialBase" | "initialSlope" | "notional">;

function openBrackets(units: ValueUnits, i: MarketInstrument, side: Side): BracketColumns[] {
  const notional = notionalPerStep(i);
  return laneBrackets(i, side).map(({ from: lo, maintenance, initial }) => {
    const base = (piece: Piece) => units.up(requirementAt(piece, lo), multiply(notional, integer(lo)));
    const slope = (piece: Piece) => units.up(piece.perStep, notional);
    return {
      lo,
      base: base(maintenance),
      slope: slope(maintenance),
      initialBase: base(initial),
      initialSlope: slope(initial),
    };
  });
}

/** What is public of brackets whose rates are secret. */
function secretBrackets(units: ValueUnits, i: MarketInstrument): BracketColumns[] {
  const notional = units.notional(notionalPerStep(i));
  const unknown = { base: 0n, slope: 0n, initialBase: 0n, initialSlope: 0n };
  return privateLows(i).map((lo) => ({ lo, ...unknown, notional }));
}

function tooManyBrackets(count: number, side: Side, path: Place) {
  const problem = `the ${side} side has ${count} brackets after merging its tiers; at most ${MAX_DEEP_BRACKETS} fit`;
  return marketError("TOO_MANY_BRACKETS", path, problem);
}

/** The initial requirement is a line in each bracket, so it covers maintenance where it does at both ends. */
function assertInitial(row: LaneRow, i: MarketInstrument, side: Side, path: Place): void {
  for (const a of [0n, row.width]) {
    if (row.initialBase + row.initialSlope * a >= row.base + row.slope * a) continue;
    const quantity = decimalText(multiply(integer(row.lo + a), decimal(i.quantityStep)));
    throw marketError(
      "INITIAL_BELOW_MAINTENANCE",
      path.at("initial"),
      `${side} ${quantity} requires less initially than for maintenance`,
    );
  }
}

function assertEntries(row: LaneRow, path: Place, first: boolean): void {
  const assertFits = (what: string, x: bigint) => {
    if (x < ENTRY_BOUND && x > -ENTRY_BOUND) return;
    throw marketError("ENTRY_TOO_LARGE", path, `${what} of ${x} value units does not fit in 72 bits`);
  };
  assertFits("price", row.price);
  assertFits("maintenance base", row.base);
  assertFits("maintenance slope", row.slope);
  assertFits("initial base", row.initialBase);
  assertFits("initial slope", row.initialSlope);
  if ((row.notional ?? 0n) >= NOTIONAL_BOUND)
    throw marketError(
      "ENTRY_TOO_LARGE",
      path,
      "the notional of a step is too large for secret rates",
      "secretStep",
    );
  // All rows of a lane have the same gains.
  if (!first) return;
  for (const { gains } of row.groups) for (const gain of gains) assertFits("scenario gain", gain);
  for (const gain of row.stress) assertFits("stress gain", gain);
}
