import type { MarketJson } from "../../src/market/schema.js";

export type InstrumentJson = MarketJson["instruments"][number];

/** A market with one of everything; tests change what they need. Fresh data at every call. */
export function smallMarket(): MarketJson {
  return {
    format: "marginproof/market/2",
    exchange: "Test Exchange",
    epoch: "2026-11-23T08",
    time: "2026-11-23T08:00:00Z",
    quote: "USDT",
    valueUnit: "0.0000000001",
    initialFactorBp: 13_000,
    groups: [{ name: "G", scenarios: ["up", "down"] }],
    stress: [{ name: "crash" }],
    insuranceFund: { USDT: "1000.00" },
    reserves: { USDT: "500", BTC: "2" },
    instruments: [
      { symbol: "USDT", kind: "asset", quantityStep: "0.01", markPrice: "1" },
      {
        symbol: "BTC",
        kind: "asset",
        quantityStep: "0.001",
        markPrice: "60000",
        haircut: [
          { valueFloor: "0", ratio: "1" },
          { valueFloor: "1000000", ratio: "0.9" },
          { valueFloor: "5000000", ratio: "0" },
        ],
        borrowRate: "0.05",
        stressGains: ["-18000"],
      },
      { symbol: "USDT-PNL", kind: "settlement", asset: "USDT", quantityStep: "0.000001", markPrice: "1" },
      {
        symbol: "BTC-PERP",
        kind: "perpetual",
        quantityStep: "0.001",
        markPrice: "60007.7",
        maintenance: {
          brackets: [
            { notionalFloor: "0", rate: "0.004" },
            { notionalFloor: "50000", rate: "0.005" },
            { notionalFloor: "600000", rate: "0.0065" },
          ],
        },
        stressGains: ["-18002.31"],
      },
      {
        symbol: "CALL",
        kind: "option",
        quantityStep: "0.1",
        markPrice: "1234.5",
        notionalPrice: "60000",
        maintenance: { short: { brackets: [{ notionalFloor: "0", rate: "0.005" }] } },
        scenarioGains: { G: ["700.25", "-500.5"] },
        stressGains: ["-1100.5"],
      },
    ],
  };
}

export function instrumentOf(market: MarketJson, symbol: string): InstrumentJson {
  return market.instruments.find((i) => i.symbol === symbol)!;
}
