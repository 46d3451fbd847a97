import { describe, expect, test } from "vitest";
import { readPortfolios } from "../../src/accounts/index.js";
import {
  compileTable,
  insuranceChecks,
  listedInstruments,
  openBook,
  parseMarket,
} from "../../src/market/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { buildMarket } from "../../src/rules/index.js";
import { KEY } from "../accounts/market.js";
import { collect, failure, workspace } from "../accounts/support.js";
import { orderRules } from "../support/orderRules.js";

const { write } = await workspace();
let files = 0;

/** Customers' deposits are 200, and so are the reserves beside a fund of 100. */
const MARKET = parseMarket(
  buildMarket(
    orderRules
      .replace("insuranceFund: 1000", "insuranceFund: 100")
      .replace("reserves: { USDT: 1000000, ETH: 10 }", "reserves: { USDT: 300 }"),
  ),
);

/** What a verdict says of a book whose accounts file says so: the checks that fail, with both sides. */
async function failing(rows: string): Promise<readonly (readonly string[])[]> {
  const path = await write(`entries-${files++}.csv`, `account,instrument,quantity,entry_price\n${rows}`);
  const portfolios = await collect(readPortfolios(path, listedInstruments(MARKET), { shuffleKey: KEY }));
  const table = compileTable(MARKET);
  const evaluator = new Evaluator(table);
  const totals = table.lanes.map(() => 0n);
  let badDebt = 0n;
  for (const { holdings } of portfolios) {
    const { equity } = evaluator.evaluate(holdings);
    if (equity < 0n) badDebt -= equity;
    table.instruments.forEach(({ symbol, longLane, shortLane }) => {
      const steps = holdings.get(symbol) ?? 0n;
      if (steps > 0n) totals[longLane]! += steps;
      else totals[shortLane]! -= steps;
    });
  }
  return [...openBook(MARKET, table, totals).checks, ...insuranceChecks(MARKET, badDebt, [])]
    .filter(({ passed }) => !passed)
    .map(({ name, subject, left, right }) => [name, subject, left, right]);
}

describe("entry prices that the other side of a trade doesn't have", () => {
  const deposits = "a,USDT,100,\nb,USDT,100,\n";

  test("those of a trade move money between its two accounts, and nothing else", async () => {
    expect(await failing(`${deposits}a,ETH-PERP,1,2990\nb,ETH-PERP,-1,2990\n`)).toEqual([]);
  });

  test("a profit out of nothing is owed, and the reserves don't hold it", async () => {
    expect(await failing(`${deposits}a,ETH-PERP,1,30.01\nb,ETH-PERP,-1,3001\n`)).toEqual([
      ["reserves", "USDT", "3270.99", "300"],
    ]);
  });

  test("a loss out of nothing, to owe less, is bad debt, and the fund doesn't hold it", async () => {
    expect(await failing(`${deposits}a,ETH-PERP,1,3001\nb,ETH-PERP,-1,30.01\n`)).toEqual([
      ["insurance", "now", "2870.99", "100"],
    ]);
  });

  test("settled, without a row that says what it was settled at, is the same: owed, or bad debt", async () => {
    expect(await failing(`${deposits}a,ETH-PERP,1,settled\nb,ETH-PERP,-1,3001\n`)).toEqual([
      ["reserves", "USDT", "3301", "300"],
    ]);
    // Of both sides: the long has paid nothing, the short got nothing, and now owes what it is worth.
    expect(await failing(`${deposits}a,ETH-PERP,1,settled\nb,ETH-PERP,-1,settled\n`)).toEqual([
      ["insurance", "now", "2901", "100"],
    ]);
  });

  test("one that no trade is entered at is refused before", async () => {
    for (const entry of ["30", "300101", "-2990", "0", ""])
      expect(await failure(() => failing(`${deposits}a,ETH-PERP,1,${entry}\n`))).toMatchObject({
        code: "ACCOUNTS_BAD_ROWS",
      });
  });
});
