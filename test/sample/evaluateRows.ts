import { compare, decimal, floorQuotient, integer, multiply } from "../../src/decimal/decimal.js";
import { compileTable } from "../../src/market/compileTable.js";
import type { Market } from "../../src/market/schema.js";
import { settlementOf } from "../../src/market/settlement.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import type { SampleRow } from "../../src/sample/index.js";

/** Reads a sample the way an exchange's snapshot is read: nets the rows of a pocket, pays -q * entry into the settlement instrument. */
export function evaluateRows(market: Market, samples: Iterable<SampleRow>) {
  const table = compileTable(market);
  const byName = new Map(market.instruments.map((i) => [i.symbol, i]));
  const accounts = new Map<string, Map<string, bigint>>();
  let rows = 0;
  for (const { account, pocket, instrument, quantity, entryPrice } of samples) {
    rows++;
    const id = pocket === "" ? account : `${account} ${pocket}`;
    const holdings = accounts.get(id) ?? new Map<string, bigint>();
    accounts.set(id, holdings);
    const rules = byName.get(instrument)!;
    const add = (symbol: string, amount: ReturnType<typeof decimal>) => {
      const step = decimal(byName.get(symbol)!.quantityStep);
      const steps = floorQuotient(amount, step);
      if (compare(multiply(integer(steps), step), amount) !== 0)
        throw new Error(`${symbol}: not a whole number of steps`);
      holdings.set(symbol, (holdings.get(symbol) ?? 0n) + steps);
    };
    add(instrument, decimal(quantity));
    if (entryPrice === undefined || entryPrice === "settled") continue;
    add(
      settlementOf(market, rules)!,
      multiply(multiply(decimal(quantity), decimal(entryPrice)), integer(-1n)),
    );
  }
  const evaluator = new Evaluator(table);
  const results = [...accounts].map(([account, holdings]) => ({
    account,
    ...evaluator.evaluate(holdings),
  }));
  const laneTotals = table.lanes.map(() => 0n);
  for (const { holdings } of results) {
    for (const { row, offset } of holdings)
      laneTotals[row.laneIndex] = laneTotals[row.laneIndex]! + row.lo + offset;
  }
  return { market, table, accounts, results, laneTotals, rows };
}
