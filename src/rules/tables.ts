import { compare, decimal, decimalText, subtract } from "../decimal/decimal.js";
import type { Faults } from "../errors.js";
import type { RuleBook, RulePath } from "./readRules.js";

interface Row {
  readonly from: string;
  readonly to?: string | undefined;
}

/**
 * Checks every row of every table of the file, used or not: rows begin at 0 and rise, without overlap or gap, and no rate falls with
 * size.
 * @param faults gets RULES_BRACKETS, RULES_HAIRCUT, RULES_BORROW, RULES_MODEL with the line of the row
 */
export function assertTables(book: RuleBook, faults: Faults): void {
  const { brackets, haircuts, borrow, models } = book.rules;
  for (const [name, rows] of Object.entries(brackets)) {
    const path = ["brackets", name];
    assertRows(book, faults, "RULES_BRACKETS", path, rows, ["maintenance", "initial"]);
    forEachRow(faults, rows, (row, k) => {
      const before = rows[k - 1];
      const at = [...path, k, "initial"];
      if (before !== undefined && (before.initial === undefined) !== (row.initial === undefined))
        throw book.error("RULES_BRACKETS", at, "all rows of a table state an initial rate, or none does");
      if (row.initial !== undefined && less(row.initial, row.maintenance))
        throw book.error(
          "RULES_BRACKETS",
          at,
          `${row.initial} is below the maintenance rate ${row.maintenance}`,
        );
    });
  }
  for (const [name, rows] of Object.entries(haircuts)) {
    const path = ["haircuts", name];
    assertRows(book, faults, "RULES_HAIRCUT", path, rows, ["haircut"]);
    forEachRow(faults, rows, ({ haircut }, k) => {
      if (!less("1", haircut)) return;
      const hint = "1 counts nothing of an asset; a haircut of 5% is 0.05";
      throw book.error(
        "RULES_HAIRCUT",
        [...path, k, "haircut"],
        `a haircut of ${haircut} is above 100%`,
        hint,
      );
    });
  }
  for (const [name, rows] of Object.entries(borrow))
    assertRows(book, faults, "RULES_BORROW", ["borrow", name], rows, ["rate"]);
  for (const [name, model] of Object.entries(models)) {
    for (const field of ["minimum", "shortOptionMinimum", "concentration"] as const) {
      const rows = (model as Partial<Record<typeof field, readonly (Row & { rate: string })[]>>)[field];
      if (rows !== undefined)
        assertRows(book, faults, "RULES_MODEL", ["models", name, field], rows, ["rate"]);
    }
  }
}

function forEachRow<R>(faults: Faults, rows: readonly R[], check: (row: R, k: number) => void): void {
  rows.forEach((row, k) => void faults.attempt(() => check(row, k)));
}

/** 1 - haircut: the share that counts. */
export function collateralRatio(haircut: string): string {
  return decimalText(subtract(decimal("1"), decimal(haircut)));
}

const less = (x: string, y: string): boolean => compare(decimal(x), decimal(y)) < 0;

function assertRows<F extends string>(
  book: RuleBook,
  faults: Faults,
  code: string,
  path: RulePath,
  rows: readonly (Row & { readonly [field in F]?: string | undefined })[],
  fields: readonly F[],
): void {
  forEachRow(faults, rows, (row, k) => {
    const at = [...path, k];
    const before = rows[k - 1];
    const next = rows[k + 1];
    const refuse = (field: string, problem: string, hint?: string) =>
      book.error(code, [...at, field], problem, hint);
    if (before === undefined && row.from !== "0")
      throw refuse("from", `the first row begins at ${row.from}, not at 0`);
    if (before !== undefined && !less(before.from, row.from))
      throw refuse(
        "from",
        `begins at ${row.from}, which is not above ${before.from}, where the row before it begins`,
      );
    if (row.to !== undefined && next === undefined)
      throw refuse(
        "to",
        "the last row has no upper end",
        "what lies beyond is charged at the last rate: leave it out",
      );
    if (row.to !== undefined && next !== undefined && row.to !== next.from) {
      const problem = less(next.from, row.to) ? "overlaps the next row" : "leaves a gap before the next row";
      throw refuse("to", `ends at ${row.to}: ${problem}, which begins at ${next.from}`);
    }
    for (const field of fields) {
      const [rate, last] = [row[field], before?.[field]];
      if (rate === undefined || last === undefined || !less(rate, last)) continue;
      const hint = "a rate that falls with size would reward an account for being larger";
      throw refuse(field, `${field} ${rate} after ${last} decreases`, hint);
    }
  });
}
