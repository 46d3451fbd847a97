import { MAX_ROWS, MAX_TABLE_GAINS } from "../protocol/constants.js";
import { marketError, type Place } from "./marketError.js";

/**
 * Refuses an instrument that takes the table beyond its rows or gains.
 * @throws MarginproofError TOO_MANY_ROWS, TOO_MANY_GAINS
 */
export function assertTableSize(rows: number, gains: number, path: Place): void {
  if (rows > MAX_ROWS) throw noRoom("TOO_MANY_ROWS", "rows", path);
  if (gains > MAX_TABLE_GAINS) throw noRoom("TOO_MANY_GAINS", "gains", path);
}

export function noRoom(code: string, what: string, path: Place) {
  return marketError(code, path, `the risk table has no room for more ${what}`);
}
