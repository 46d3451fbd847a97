import type { Standing } from "./bands.js";
import { addGains, Evaluator } from "./evaluate.js";

/** Evaluates a whole book again and again, for the bands alone. */
export class BandEvaluator extends Evaluator {
  /**
   * What decides the band alone, the same figures as `evaluate` gives: for whoever evaluates a whole book again and again.
   * @throws MarginproofError as `evaluate`
   */
  standing(holdings: Iterable<readonly [symbol: string, steps: bigint]>): Standing {
    let equity = 0n;
    let maintenance = 0n;
    let initial = 0n;
    let gains: Map<number, bigint[]> | undefined;
    for (const [symbol, quantity] of holdings) {
      if (quantity === 0n) continue;
      const { row, offset } = this.place(symbol, quantity);
      equity += quantity * row.price;
      maintenance += row.base + row.slope * offset;
      initial += row.initialBase + row.initialSlope * offset;
      if (row.groups.length > 0) addGains((gains ??= new Map()), row, quantity);
    }
    return this.health(equity, maintenance, initial, gains === undefined ? [] : this.groupsOf(gains));
  }
}
