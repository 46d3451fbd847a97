import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type BadRowsError, readPortfolios } from "../../src/accounts/index.js";
import { compileTable, listedInstruments, type MarketJson, parseMarket } from "../../src/market/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { buildMarket } from "../../src/rules/index.js";
import { KEY } from "./market.js";
import { collect, failure, workspace } from "./support.js";

const RULES = `format: marginproof/rules/1
exchange: Exchange of every contract
epoch: 2026-11-25T20
time: 2026-11-25T20:00:00Z
quote: USD
valueUnit: 0.00000000000001
insuranceFund: 1000
reserves: { USD: 1000000, ETH: 10 }
underlyings: { ETH: { price: 3000, volatility: 0.6 } }
brackets: { all: [{ from: 0, maintenance: 0.01 }] }
models: { cross: { kind: tiered, brackets: all } }
assets: [{ symbol: USD, step: 0.01 }, { symbol: ETH, step: 0.001 }]
settlements:
  - { symbol: USD-PNL, asset: USD, step: 0.0001 }
  - { symbol: ETH-PNL, asset: ETH, step: 0.00000001 }
perpetuals:
  - { symbol: LINEAR, underlying: ETH, step: 0.01, mark: 3001, model: cross }
  - { symbol: INVERSE, underlying: ETH, step: 1, contract: 10, settlement: ETH-PNL, model: cross }
futures:
  - { symbol: INV-25DEC26, underlying: ETH, step: 1, contract: 10, mark: 3100, tick: 0.00000001, settlement: ETH-PNL, expiry: 2026-12-25T08:00:00Z, model: cross }
options:
  - { chain: ETH-25DEC26, underlying: ETH, expiry: 2026-12-25T08:00:00Z, step: 0.1, model: cross, strikes: [{ strike: 3000, call: 200, put: 190 }] }
  - { chain: COIN-25DEC26, underlying: ETH, expiry: 2026-12-25T08:00:00Z, step: 0.1, model: cross, settlement: ETH-PNL, strikes: [{ strike: 3000, call: 200, put: 190 }] }
`;
const built = buildMarket(RULES);
const linear = built.instruments.find(({ symbol }) => symbol === "LINEAR")!;
/** Beside what rules say: a contract of 0.01 coins, one of another coin settled in this one, and a quanto contract. */
const json: MarketJson = {
  ...built,
  instruments: [
    ...built.instruments,
    { ...linear, symbol: "LINEAR-SWAP", quantityStep: "1", markPrice: "30.01", multiplier: "0.01" },
    { ...linear, symbol: "SOL-ETH", markPrice: "150", settlement: "ETH-PNL" },
    { ...linear, symbol: "QUANTO", markPrice: "90.03", multiplier: "0.00001", settlement: "ETH-PNL" },
  ],
};
const MARKET = parseMarket(json);
/** Oil below 0, a dead coin's contract at 0, and an inverse contract whose size the file does not state. */
const ODD = parseMarket({
  ...structuredClone(json),
  instruments: [
    ...json.instruments,
    ...["-37.63", "0"].map((markPrice) => ({
      symbol: `AT${markPrice}`,
      kind: "future" as const,
      quantityStep: "1",
      markPrice,
      maintenance: { liquidationFeeRate: markPrice === "0" ? "0" : "0.1" },
    })),
    {
      symbol: "NO-SIZE",
      kind: "perpetual" as const,
      quantityStep: "1",
      markPrice: "-10",
      settlement: "ETH-PNL",
      maintenance: { liquidationFeeRate: "0.1" },
    },
  ],
});

const { write } = await workspace();
let files = 0;
const HEADER = "account,instrument,quantity,entry_price\n";

async function read(rows: string, market = MARKET, header = HEADER, ending = "csv") {
  const path = await write(`entries-${files++}.${ending}`, header + rows);
  const [found] = await collect(readPortfolios(path, listedInstruments(market), { shuffleKey: KEY }));
  return found!.holdings;
}

async function equity(rows: string): Promise<number> {
  const { equity } = new Evaluator(compileTable(MARKET)).evaluate(await read(rows));
  return Number(equity) / 1e14;
}

async function reasons(rows: string, market = MARKET): Promise<string[]> {
  const error = (await failure(() => read(rows, market))) as BadRowsError;
  expect(error.code).toBe("ACCOUNTS_BAD_ROWS");
  return error.badRows.map(({ line, column, reason, hint }) => `${line} ${column}: ${reason}. ${hint}`);
}

/** Of digits and the four operations alone. */
const value = (arithmetic: string): number => Function(`return ${arithmetic}`)() as number;

