import { MAX_ROWS, MAX_TABLE_GAINS } from "../protocol/constants.js";
import type { RiskRow } from "../protocol/riskTable.js";
import { marketError, type Place } from "./marketError.js";

/** Counts what a table has: a small file can make a large one. */
export class TableSize {
  #rows: number;
  #gains = 0;

  /** @param rows those that every table has */
  constructor(rows: number) {
    this.#rows = rows;
  }

  /**
   * The rows of one side of an instrument, if there is room for them.
   * @throws MarginproofError TOO_MANY_ROWS, TOO_MANY_GAINS
   */
  take<Row extends Pick<RiskRow, "groups" | "stress">>(rows: readonly Row[], path: Place): readonly Row[] {
    this.#rows += rows.length;
    for (const { groups, stress } of rows)
      this.#gains += groups.reduce((sum, { gains }) => sum + gains.length, stress.length);
    if (this.#rows > MAX_ROWS) throw noRoom("TOO_MANY_ROWS", "rows", path);
    if (this.#gains > MAX_TABLE_GAINS) throw noRoom("TOO_MANY_GAINS", "gains", path);
    return rows;
  }
}

export function noRoom(code: string, what: string, path: Place) {
  return marketError(code, path, `the risk table has no room for more ${what}`);
}
