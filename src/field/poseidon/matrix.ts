import { MarginproofError } from "../../errors.js";
import { inverse, mul, sub } from "../element.js";
import { FIELD_ORDER } from "../order.js";

/** Rows of field elements. */
export type Matrix = readonly (readonly bigint[])[];

/** Sum of a[i] * b[i] mod p over the length of a, reduced once: the reduction costs more than the products. */
export function dot(a: readonly bigint[], b: readonly bigint[]): bigint {
  let sum = 0n;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum % FIELD_ORDER;
}

function transpose(m: Matrix): bigint[][] {
  return m[0]!.map((_, column) => m.map((row) => row[column]!));
}

/** a (n x k) times b (k x m). */
export function matrixProduct(a: Matrix, b: Matrix): bigint[][] {
  const columns = transpose(b);
  return a.map((row) => columns.map((column) => dot(row, column)));
}

/** The inverse of an n x n matrix by Gauss and Jordan. @throws MarginproofError FIELD_DIVISION_BY_ZERO when it is singular */
export function matrixInverse(m: Matrix): bigint[][] {
  const n = m.length;
  const rows = m.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1n : 0n))]);
  for (let column = 0; column < n; column++) {
    const pivot = rows.findIndex((row, i) => i >= column && row[column] !== 0n);
    if (pivot < 0) throw new MarginproofError("FIELD_DIVISION_BY_ZERO", "a singular matrix has no inverse");
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const scale = inverse(rows[column]![column]!);
    const pivotRow = rows[column]!.map((value) => mul(value, scale));
    rows[column] = pivotRow;
    for (let i = 0; i < n; i++) {
      const factor = rows[i]![column]!;
      if (i === column || factor === 0n) continue;
      rows[i] = rows[i]!.map((value, j) => sub(value, mul(factor, pivotRow[j]!)));
    }
  }
  return rows.map((row) => row.slice(n));
}
