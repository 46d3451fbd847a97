import type { RiskTable } from "../protocol/types.js";
import { decimal, floorQuotient, integer, multiply, subtract } from "./decimal.js";
import type { Market } from "./marketFile.js";

/** A holding: position of its lane in `RiskTable.lanes`, and its absolute quantity in steps. */
export interface LaneHolding {
  readonly lane: number;
  readonly steps: bigint;
}

/** Largest distance between an account's table values and its exact values. Value units; `initial` in 1/10000. */
export interface RoundingBound {
  /** |E - exact E|: below exact for longs, above for shorts. 0 when every price is a whole number of units. */
  readonly equity: bigint;
  /** 0 <= MMR - exact MMR <= this; E - MMR is never above its exact value. */
  readonly maintenance: bigint;
  /** 0 <= IMR - exact IMR <= this; E - IMR/10000 is never above its exact value. */
  readonly initial: bigint;
  /** 0 <= exact stressed equity - stressed equity <= this. */
  readonly stressed: bigint;
}

/**
 * The bound on rounding, as a function of what an account holds. With |q| steps held in a lane, h lanes held,
 * d = 1 when the lane's price was rounded and 0 when it is exact, and n = groups the lane is in:
 *
 *     equity      sum |q| * d
 *     maintenance h + sum |q| * (1 + [short] * d + n)
 *     initial     10000 * (h + sum |q| * (1 + [short] * d)) + imfBp * sum |q| * n
 *     stressed    sum |q|
 *
 * Each entry is off by less than one unit a step, a base by less than one unit a lane, and a short's requirement
 * also carries the remainder of its price. `maxRoundingError` limits the same relative to each step's value.
 */
export function roundingBound(
  table: RiskTable,
  market: Market,
): (holdings: Iterable<LaneHolding>) => RoundingBound {
  const unit = decimal(market.valueUnit);
  const inexact = market.instruments.map((i) => {
    const value = multiply(decimal(i.quantityStep), decimal(i.markPrice));
    return subtract(value, multiply(integer(floorQuotient(value, unit)), unit)).coefficient === 0n ? 0n : 1n;
  });
  const perStep = table.lanes.map((lane, l) => {
    const priceOff = inexact[l >> 1]!;
    return {
      equity: priceOff,
      requirement: 1n + (lane.side === "short" ? priceOff : 0n),
      groups: BigInt(table.rows[lane.firstRow]!.groups.length),
    };
  });
  return (holdings) => {
    let [lanes, equity, requirement, groups, stressed] = [0n, 0n, 0n, 0n, 0n];
    for (const { lane, steps } of holdings) {
      if (steps === 0n) continue;
      const rate = perStep[lane]!;
      lanes += 1n;
      equity += steps * rate.equity;
      requirement += steps * rate.requirement;
      groups += steps * rate.groups;
      stressed += steps;
    }
    return {
      equity,
      maintenance: lanes + requirement + groups,
      initial: 10_000n * (lanes + requirement) + table.imfBp * groups,
      stressed,
    };
  };
}
