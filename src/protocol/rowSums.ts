import { add, mul } from "../field/element.js";
import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import { sponge } from "../field/sponge.js";
import type { AccountRecord } from "./accountRecord.js";
import type { RiskTable } from "./riskTable.js";
import { totalsRole, weightsRole } from "./roles.js";
import type { TablePart } from "./tableParts.js";

/** Row positions by key, apart for bracketed and flat lanes. */
export interface RowOfKey {
  readonly bracketed: ReadonlyMap<number, number>;
  readonly flat: ReadonlyMap<number, number>;
}

export function indexRows(table: Pick<RiskTable, "rows">): RowOfKey {
  const bracketed = new Map<number, number>();
  const flat = new Map<number, number>();
  table.rows.forEach((row, index) => {
    (row.flat ? flat : bracketed).set(row.key, index);
  });
  return { bracketed, flat };
}

/** Calls `use(rowIndex, offset)` for every slot of an account, null slots included. */
export function forEachSlot(
  account: AccountRecord,
  rows: RowOfKey,
  use: (rowIndex: number, offset: bigint) => void,
): void {
  for (const slot of account.bracketed) use(rows.bracketed.get(slot.key)!, slot.offset);
  for (const slot of account.flat) use(rows.flat.get(slot.key)!, slot.offset);
}

/** Per row: its multiplicity (how many slots use it) and the sum of their offsets; weighted: each slot times rho^I. */
export class RowSums {
  readonly count: bigint[];
  readonly offsets: bigint[];

  constructor(rows: number) {
    this.count = Array.from({ length: rows }, () => 0n);
    this.offsets = Array.from({ length: rows }, () => 0n);
  }

  /** Adds an account; `weight` is 1 for the totals and rho^I (a field element) for the weighted sums. */
  addAccount(account: AccountRecord, rows: RowOfKey, weight: bigint): void {
    forEachSlot(account, rows, (rowIndex, offset) => {
      this.count[rowIndex] = add(this.count[rowIndex]!, weight);
      this.offsets[rowIndex] = add(this.offsets[rowIndex]!, mul(weight, offset));
    });
  }

  /** The sums of one table step's rows, padding rows with zeros. */
  step({ first, end, size }: TablePart): { count: bigint[]; offsets: bigint[] } {
    const cut = (values: readonly bigint[]): bigint[] =>
      Array.from({ length: size }, (_, i) => (first + i < end ? values[first + i]! : 0n));
    return { count: cut(this.count), offsets: cut(this.offsets) };
  }
}

function rowSumsCommitment(
  hasher: PoseidonHasher,
  role: bigint,
  blinding: bigint,
  sums: { readonly count: readonly bigint[]; readonly offsets: readonly bigint[] },
): bigint {
  return sponge(hasher, role, [blinding, ...sums.count.flatMap((count, i) => [count, sums.offsets[i]!])]);
}

/** Commitment to a table step's plain sums. */
export function totalsCommitment(
  hasher: PoseidonHasher,
  blinding: bigint,
  sums: { readonly count: readonly bigint[]; readonly offsets: readonly bigint[] },
): bigint {
  return rowSumsCommitment(hasher, totalsRole(sums.count.length), blinding, sums);
}

/** Commitment to a table step's weighted sums. */
export function weightsCommitment(
  hasher: PoseidonHasher,
  blinding: bigint,
  sums: { readonly count: readonly bigint[]; readonly offsets: readonly bigint[] },
): bigint {
  return rowSumsCommitment(hasher, weightsRole(sums.count.length), blinding, sums);
}

/** Total quantity per lane, in steps: sum of lo * count + offsets over its rows. */
export function laneQuantities(table: RiskTable, totals: RowSums): bigint[] {
  return table.lanes.map((lane) => {
    let sum = 0n;
    for (let row = lane.firstRow; row < lane.firstRow + lane.rowCount; row++) {
      sum += table.rows[row]!.lo * totals.count[row]! + totals.offsets[row]!;
    }
    return sum;
  });
}
