import { describe, expect, it } from "vitest";
import { type MarketJson, parseMarket } from "../../src/market/index.js";
import { type InstrumentJson, instrumentOf, smallMarket } from "./smallMarket.js";

/** The small market with a large USDT of steps of 1, a large settlement and a second coin, with some fields changed. */
function market(fields: Readonly<Record<string, Partial<InstrumentJson>>>): MarketJson {
  const json = smallMarket();
  json.groups.push({ name: "H", scenarios: ["x"] });
  const [cash, pnl, coin] = ["USDT", "USDT-PNL", "BTC"].map((symbol) => instrumentOf(json, symbol));
  json.instruments.push(
    { ...cash!, symbol: "USDT-L", asset: "USDT", quantityStep: "1", largeOf: "USDT" },
    { ...pnl!, symbol: "USDT-PNL-L", quantityStep: "1", largeOf: "USDT-PNL" },
    { ...coin!, symbol: "BTC-2", asset: "BTC" },
  );
  for (const [symbol, own] of Object.entries(fields)) Object.assign(instrumentOf(json, symbol), own);
  return json;
}
const both = (own: Partial<InstrumentJson>) => ({ USDT: own, "USDT-L": own });
const tiers = (...ratios: string[]) => ratios.map((ratio, k) => ({ valueFloor: `${k}`, ratio }));
const rates = (...list: string[]) => list.map((rate, k) => ({ valueFloor: `${k}`, rate }));
/** A coin's own charges, left out. */
const OWN = { haircut: undefined, borrowRate: undefined };
const charge = { liquidationFeeRate: "0.1" };

describe("where holdings of 2^52 steps and more are held", () => {
  it.each<[string, Parameters<typeof market>[0]]>([
    ["an asset's and a settlement's", {}],
    ["twice as large", { USDT: { quantityStep: "0.5" } }],
    ["at one rate whatever the size", both({ haircut: tiers("0.9"), borrowRate: "0.05" })],
    ["at a rate of one tier", both({ borrowRate: rates("0.05") })],
    ["charged nothing by a rule", both({})],
    [
      "in risk groups, in any order",
      {
        "USDT-PNL": { scenarioGains: { G: ["0", "0"], H: ["0"] } },
        "USDT-PNL-L": { scenarioGains: { H: ["0"], G: ["0", "0"] } },
      },
    ],
    [
      "in risk groups, in any other order",
      {
        "USDT-PNL": { scenarioGains: { H: ["0"], G: ["0", "0"] } },
        "USDT-PNL-L": { scenarioGains: { G: ["0", "0"], H: ["0"] } },
      },
    ],
  ])("is alike but for name and step: %s", (_, fields) => {
    const parsed = parseMarket(market(fields));
    expect(parsed.instruments.filter(({ largeOf }) => largeOf !== undefined)).toHaveLength(2);
  });

  it.each<[string, Parameters<typeof market>[0], string]>([
    [
      "a second large one",
      { "USDT-L": {}, "BTC-2": { largeOf: "USDT" } },
      "(BTC-2).largeOf: another instrument",
    ],
    ["a contract", { "BTC-PERP": { largeOf: "CALL" } }, "(BTC-PERP).largeOf: only money is split"],
    [
      "of a contract",
      { "BTC-2": { largeOf: "BTC-PERP" } },
      "BTC-PERP is no asset instrument of the same asset",
    ],
    ["of nothing listed", { "BTC-2": { largeOf: "ETH" } }, "ETH is no asset instrument of the same asset"],
    [
      "another asset's",
      { "BTC-2": { largeOf: "USDT" }, "USDT-L": { largeOf: "BTC" } },
      "BTC is no asset instrument",
    ],
    [
      "settlement of an asset",
      { "USDT-PNL-L": { largeOf: "USDT" }, "USDT-L": { largeOf: undefined } },
      "USDT is no settlement",
    ],
    ["of itself", { "USDT-L": { largeOf: "USDT-L" } }, "USDT-L is itself the large one of USDT-L"],
    [
      "the same step",
      { "USDT-L": { quantityStep: "0.01" } },
      "its quantity step 0.01 is no multiple of 0.01",
    ],
    ["a smaller step", { "USDT-L": { quantityStep: "0.005" } }, "its quantity step 0.005 is no multiple"],
    [
      "a step between two multiples",
      { "USDT-L": { quantityStep: "0.025" } },
      "its quantity step 0.025 is no multiple",
    ],
    [
      "a haircut of its own",
      { "USDT-L": { haircut: tiers("0.9") } },
      "its haircut differs from that of USDT",
    ],
    ["no haircut", { USDT: { haircut: tiers("0.9") } }, "its haircut differs"],
    [
      "another ratio",
      { USDT: { haircut: tiers("0.9") }, "USDT-L": { haircut: tiers("1") } },
      "its haircut differs",
    ],
    [
      "a borrow rate of its own",
      { "USDT-L": { borrowRate: "0.1" } },
      "its borrowRate differs from that of USDT",
    ],
    ["other risk groups", { "USDT-PNL-L": { scenarioGains: { H: ["0"] } } }, "its scenarioGains differs"],
    [
      "another gain of one side",
      {
        BTC: { ...OWN, scenarioGains: { H: [{ long: "-1", short: "-2" }] } },
        "BTC-2": {
          ...OWN,
          largeOf: "BTC",
          quantityStep: "1",
          scenarioGains: { H: [{ long: "-1", short: "-3" }] },
        },
      },
      "its scenarioGains differs",
    ],
    ["maintenance", { "USDT-L": { maintenance: charge } }, "maintenance requirement of its own"],
    ["maintenance of the other", { USDT: { maintenance: charge } }, "maintenance requirement of its own"],
    ["an initial requirement", { "USDT-L": { initial: charge } }, "initial requirement of its own"],
    ["an initial requirement of the other", { USDT: { initial: charge } }, "initial requirement of its own"],
    ["a haircut in tiers", both({ haircut: tiers("1", "0.9") }), "its haircut or borrow rate has tiers"],
    [
      "a borrow rate in tiers",
      both({ borrowRate: rates("0.1", "0.2") }),
      "its haircut or borrow rate has tiers",
    ],
  ])("has not %s", (_, fields, text) => {
    expect(() => parseMarket(market(fields))).toThrow(
      expect.objectContaining({ code: "MARKET_LARGE", message: expect.stringContaining(text) }),
    );
  });
});
