import { MAX_ROWS, MAX_TABLE_GAINS } from "../protocol/constants.js";
import type { RiskRow } from "../protocol/riskTable.js";
import { marketError, type Place } from "./marketError.js";

/**
 * Counts what a table has: a small file can make a large one.
 * @param rows those that every table has
 * @returns gives back the rows of one side of an instrument if there is room for them, and throws MarginproofError
 *   TOO_MANY_ROWS or TOO_MANY_GAINS if not
 */
export function tableSize(rows: number) {
  let gains = 0;
  return <Row extends Pick<RiskRow, "groups" | "stress">>(
    added: readonly Row[],
    path: Place,
  ): readonly Row[] => {
    rows += added.length;
    for (const { groups, stress } of added)
      gains += groups.reduce((sum, group) => sum + group.gains.length, stress.length);
    if (rows > MAX_ROWS) throw noRoom("TOO_MANY_ROWS", "rows", path);
    if (gains > MAX_TABLE_GAINS) throw noRoom("TOO_MANY_GAINS", "gains", path);
    return added;
  };
}

export function noRoom(code: string, what: string, path: Place) {
  return marketError(code, path, `the risk table has no room for more ${what}`);
}
