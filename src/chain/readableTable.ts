import type { RiskTable } from "../protocol/riskTable.js";

/** A call of TableColumns reads at least so many rows. */
const ROWS = 4;
/** Gains that a call reads with certainty, some 2,400 gas each: test/contracts/tableColumns.test.ts measures so many. */
export const MOST_GAINS = 4_000;
/** What a risk group of a row costs beside its gains, in gains: an inverse. */
const GROUP_GAINS = 3;

/**
 * Whether a registry can read a table within a transaction's gas. Of one that it can't, nobody can show there that its column hashes are false:
 * such an epoch is not anchored, and a registry's word on one is not taken.
 */
export function isReadable({ rows }: Pick<RiskTable, "rows">): boolean {
  const costs = rows.map(
    ({ groups, stress }) =>
      stress.length + groups.reduce((sum, { gains }) => sum + gains.length + GROUP_GAINS, 0),
  );
  let window = 0;
  return costs.every((cost, i) => {
    window += cost - (costs[i - ROWS] ?? 0);
    return window <= MOST_GAINS;
  });
}
