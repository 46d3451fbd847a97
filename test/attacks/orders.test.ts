import { describe, expect, test } from "vitest";
import { compileTable, type MarketJson, openBook, parseMarket } from "../../src/market/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { buildMarket } from "../../src/rules/index.js";
import { expectRefusal } from "../prices/support.js";
import { orderRules } from "../support/orderRules.js";

type Instrument = MarketJson["instruments"][number];

/**
 * What open orders lock is worth 0 and stands in no sum of the book: an instrument of that kind that were worth anything
 * would be a claim, or a debt, that nobody counts.
 */
function refused(field: string, edit: (orders: Instrument, market: MarketJson) => void): void {
  const market = structuredClone(buildMarket(orderRules));
  const orders = market.instruments.find(({ symbol }) => symbol === "ETH-ORDERS")!;
  edit(orders, market);
  expectRefusal(() => parseMarket(market), "MARKET_ORDERS", `).${field}: `);
}

describe("an instrument of kind orders", () => {
  test.each<[string, string, (orders: Instrument, market: MarketJson) => void]>([
    ["a debt to customers that no reserve answers", "markPrice", (i) => void (i.markPrice = "3000")],
    ["customers' debt that covers another's", "markPrice", (i) => void (i.markPrice = "0.01")],
    ["counted at another price", "notionalPrice", (i) => void (i.notionalPrice = "3")],
    ["counted at no price", "notionalPrice", (i) => void delete i.notionalPrice],
    ["customers' positions under their own name", "symbol", (i) => void (i.symbol = "ETH-PERP2")],
    ["customers' coins under their own name", "symbol", (i) => void (i.symbol = "ETH-2")],
    ["another asset's", "asset", (i) => void (i.asset = "BTC")],
    ["gains in scenarios", "scenarioGains", (i) => void (i.scenarioGains = {})],
    ["gains under stress", "stressGains", (i) => void (i.stressGains = ["1"])],
    ["a haircut that takes from maintenance", "maintenance", (i) => void (i.maintenance = i.initial!)],
    ["a contract's leg", "contract", (i) => void (i.contract = "ETH-PERP")],
    [
      "required of one side alone",
      "initial",
      (i) => void (i.initial = { long: { liquidationFeeRate: "1" } }),
    ],
    ["nothing required", "initial", (i) => void delete i.initial],
  ])("%s", (_, field, edit) => {
    refused(field, edit);
  });

  test("locked below 0, by a prover of its own: requires all the same, and is in no balance of the book", () => {
    const market = parseMarket(buildMarket(orderRules));
    const table = compileTable(market);
    const plain = new Evaluator(table).evaluate(new Map([["USDT", 500_000n]]));
    const lying = new Evaluator(table).evaluate(
      new Map([
        ["USDT", 500_000n],
        ["USDT-ORDERS", -120_000n],
      ]),
    );
    expect([lying.equity, lying.maintenance]).toEqual([plain.equity, plain.maintenance]);
    expect(lying.initial).toBeGreaterThan(plain.initial);
    const lanes = table.lanes.map(({ instrument }) => (instrument.endsWith("-ORDERS") ? 1_000_000n : 0n));
    const { checks } = openBook(market, table, lanes);
    expect(checks.map(({ name, subject, left }) => [name, subject, left])).toEqual([
      ["open-interest", "ETH-PERP", "0"],
      ["reserves", "USDT", "1000"],
      ["reserves", "ETH", "0"],
    ]);
  });
});
