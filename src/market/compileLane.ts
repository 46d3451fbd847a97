import { ENTRY_BOUND, MAX_BRACKETS, MAX_QUANTITY } from "../protocol/constants.js";
import type { RiskRow } from "../protocol/types.js";
import { type Piece, requirementAt } from "./curve.js";
import {
  add,
  ceilQuotient,
  type Decimal,
  decimal,
  floorQuotient,
  integer,
  multiply,
  subtract,
  ZERO,
} from "./decimal.js";
import { marketError } from "./marketError.js";
import type { Market, MarketInstrument, Side } from "./marketFile.js";
import { laneBrackets } from "./requirement.js";
import { RoundingMeter } from "./rounding.js";

/** A row before it is given its place in the table. */
export type LaneRow = Omit<RiskRow, "key" | "flat" | "laneIndex">;

/** What the lanes of a market share. */
export interface CompileContext {
  readonly market: Market;
  readonly unit: Decimal;
  readonly groupNumbers: ReadonlyMap<string, number>;
}

/**
 * The rows of one side of an instrument, in value units per step, rounded against the account:
 *
 * - price: down. A short then owes up to 1 unit a step less than it should, so its requirements take the
 *   remainder on top: E - MMR and E - IMR are never above their exact values.
 * - requirements: `base` up at the bracket's lowest quantity, `slope` up.
 * - scenario gains of a long step: down in the long lane, up in the short lane.
 * - stress gains: such that `price + gain` is the stressed value of a step, down (long) or up (short).
 *
 * Throws TOO_MANY_BRACKETS, ENTRY_TOO_LARGE, VALUE_UNIT_TOO_COARSE.
 */
export function compileLane(
  context: CompileContext,
  i: MarketInstrument,
  side: Side,
  path: string,
): LaneRow[] {
  const { unit, market } = context;
  const meter = new RoundingMeter(market, i);
  const round = side === "long" ? floorQuotient : ceilQuotient;
  const step = decimal(i.quantityStep);
  const value = multiply(step, decimal(i.markPrice));
  const price = meter.note(floorQuotient(value, unit), value);
  const owed = side === "short" ? subtract(value, multiply(integer(price), unit)) : ZERO;

  const groups = Object.entries(i.scenarioGains ?? {})
    .map(([name, gains]) => ({
      group: context.groupNumbers.get(name)!,
      gains: gains.map((g) => {
        const gain = multiply(step, decimal(g));
        return meter.note(round(gain, unit), gain);
      }),
    }))
    .sort((x, y) => x.group - y.group);
  const stress = market.stress.map((_, z) => {
    const stressed = add(value, multiply(step, decimal(i.stressGains?.[z] ?? "0")));
    return meter.note(round(stressed, unit), stressed) - price;
  });

  const brackets = laneBrackets(i, side);
  if (brackets.length > MAX_BRACKETS) throw tooManyBrackets(brackets.length, side, path);
  const rows = brackets.map((bracket, k): LaneRow => {
    const lo = bracket.from;
    const next = brackets[k + 1]?.from ?? MAX_QUANTITY + 1n;
    const base = (piece: Piece) =>
      ceilQuotient(add(requirementAt(piece, lo), multiply(owed, integer(lo))), unit);
    const slope = (piece: Piece) => meter.note(ceilQuotient(add(piece.perStep, owed), unit), piece.perStep);
    return {
      sigma: side === "long" ? 1n : -1n,
      lo,
      width: next - lo - 1n,
      price,
      base: base(bracket.maintenance),
      slope: slope(bracket.maintenance),
      initialBase: base(bracket.initial),
      initialSlope: slope(bracket.initial),
      groups,
      stress,
    };
  });
  for (const row of rows) assertEntries(row, path);
  meter.assertFine(side, path);
  return rows;
}

function tooManyBrackets(count: number, side: Side, path: string) {
  const hint = "merge neighbouring tiers, or let maintenance and initial share their floors";
  const problem = `the ${side} side has ${count} brackets after merging its tiers; at most ${MAX_BRACKETS} fit`;
  return marketError("TOO_MANY_BRACKETS", path, problem, hint);
}

function assertEntries(row: LaneRow, path: string): void {
  const assertFits = (what: string, x: bigint) => {
    if (x < ENTRY_BOUND && x > -ENTRY_BOUND) return;
    const hint = "use a larger valueUnit or a smaller quantityStep, or drop tiers that no account can reach";
    throw marketError("ENTRY_TOO_LARGE", path, `${what} of ${x} value units does not fit in 72 bits`, hint);
  };
  assertFits("price", row.price);
  assertFits("maintenance base", row.base);
  assertFits("maintenance slope", row.slope);
  assertFits("initial base", row.initialBase);
  assertFits("initial slope", row.initialSlope);
  for (const { gains } of row.groups) for (const gain of gains) assertFits("scenario gain", gain);
  for (const gain of row.stress) assertFits("stress gain", gain);
}
