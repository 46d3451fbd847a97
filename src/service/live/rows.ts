import {
  BadRowCollector,
  compileInstruments,
  type ListedInstruments,
  validateRow,
} from "../../accounts/index.js";
import type { ChangeRow } from "./shard.js";

/** A row of an accounts file as NDJSON has it. */
export type RawRow = Parameters<typeof validateRow>[0];

/**
 * Rows as an accounts file has them, checked as there; positions without an entry price are taken as settled.
 * @throws MarginproofError ACCOUNTS_BAD_ROWS naming every bad row by its place in the list, from 1
 */
export function changeRows(rows: readonly RawRow[], listed: ListedInstruments): ChangeRow[] {
  const market = compileInstruments(listed);
  const bad = new BadRowCollector("rows");
  const good = rows.flatMap((raw, k): ChangeRow[] => {
    const derivative =
      market.bySymbol.get(raw.instrument ?? "")?.derivative ?? market.byContract.has(raw.instrument ?? "");
    const settled = derivative && raw.entry_price === undefined ? { entry_price: "settled" } : {};
    const row = validateRow({ ...raw, ...settled }, k + 1, market, bad);
    if (row === undefined) return [];
    const { account, pocket, instrument, steps, entryPrice, leg } = row;
    return [{ account, pocket, symbol: instrument, steps, entryPrice, leg }];
  });
  if (bad.any) throw bad.toError(false);
  return good;
}