describe("a position's profit and loss, by hand (docs/market.md)", () => {
  it.each([
    // 250 contracts of 0.01, bought at 2900 and at 3001 now; short ones of another coin, sold at 0.06 of this one.
    ["linear with a multiplier", "a,LINEAR-SWAP,250,2900\n", 252.5],
    ["settled in another coin, short", "a,SOL-ETH,-40,0.06\n", 1200],
    ["quanto", "a,QUANTO,10,2900\n", 30.3],
    // 2.5 coins, bought at 2900, at 3001 now; the same short.
    ["linear", "a,LINEAR,2.5,2900\n", 252.5],
    ["linear, short", "a,LINEAR,-2.5,2900\n", -252.5],
    // 600 contracts of 10: 6000 / 2500 - 6000 / 3000 = 0.4 coins of 3000.
    ["inverse", "a,INVERSE,600,2500\n", 1200],
    ["inverse, short", "a,INVERSE,-600,2500\n", -1200],
    ["inverse, entered above the mark", "a,INVERSE,600,4000\n", -1500],
    // The coins that one contract was entered at, as before: -10 / 2500.
    ["inverse, in coins", "a,INVERSE,600,-0.004\n", 1200],
    // 0.5 calls at 150, now 200.
    ["option", "a,ETH-25DEC26-3000-C,0.5,150\n", 25],
    // Premium in coins: 0.05 * 3000 = 150.
    ["option settled in coin", "a,COIN-25DEC26-3000-C,0.5,0.05\n", 25],
    // Funding received 3.5, fees paid 1.25, a profit of 40 realised and not yet paid out: a row of its own.
    ["funding, fees and realised profit", "a,LINEAR,2.5,2900\na,USD-PNL,42.25,\n", 294.75],
    // What was paid out is cash; interest owed is less cash.
    ["paid out, and interest", "a,USD,1000,\na,USD,-2.5,\n", 997.5],
    // Marked to market daily: the rest of the profit is in cash, and the entry is the last settlement.
    ["settled daily", "a,LINEAR,2.5,3000\na,USD,250,\n", 252.5],
    // No entry: what it cost is in the settlement row.
    ["settled elsewhere", "a,LINEAR,2.5,settled\na,USD-PNL,-7250,\n", 252.5],
  ])("%s", async (_, rows, expected) => {
    expect(await equity(rows)).toBe(expected);
  });

  it("is what the worked examples of the page say, each by its own arithmetic", async () => {
    const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "market.md"), "utf8");
    const table = page.slice(page.indexOf("| what happened | rows |")).split("\n\n")[0]!;
    const examples = table.split("\n").slice(2);
    expect(examples.length).toBeGreaterThan(10);
    for (const example of examples) {
      const [, what, rows, worth] = example.split("|").map((cell) => cell.trim());
      const arithmetic = /^`([\d.+*/() -]+)` = ([\d.]+)$/.exec(worth!)!;
      const lines = [...rows!.matchAll(/`([^`]+)`/g)].map((match) => `${match[1]}\n`);
      expect([what, await equity(lines.join(""))]).toEqual([what, Number(arithmetic[2])]);
      expect([what, value(arithmetic[1]!)]).toEqual([what, expect.closeTo(Number(arithmetic[2]), 9)]);
    }
  });

  it("rounds what is no whole step of coins against the holder, long and short", async () => {
    // 10 / 2999.5 = 0.00333388898149...
    expect((await read("a,INVERSE,1,2999.5\n")).get("ETH-PNL")).toBe(333_388n);
    expect((await read("a,INVERSE,-1,2999.5\n")).get("ETH-PNL")).toBe(-333_389n);
    // Three thirds of 0.01: summed before they are rounded.
    expect((await read("a,INVERSE,3,3000\na,INVERSE,-3,3000\n")).size).toBe(0);
  });

  it("is of the mark, not the index, for an inverse future with a basis", async () => {
    // 6000 / 3100 coins in and out: nothing but the tick of the mark price.
    const value = await equity("a,INV-25DEC26,600,3100\n");
    expect(Math.abs(value)).toBeLessThan(0.0001);
  });
});

describe("what can't be an entry price is refused by its line", () => {
  it("signs and sizes", async () => {
    const rows =
      "a,LINEAR,1,-3000\na,LINEAR,1,300101\na,LINEAR,1,30\na,LINEAR,1,0\na,INVERSE,1,0.0033\na,INVERSE,1,-3000\n" +
      "a,INVERSE,1,300001\na,INVERSE,1,29\na,INVERSE,1,-0.5\na,ETH-25DEC26-3000-C,1,-150\na,COIN-25DEC26-3000-C,1,150\na,LINEAR,1,3e3\na,LINEAR-SWAP,1,0.3\na,SOL-ETH,1,150\na,QUANTO,1,0.03\n";
    const found: string[] = [];
    for (const row of rows.split(/(?<=\n)/)) found.push((await reasons(row))[0]!.split(". ")[0]!);
    expect(found).toEqual([
      '2 entry_price: "-3000" is below 0, and LINEAR is worth 3001',
      '2 entry_price: "300101" is more than 100 times away from LINEAR\'s mark price 3001',
      '2 entry_price: "30" is more than 100 times away from LINEAR\'s mark price 3001',
      "2 entry_price: is 0, which nothing is entered at",
      '2 entry_price: "0.0033" is an amount of coins for INVERSE without its minus',
      '2 entry_price: "-3000" is a price of INVERSE with a minus',
      '2 entry_price: "300001" is more than 100 times away from INVERSE\'s mark price (10 over the coins that one is worth)',
      '2 entry_price: "29" is more than 100 times away from INVERSE\'s mark price (10 over the coins that one is worth)',
      '2 entry_price: "-0.5" is more than 100 times away from INVERSE\'s mark price (10 over the coins that one is worth)',
      '2 entry_price: "-150" is below 0, and ETH-25DEC26-3000-C is an option',
      '2 entry_price: "150" is more than 100 times away from the price 3000 of COIN-25DEC26-3000-C\'s notional over that of its settlement asset, 3000',
      '2 entry_price: "3e3" is not a plain decimal number',
      '2 entry_price: "0.3" is more than 100 times away from LINEAR-SWAP\'s mark price 30.01 over its multiplier 0.01',
      '2 entry_price: "150" is more than 100 times away from SOL-ETH\'s mark price 150 over that of its settlement asset, 3000',
      '2 entry_price: "0.03" is more than 100 times away from QUANTO\'s mark price 90.03 over its multiplier 0.00001 and that of its settlement asset, 3000',
    ]);
    expect(
      (await read("a,LINEAR,1,300100\na,LINEAR,1,30.01\na,INVERSE,1,30\na,INVERSE,1,300000\n")).size,
    ).toBe(4);
  });

  it("none at all, for what is held", async () => {
    expect(await reasons("a,USD,1,\na,LINEAR,1,\na,INVERSE,-1,\na,LINEAR,0,\n")).toEqual([
      expect.stringMatching(/^3 entry_price: is missing, and LINEAR is held\. .* write the word settled\.$/),
      expect.stringMatching(/^4 entry_price: is missing, and INVERSE is held\. /),
    ]);
    const bare = await failure(() => read("a,LINEAR,1\n", MARKET, "account,instrument,quantity\n"));
    expect(bare.message).toContain(":2, column entry_price: is missing, and LINEAR is held");
    const row = { account: "a", instrument: "LINEAR", quantity: "1", entry_price: "" };
    expect((await failure(() => read(JSON.stringify(row), MARKET, "", "ndjson"))).message).toContain(
      "is empty",
    );
    expect(await reasons("a,USD,1,settled\n")).toEqual([expect.stringContaining("is not allowed on USD")]);
  });

  it("knows what passed 0, and an inverse contract of unknown size", async () => {
    for (const entry of ["12.5", "-60", "0"]) {
      const held = await read(`a,AT-37.63,100,${entry}\na,AT0,1,${entry}\n`, ODD);
      expect(held.get("USD-PNL") ?? 0n).toBe(BigInt(-101 * Number(entry) * 10_000));
    }
    expect((await read("a,NO-SIZE,600,-0.004\n", ODD)).get("ETH-PNL")).toBe(240_000_000n);
    expect(
      (await reasons("a,NO-SIZE,1,0.004\na,NO-SIZE,1,2500\n", ODD)).map((line) => line.split(". ")[0]),
    ).toEqual([
      '2 entry_price: "0.004" is an amount of coins for NO-SIZE without its minus',
      '3 entry_price: "2500" is not the coins, with a minus, that one NO-SIZE was entered at',
    ]);
  });

  it("by the factor that the rules state", async () => {
    const rules = RULES.replace("insuranceFund", "entryPriceFactor: 1000\ninsuranceFund");
    const wide = parseMarket(buildMarket(rules));
    expect((await read("a,LINEAR,1,300101\n", wide)).size).toBe(2);
    expect(() => parseMarket({ ...json, entryPriceFactor: "0.5" })).toThrow(
      /entryPriceFactor: must be at least 1/,
    );
  });
});
