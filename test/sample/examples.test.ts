import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { expect, it } from "vitest";
import { insuranceChecks, openBook } from "../../src/market/openBook.js";
import { parseMarketText } from "../../src/market/schema.js";
import type { SampleRow } from "../../src/sample/index.js";
import { evaluateRows } from "./evaluateRows.js";

const read = (name: string) => readFileSync(new URL(`../../examples/${name}`, import.meta.url), "utf8");
const QUOTE = 10n ** 10n;

it("the example is a solvent exchange with one account to liquidate and one bankrupt", () => {
  const rows = (parse(read("accounts.csv"), { columns: true }) as Record<string, string>[]).map(
    (r): SampleRow => {
      const row = { account: r.account!, instrument: r.instrument!, quantity: r.quantity! };
      return r.entry_price === "" ? row : { ...row, entryPrice: r.entry_price! };
    },
  );
  const { market, table, results, laneTotals } = evaluateRows(parseMarketText(read("market.json")), rows);
  const summary = results.map(
    (r) => [r.account, r.equity, r.maintenance, r.initial / 10_000n, r.stressed[0]!] as const,
  );
  const inQuote = summary.map(
    ([name, ...values]) => `${name} ${values.map((v) => Number(v) / 1e10).join(" ")}`,
  );
  expect(inQuote).toEqual([]);
  const badDebt = summary.reduce((sum, r) => (r[1] < 0n ? sum - r[1] : sum), 0n);
  const stressed = summary.reduce((sum, r) => (r[4] < 0n ? sum - r[4] : sum), 0n);
  expect([badDebt, stressed]).toEqual([20n * QUOTE, 0n]);
  const checks = [
    ...openBook(market, table, laneTotals).checks,
    ...insuranceChecks(market, badDebt, [stressed]),
  ];
  expect(checks.filter((c) => !c.passed)).toEqual([]);
});
