import { bytesToHex } from "../../field/encoding.js";
import { compileTable } from "../../market/compileTable.js";
import type { Market } from "../../market/schema.js";
import type { RiskTable } from "../../protocol/riskTable.js";
import type { OpenStatement } from "../../protocol/statement.js";
import type { Established } from "./established.js";
import { failure } from "./failure.js";

/**
 * The risk table, compiled here from the market file and keeping its invariants, is the one the statement names.
 * @throws MarginproofError TABLE_DIGEST, TABLE_INSTRUMENTS, and those of `compileTable`
 */
export function checkRiskTable(market: Market, statement: OpenStatement): Established<RiskTable> {
  const table = compileTable(market);
  if (bytesToHex(table.digest) !== bytesToHex(statement.tableDigest)) {
    throw failure("TABLE_DIGEST", "the statement's risk table is not the one this market file compiles to");
  }
  const symbols = table.instruments.map((instrument) => instrument.symbol);
  const places = Math.max(symbols.length, statement.instruments.length);
  for (let i = 0; i < places; i++) {
    const [own, listed] = [symbols[i], statement.instruments[i]];
    if (own === listed) continue;
    const says = `quantities[${i}] is of ${listed ?? "nothing"}, the market's instrument there is ${own ?? "none"}`;
    throw failure("TABLE_INSTRUMENTS", says);
  }
  return {
    value: table,
    detail: `${table.rows.length} rows for ${table.instruments.length} instruments`,
  };
}
