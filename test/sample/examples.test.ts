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
      const row = { account: r.account!, pocket: "", instrument: r.instrument!, quantity: r.quantity! };
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
  expect(inQuote).toEqual([
    // account, equity, maintenance, initial, equity under stress
    "alice 20000 750 750 15500",
    "bob 2650 25 50 850",
    "carol 2850 25 50 4650",
    "dave -20 70 70 -5420",
    "erin 6200 70 70 11600",
    "frank 13000 3200 4160 9050",
    "grace 28500 7000 8410 23450",
    "heidi 1900 587 771.5 6400",
    "ivan 50 250 250 -13450",
    "judy 11800 2112 2589 21700",
  ]);
  const badDebt = summary.reduce((sum, r) => (r[1] < 0n ? sum - r[1] : sum), 0n);
  const stressed = summary.reduce((sum, r) => (r[4] < 0n ? sum - r[4] : sum), 0n);
  expect([badDebt, stressed]).toEqual([20n * QUOTE, 18_870n * QUOTE]);
  const checks = [
    ...openBook(market, table, laneTotals).checks,
    ...insuranceChecks(market, badDebt, [stressed]),
  ];
  expect(checks.filter((c) => !c.passed)).toEqual([]);
});
