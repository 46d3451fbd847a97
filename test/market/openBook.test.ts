import { describe, expect, it } from "vitest";
import { compileTable } from "../../src/market/compileTable.js";
import { insuranceChecks, openBook } from "../../src/market/openBook.js";
import { type MarketJson, parseMarket } from "../../src/market/schema.js";
import { instrumentOf, smallMarket } from "./smallMarket.js";

const MARKET = parseMarket(smallMarket());
const TABLE = compileTable(MARKET);

function totals(values: Record<string, [long: bigint, short: bigint]>): bigint[] {
  return TABLE.lanes.map((lane) => values[lane.instrument]?.[lane.side === "long" ? 0 : 1] ?? 0n);
}

describe("openBook", () => {
  it("nets settlement into its asset and compares with the reserves", () => {
    const book = openBook(
      MARKET,
      TABLE,
      totals({
        USDT: [60_000n, 5_000n],
        "USDT-PNL": [1_000_000n, 51_000_000n],
        BTC: [2_001n, 0n],
        "BTC-PERP": [7n, 7n],
      }),
    );
    expect(book.assets).toEqual([
      {
        asset: "USDT",
        gross: "600",
        customerDebt: "50",
        settlement: "-50",
        net: "500",
        fund: "1000",
        needed: "1500",
        reserve: "500",
      },
      {
        asset: "BTC",
        gross: "2.001",
        customerDebt: "0",
        settlement: "0",
        net: "2.001",
        fund: "0",
        needed: "2.001",
        reserve: "2",
      },
    ]);
    const failed = book.checks
      .filter((c) => !c.passed)
      .map((c) => `${c.name} ${c.subject} ${c.left} ${c.right}: ${c.parts}`);
    expect(failed).toEqual([
      "reserves USDT 1500 500: held by customers 600, owed by customers 50, settlement -50, net 500, fund 1000",
      "reserves BTC 2.001 2: held by customers 2.001, owed by customers 0, settlement 0, net 2.001, fund 0",
    ]);
  });

  it("writes totals longer than any figure of a market file", () => {
    const most = 2n ** 80n;
    const json = smallMarket();
    instrumentOf(json, "BTC").quantityStep = "100000000000000000000";
    instrumentOf(json, "BTC").haircut = undefined;
    instrumentOf(json, "BTC").borrowRate = undefined;
    const market = parseMarket({ ...json, valueUnit: "1000000" });
    const step = "100000000000000000000";
    const instruments = TABLE.instruments.map((i) => (i.symbol === "BTC" ? { ...i, quantityStep: step } : i));
    const { assets } = openBook(market, { ...TABLE, instruments }, totals({ BTC: [most, 0n] }));
    expect(assets[1]).toMatchObject({ net: `${most}${"0".repeat(20)}`, needed: `${most}${"0".repeat(20)}` });
  });

  it("asks for balanced open interest", () => {
    const book = openBook(MARKET, TABLE, totals({ CALL: [3n, 2n] }));
    expect(book.checks.find((c) => !c.passed)).toMatchObject({
      name: "open-interest",
      subject: "CALL",
      left: "0.3",
      right: "0.2",
    });
  });

  it("asks for reserves of what is owed, to the last step", () => {
    const reserves = (steps: bigint) =>
      openBook(MARKET, TABLE, totals({ BTC: [steps, 0n] })).checks.find(({ subject }) => subject === "BTC");
    expect(reserves(0n)).toMatchObject({ name: "reserves", passed: true, left: "0", right: "2" });
    expect(reserves(2000n)).toMatchObject({ passed: true, left: "2", right: "2" });
    expect(reserves(2001n)).toMatchObject({ passed: false, left: "2.001", right: "2" });
    // Who owes more than is held makes up for nothing but what is owed.
    const owed = openBook(MARKET, TABLE, totals({ BTC: [1n, 5n], USDT: [0n, 900n] }));
    expect(owed.assets.map(({ net, needed }) => [net, needed])).toEqual([
      ["-9", "1000"],
      ["-0.004", "0"],
    ]);
  });

  it("refuses totals that don't fit the table", () => {
    expect(() => openBook(MARKET, TABLE, [])).toThrow(expect.objectContaining({ code: "LANE_TOTALS" }));
    expect(() => openBook(MARKET, TABLE, totals({ CALL: [-1n, 0n] }))).toThrow(
      expect.objectContaining({ code: "LANE_TOTALS" }),
    );
  });

  it("compares bad debt with the insurance fund", () => {
    const checks = insuranceChecks(MARKET, 1000n * 10n ** 10n, [1000n * 10n ** 10n + 1n]);
    expect(checks.map((c) => [c.subject, c.passed, c.left, c.parts])).toEqual([
      ["now", true, "1000", ""],
      ["crash", false, "1000.0000000001", ""],
    ]);
    const spare = insuranceChecks(MARKET, 0n, [0n, 0n]).map(({ subject }) => subject);
    expect(spare).toEqual(["now", "crash", "stress 1"]);
  });
});

describe("the insurance fund", () => {
  const worth = (insuranceFund: Record<string, string>, change: (m: MarketJson) => void = () => {}) => {
    const json = { ...smallMarket(), insuranceFund };
    change(json);
    return insuranceChecks(parseMarket(json), 0n, [0n]).map(({ right, parts }) => [right, parts]);
  };

  it("is worth the mark price, and under stress the stressed one, exactly", () => {
    expect(worth({ BTC: "2.000000000000000001", USDT: "0.5" })).toEqual([
      [
        "120000.50000000000006",
        "fund 2.000000000000000001 BTC at 60000, counted as 120000.00000000000006; 0.5 USDT",
      ],
      [
        "84000.500000000000042",
        "fund 2.000000000000000001 BTC at 42000, counted as 84000.000000000000042; 0.5 USDT",
      ],
    ]);
    expect(worth({})).toEqual([
      ["0", ""],
      ["0", ""],
    ]);
  });

  it("says what a coin counts for, though it is worth 1", () => {
    const coin = (m: MarketJson) =>
      m.instruments.push({ ...instrumentOf(m, "USDT"), symbol: "USDC", stressGains: ["0"] });
    expect(worth({ USDC: "5", USDT: "2" }, coin)[0]).toEqual([
      ...["7", "fund 5 USDC at 1, counted as 5; 2 USDT"],
    ]);
  });

  it("counts an asset as an account's collateral counts: tier by tier of its value", () => {
    // 1,000,000 in full, 4,000,000 at 0.9, the rest not at all; under stress 4,200,000 in all.
    expect(worth({ BTC: "100" }).map(([total]) => total)).toEqual(["4600000", "3880000"]);
    const flat = (ratio: string) => [{ valueFloor: "0", ratio }];
    const second = (m: MarketJson) =>
      m.instruments.push({ ...instrumentOf(m, "BTC"), symbol: "BTC-2", asset: "BTC", haircut: flat("0.5") });
    expect(worth({ BTC: "1" }, second).map(([total]) => total)).toEqual(["30000", "21000"]);
    const cash = (m: MarketJson) => Object.assign(instrumentOf(m, "USDT"), { haircut: flat("0.25") });
    expect(worth({ USDT: "4" }, cash)[0]).toEqual(["1", "fund 4 USDT at 1, counted as 1"]);
  });
});
