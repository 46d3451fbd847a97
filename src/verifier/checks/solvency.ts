import { type AssetBook, type BookCheck, insuranceChecks, openBook } from "../../market/openBook.js";
import type { Market } from "../../market/schema.js";
import type { RiskTable } from "../../protocol/riskTable.js";
import type { OpenStatement } from "../../protocol/statement.js";
import { pairs } from "../pairs.js";
import type { CheckList } from "../verdict.js";

/** Published quantity per lane, in lane order. */
export function laneTotals(table: RiskTable, statement: OpenStatement): bigint[] {
  const totals = table.lanes.map(() => 0n);
  for (const [{ longLane, shortLane }, { long, short }] of pairs(table.instruments, statement.quantities)) {
    totals[longLane] = long;
    totals[shortLane] = short;
  }
  return totals;
}

/** What a statement says of the book: open interest, reserves, and the insurance fund now and under each stress. */
export function solvencyOf(market: Market, table: RiskTable, statement: OpenStatement): BookCheck[] {
  const stressed = statement.totals.stressBadDebt.slice(0, table.stressNames.length);
  return [
    ...openBook(market, table, laneTotals(table, statement)).checks,
    ...insuranceChecks(market, statement.totals.badDebt, stressed),
  ];
}

/** Per asset, what a statement says that customers hold and owe, and what stands against it. */
export function assetBooks(market: Market, table: RiskTable, statement: OpenStatement): readonly AssetBook[] {
  return openBook(market, table, laneTotals(table, statement)).assets;
}

/** Books what a proved statement says of the book. @returns whether all of it is covered */
export function checkSolvency(
  list: CheckList,
  statement: OpenStatement,
  market: Market,
  table: RiskTable,
): boolean {
  for (const check of solvencyOf(market, table, statement)) {
    const { name, subject, passed, left, right, parts } = check;
    const figures =
      name === "open-interest"
        ? `long ${left}, short ${right}`
        : name === "position-side"
          ? `${left} of the wrong side`
          : `${left} ${passed ? "against" : "exceeds"} ${right}`;
    const detail = parts === "" ? figures : `${figures}: ${parts}`;
    // A scenario's name is the exchange's: it must not read as anything else that is checked.
    const title = name === "stress-insurance" ? `under stress "${subject}"` : subject;
    list.add("solvency", `${name}:${subject}`, `${title}: ${check.statement}`, passed, detail);
  }
  return list.all("solvency");
}
