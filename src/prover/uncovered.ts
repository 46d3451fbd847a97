import type { Market } from "../market/index.js";
import type { RiskTable } from "../protocol/riskTable.js";
import type { Statement } from "../protocol/statement.js";
import { solvencyOf } from "../verifier/checks/solvency.js";

/** The checks on the open book that this statement will fail: better known before proving than after. */
export function uncoveredWarnings(market: Market, table: RiskTable, statement: Statement): string[] {
  return solvencyOf(market, table, statement)
    .filter(({ passed }) => !passed)
    .map(
      ({ subject, statement: rule, left, right }) =>
        `NOT COVERED: ${subject}: ${rule} fails, ${left} against ${right}`,
    );
}
