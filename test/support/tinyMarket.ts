import { compileTable, type Market, type MarketJson, parseMarket } from "../../src/market/index.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";

/** The smallest market with everything: cash, settlement, a bracketed perpetual, an option in a group, two stresses. */
export const TINY_MARKET: MarketJson = {
  format: "marginproof/market/2",
  exchange: "tiny exchange",
  epoch: "2026-11-23T08",
  time: "2026-11-23T08:00:00Z",
  quote: "USDT",
  valueUnit: "0.0000000001",
  initialFactorBp: 13_000,
  groups: [{ name: "BTC options", scenarios: ["-20%", "-10%", "+10%", "+20%"] }],
  stress: [{ name: "BTC -30%" }, { name: "BTC +50%" }],
  insuranceFund: { USDT: "100000" },
  reserves: { USDT: "10000000", BTC: "100" },
  instruments: [
    { symbol: "USDT", kind: "asset", quantityStep: "0.000001", markPrice: "1" },
    { symbol: "USDT-PNL", kind: "settlement", asset: "USDT", quantityStep: "0.000001", markPrice: "1" },
    {
      symbol: "BTC",
      kind: "asset",
      quantityStep: "0.00001",
      markPrice: "60000",
      haircut: [
        { valueFloor: "0", ratio: "0.95" },
        { valueFloor: "100000", ratio: "0.9" },
      ],
      borrowRate: "0.05",
      stressGains: ["-18000", "30000"],
    },
    {
      symbol: "BTC-PERP",
      kind: "perpetual",
      quantityStep: "0.001",
      markPrice: "60000.5",
      maintenance: {
        brackets: [
          { notionalFloor: "0", rate: "0.004" },
          { notionalFloor: "50000", rate: "0.005" },
          { notionalFloor: "600000", rate: "0.01" },
        ],
      },
      initial: {
        brackets: [
          { notionalFloor: "0", rate: "0.008" },
          { notionalFloor: "50000", rate: "0.01" },
          { notionalFloor: "600000", rate: "0.02" },
        ],
      },
      stressGains: ["-18000.15", "30000.25"],
    },
    {
      symbol: "BTC-60000-C",
      kind: "option",
      quantityStep: "0.01",
      markPrice: "3100.25",
      scenarioGains: { "BTC options": ["-2900.1", "-1900.2", "3300.3", "8800.4"] },
      stressGains: ["-3000", "25000.5"],
    },
  ],
};

export const tinyMarket: Market = parseMarket(TINY_MARKET);
export const tinyTable: RiskTable = compileTable(tinyMarket);
