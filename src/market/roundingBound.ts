import type { RiskTable } from "../protocol/riskTable.js";
import type { Market } from "./marketFile.js";
import { type RoundedLane, roundedLane } from "./roundedEntries.js";

/** A holding: position of its lane in `RiskTable.lanes`, and its absolute quantity in steps. */
export interface LaneHolding {
  readonly lane: number;
  readonly steps: bigint;
}

/** Largest distance between an account's table values and its exact values. Value units; `initial` in 1/10000. */
export interface RoundingBound {
  /** Equity is exact. */
  readonly equity: 0n;
  /** 0 <= MMR - exact MMR <= this. */
  readonly maintenance: bigint;
  /** 0 <= IMR - exact IMR <= this. */
  readonly initial: bigint;
  /** 0 <= exact stressed equity - stressed equity <= this. */
  readonly stressed: bigint;
}

/**
 * The bound on rounding, as a function of what an account holds. Of |q| = lo + a steps held in a bracket, each of these is
 * off by less than one unit where the market file's figure is no whole number of units, and else exact:
 *
 *     maintenance base + a * slope + |q| * groups
 *     initial     10000 * (base + a * slope) + |q| * the groups' initial factors
 *     stressed    |q|
 *
 * with base and slope 1 where they were rounded, and groups the number of those, and of parts, in which a gain was. Cash has no rate, and
 * adds nothing.
 *
 * @param table compiled from the market
 */
export function roundingBound(
  table: RiskTable,
  market: Market,
): (holdings: Iterable<LaneHolding>) => RoundingBound {
  const lanes = new Map<number, RoundedLane>();
  const laneOf = (lane: number): RoundedLane => {
    const known =
      lanes.get(lane) ?? roundedLane(market, market.instruments[lane >> 1]!, table.lanes[lane]!.side);
    lanes.set(lane, known);
    return known;
  };
  const factors = new Map(
    market.groups.map(({ name }, g) => [
      name,
      BigInt(market.initialFactorBp) + table.groupPlaces[g]!.factorBp,
    ]),
  );
  return (holdings) => {
    let [maintenance, initial, stressed] = [0n, 0n, 0n];
    for (const { lane, steps } of holdings) {
      const rounded = laneOf(lane);
      const { bracket, offset } = placeOf(table, lane, steps);
      const own = rounded.brackets[bracket];
      if (own !== undefined) {
        maintenance += own.base + offset * own.slope;
        initial += 10_000n * (own.initialBase + offset * own.initialSlope);
      }
      for (const group of rounded.groups) {
        maintenance += steps;
        initial += steps * factors.get(group)!;
      }
      stressed += steps * rounded.stress;
    }
    return { equity: 0n, maintenance, initial, stressed };
  };
}

/** The bracket of a lane that a quantity falls into, and how far. */
function placeOf(
  { lanes, rows }: RiskTable,
  lane: number,
  steps: bigint,
): { bracket: number; offset: bigint } {
  const { firstRow, rowCount } = lanes[lane]!;
  let bracket = rowCount - 1;
  while (rows[firstRow + bracket]!.lo > steps) bracket--;
  return { bracket, offset: steps - rows[firstRow + bracket]!.lo };
}
