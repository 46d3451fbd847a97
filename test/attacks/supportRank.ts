import { fromSigned, inverse, mul, sub } from "../../src/field/element.js";

/**
 * The columns without a pivot in the reduction of a sparse matrix over the field: the kernel has one dimension for
 * each. No free column means that only the zero vector is in the kernel.
 *
 * Columns that a row alone determines are taken off first, again and again: in circuits that leaves next to nothing
 * for the elimination proper, which picks the shortest rows first.
 *
 * @param rows per row, column -> nonzero value; changed in place
 */
export function freeColumns(rows: readonly Map<number, bigint>[], columns: ReadonlySet<number>): number[] {
  const rowsOf = new Map<number, Set<number>>();
  rows.forEach((row, r) => {
    for (const column of row.keys()) {
      if (!columns.has(column)) row.delete(column);
      else if (rowsOf.has(column)) rowsOf.get(column)!.add(r);
      else rowsOf.set(column, new Set([r]));
    }
  });
  const open = new Set(columns);
  const live = new Set(rows.keys());
  const bySize: Set<number>[] = [];
  const file = (r: number): void => {
    (bySize[rows[r]!.size] ??= new Set()).add(r);
  };
  const refile = (r: number, change: () => void): void => {
    bySize[rows[r]!.size]?.delete(r);
    change();
    if (live.has(r) && rows[r]!.size > 0) file(r);
  };
  for (const r of live) if (rows[r]!.size > 0) file(r);

  for (let pivotRow = shortest(bySize); pivotRow !== undefined; pivotRow = shortest(bySize)) {
    const pivot = rows[pivotRow]!;
    bySize[pivot.size]!.delete(pivotRow);
    live.delete(pivotRow);
    let column = -1;
    for (const candidate of pivot.keys()) {
      if (column < 0 || rowsOf.get(candidate)!.size < rowsOf.get(column)!.size) column = candidate;
    }
    for (const each of pivot.keys()) rowsOf.get(each)!.delete(pivotRow);
    open.delete(column);
    const scale = inverse(pivot.get(column)!);
    for (const r of [...rowsOf.get(column)!]) {
      refile(r, () => {
        const row = rows[r]!;
        const factor = mul(row.get(column)!, scale);
        for (const [each, value] of pivot) {
          const next = each === column ? 0n : sub(row.get(each) ?? 0n, mul(factor, value));
          if (next === 0n) {
            row.delete(each);
            rowsOf.get(each)!.delete(r);
          } else {
            row.set(each, fromSigned(next));
            rowsOf.get(each)!.add(r);
          }
        }
      });
    }
  }
  return [...open];
}

function shortest(bySize: readonly (Set<number> | undefined)[]): number | undefined {
  for (const rows of bySize) {
    if (rows !== undefined && rows.size > 0) return rows.values().next().value;
  }
  return undefined;
}
