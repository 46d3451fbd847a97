import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readPortfolios } from "../../src/accounts/index.js";
import {
  canonicalMarketDigest,
  compileTable,
  listedInstruments,
  type MarketJson,
  openBook,
  parseMarket,
} from "../../src/market/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { buildMarket, termsOfRules } from "../../src/rules/index.js";
import { edited, inFolder, refusal, rulesOf } from "./support.js";

const CASH = "- { symbol: USDT, step: 0.000001 }";
const PNL = "- { symbol: USDT-PNL, asset: USDT, step: 0.000001 }";

/** The tiered example with cash in steps of 0.00000001, as exchanges' databases have it. */
const rules = (large = "largeStep: 1"): string =>
  edited(
    edited(rulesOf("tiered"), CASH, `- { symbol: USDT, step: 0.00000001, ${large} }`),
    PNL,
    `- { symbol: USDT-PNL, asset: USDT, step: 0.00000001, ${large} }`,
  );
const market = parseMarket(buildMarket(rules()));

/** Holdings of one account in steps, from the text of an accounts file. */
const holdingsOf = (rows: string): Promise<Record<string, bigint>> =>
  inFolder(async (folder) => {
    const file = join(folder, "accounts.csv");
    writeFileSync(file, `account,instrument,quantity,entry_price\n${rows}`);
    for await (const { holdings } of readPortfolios(file, listedInstruments(market), {
      shuffleKey: new Uint8Array(32),
    }))
      return Object.fromEntries(holdings);
    throw new Error("no account");
  });

describe("holdings of 2^52 steps and more", () => {
  test("are split when they are read, to the last step, and count as one", async () => {
    expect(await holdingsOf("whale,USDT,45035996.27,\n")).toEqual({ USDT: 4_503_599_627_000_000n });
    expect(await holdingsOf("whale,USDT,45035996.28,\n")).toEqual({
      "USDT-LARGE": 45_035_996n,
      USDT: 28_000_000n,
    });
    const debt = await holdingsOf("whale,USDT,-50000000,\nwhale,USDT,-0.00000001,\n");
    expect(debt).toEqual({ "USDT-LARGE": -50_000_000n, USDT: -1n });
    // A row of the large instrument's own adds up.
    expect(await holdingsOf("whale,USDT,50000000,\nwhale,USDT-LARGE,7,\n")).toEqual({
      "USDT-LARGE": 50_000_007n,
    });
    const worth = new Evaluator(compileTable(market)).evaluate(new Map(Object.entries(debt)));
    expect(worth.equity).toBe(-500_000_000_000_000_100n);
  });

  test("and what an entry price books", async () => {
    const held = await holdingsOf("whale,BTC-PERP,1000,60000.12345678\n");
    expect(held).toEqual({
      "BTC-PERP": 1_000_000n,
      "USDT-PNL-LARGE": -60_000_123n,
      "USDT-PNL": -45_678_000n,
    });
  });

  test("are one claim in the open book, whichever instrument holds them", () => {
    const long: Readonly<Record<string, bigint>> = { "USDT-LARGE": 50_000_000n, USDT: 1n };
    const quantities = market.instruments.flatMap(({ symbol }) => [long[symbol] ?? 0n, 0n]);
    expect(openBook(market, compileTable(market), quantities).assets[0]).toMatchObject({
      asset: "USDT",
      gross: "50000000.00000001",
    });
  });

  test("without a large instrument: one message, with the figure to choose", async () => {
    const plain = parseMarket(buildMarket(rules("")));
    await inFolder(async (folder) => {
      const file = join(folder, "accounts.csv");
      writeFileSync(file, "account,instrument,quantity,entry_price\nwhale,USDT,45035996.28,\n");
      const read = async () => {
        for await (const _ of readPortfolios(file, listedInstruments(plain), {
          shuffleKey: new Uint8Array(32),
        }));
      };
      await expect(read()).rejects.toMatchObject({
        code: "ACCOUNT_QUANTITY_TOO_LARGE",
        options: { hint: expect.stringContaining("State largeStep: 0.000001 for USDT") },
      });
    });
  });

  test("are in the terms that a price policy needs, and in the market's digest", () => {
    const terms = termsOfRules(rules()).filter(({ instrument }) => instrument.endsWith("-LARGE"));
    expect(terms).toEqual([
      { instrument: "USDT-LARGE", kind: "asset", asset: "USDT" },
      { instrument: "USDT-PNL-LARGE", kind: "settlement", asset: "USDT" },
    ]);
    const other: MarketJson = structuredClone(market);
    for (const i of other.instruments) if (i.symbol === "USDT-LARGE") delete i.largeOf;
    expect(canonicalMarketDigest(parseMarket(other))).not.toEqual(canonicalMarketDigest(market));
  });
});

describe("a split that would change what is required is no split", () => {
  const change = (symbol: string, fields: object): MarketJson => {
    const json: MarketJson = structuredClone(market);
    Object.assign(json.instruments.find((i) => i.symbol === symbol)!, fields);
    return json;
  };
  test.each<[string, string, object, string]>([
    [
      "a smaller charge on it",
      "USDT-LARGE",
      { haircut: [{ valueFloor: "0", ratio: "1" }] },
      "haircut differs",
    ],
    ["a charge on the other", "USDT", { borrowRate: "0.1" }, "borrowRate differs"],
    [
      "a requirement of its own",
      "USDT-LARGE",
      { maintenance: { liquidationFeeRate: "0" } },
      "maintenance requirement",
    ],
    ["a step that is none", "USDT-LARGE", { quantityStep: "0.000000015" }, "no multiple of 0.00000001"],
    ["the same step", "USDT-LARGE", { quantityStep: "0.00000001" }, "no multiple"],
    ["another kind", "USDT-LARGE", { largeOf: "USDT-PNL" }, "no asset instrument of the same asset"],
    ["another asset", "USDT-LARGE", { largeOf: "BTC" }, "no asset instrument of the same asset"],
    ["what does not exist", "USDT-LARGE", { largeOf: "NONE" }, "no asset instrument of the same asset"],
    ["itself", "USDT-LARGE", { largeOf: "USDT-LARGE" }, "itself the large one"],
    ["a contract", "BTC-PERP", { largeOf: "ETH-PERP" }, "only money is split"],
  ])("%s", (_, symbol, fields, problem) => {
    expect(() => parseMarket(change(symbol, fields))).toThrow(
      expect.objectContaining({ code: "MARKET_LARGE", message: expect.stringContaining(problem) }),
    );
  });

  test("tiers: the part that is left would be charged at the first", () => {
    const tiered = edited(
      rulesOf("tiered"),
      "haircut: coin, borrow: coin }\n  - { symbol: ETH",
      "haircut: coin, largeStep: 1 }\n  - { symbol: ETH",
    );
    expect(refusal(tiered)).toMatchObject({
      code: "MARKET_LARGE",
      message: expect.stringContaining("has tiers"),
    });
  });

  test("two for one", () => {
    const json: MarketJson = structuredClone(market);
    const large = json.instruments.find((i) => i.symbol === "USDT-LARGE")!;
    json.instruments.push({ ...large, symbol: "USDT-HUGE", quantityStep: "1000" });
    expect(() => parseMarket(json)).toThrow(expect.objectContaining({ code: "MARKET_LARGE" }));
  });
});
