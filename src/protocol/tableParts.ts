import type { Lane, RiskRow, RiskTable } from "./riskTable.js";

/** The rows of one table step: rows `first` to `end` of the table (`end` not included), then padding up to `size`. */
export interface TablePart {
  /** The rows' rates are secret: proved by a private table step. */
  readonly private: boolean;
  readonly first: number;
  readonly end: number;
  readonly size: number;
  /** Place of its first row among the rows of all steps, padding included: no two padding rows of a statement are alike. */
  readonly position: number;
}

/** True for a row whose rates are secret. */
export const isPrivate = (row: Pick<RiskRow, "notional">): boolean => row.notional !== undefined;

/**
 * How a table is cut into steps: public rows in steps of `rows`, then those with secret rates in steps of
 * `privateRows` (at least the brackets of a lane), where no lane is cut: a rate is the sum of the steps of its lane.
 */
export function tableParts(
  table: Pick<RiskTable, "rows" | "lanes">,
  rows: number,
  privateRows: number,
): TablePart[] {
  const parts: TablePart[] = [];
  let position = 0;
  const add = (isSecret: boolean, first: number, end: number, size: number): void => {
    parts.push({ private: isSecret, first, end, size, position });
    position += size;
  };
  const secret = table.lanes.filter((lane) => isPrivate(table.rows[lane.firstRow]!));
  const publicEnd = secret[0]?.firstRow ?? table.rows.length;
  if (rows < 1 && publicEnd > 0) throw new RangeError("a table step has room for no row");
  for (let first = 0; first < publicEnd; first += rows)
    add(false, first, Math.min(first + rows, publicEnd), rows);
  let first = publicEnd;
  secret.forEach((lane, i) => {
    const next: Lane | undefined = secret[i + 1];
    const end = lane.firstRow + lane.rowCount;
    if (lane.rowCount > privateRows) throw new RangeError("a private table step has no room for a lane");
    if (next !== undefined && next.firstRow + next.rowCount - first <= privateRows) return;
    add(true, first, end, privateRows);
    first = end;
  });
  return parts;
}
