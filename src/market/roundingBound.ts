import type { RiskTable } from "../protocol/riskTable.js";
import type { Market } from "./marketFile.js";

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
 * The bound on rounding, as a function of what an account holds. With |q| steps held in a lane, h lanes held, and
 * n = groups and parts of groups the lane is in:
 *
 *     maintenance h + sum |q| * (1 + n)
 *     initial     10000 * (h + sum |q|) + sum |q| * sum of the n groups' initial factors
 *     stressed    sum |q|
 *
 * Prices are exact; every other entry is off by less than one unit a step, a base by less than one unit a lane.
 */
export function roundingBound(
  table: RiskTable,
  { initialFactorBp }: Pick<Market, "initialFactorBp">,
): (holdings: Iterable<LaneHolding>) => RoundingBound {
  return (holdings) => {
    let [lanes, steps, groupSteps, initialGroups] = [0n, 0n, 0n, 0n];
    for (const held of holdings) {
      if (held.steps === 0n) continue;
      lanes += 1n;
      steps += held.steps;
      const row = table.rows[table.lanes[held.lane]!.firstRow]!;
      groupSteps += held.steps * BigInt(row.groups.length);
      for (const { group } of row.groups)
        initialGroups += held.steps * (BigInt(initialFactorBp) + table.groupPlaces[group]!.factorBp);
    }
    return {
      equity: 0n,
      maintenance: lanes + steps + groupSteps,
      initial: 10_000n * (lanes + steps) + initialGroups,
      stressed: steps,
    };
  };
}
