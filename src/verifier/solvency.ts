import { type AssetBook, type BookCheck, insuranceChecks, type Market, openBook } from "../market/index.js";
import type { Statement } from "../protocol/statement.js";
import type { RiskTable } from "../protocol/types.js";

/** Published quantity per lane, in lane order. */
export function laneTotals(table: RiskTable, statement: Statement): bigint[] {
  const totals = table.lanes.map(() => 0n);
  table.instruments.forEach((instrument, i) => {
    totals[instrument.longLane] = statement.quantities[i]!.long;
    totals[instrument.shortLane] = statement.quantities[i]!.short;
  });
  return totals;
}

/** What a statement says of the book: open interest, reserves, and the insurance fund now and under each stress. */
export function solvencyOf(market: Market, table: RiskTable, statement: Statement): BookCheck[] {
  const stressed = statement.totals.stressBadDebt.slice(0, table.stressNames.length);
  return [
    ...openBook(market, table, laneTotals(table, statement)).checks,
    ...insuranceChecks(market, statement.totals.badDebt, stressed),
  ];
}

/** Per asset, what a statement says that customers hold and owe, and what stands against it. */
export function assetBooks(market: Market, table: RiskTable, statement: Statement): readonly AssetBook[] {
  return openBook(market, table, laneTotals(table, statement)).assets;
}
