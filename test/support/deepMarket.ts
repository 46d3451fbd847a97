import { compileTable, type MarketJson, parseMarket } from "../../src/market/index.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";
import { TINY_MARKET } from "./tinyMarket.js";

/** Rates that rise at 40 notionals: a deep lane. */
const tiers = (first: number) => ({
  brackets: Array.from({ length: 40 }, (_, k) => ({
    notionalFloor: `${k * 10_000}`,
    rate: `0.0${first + k}`,
  })),
});

/** The tiny market with a contract of 40 brackets. */
export const DEEP_MARKET: MarketJson = {
  ...TINY_MARKET,
  instruments: [
    ...TINY_MARKET.instruments,
    {
      symbol: "ETH-PERP",
      kind: "perpetual",
      quantityStep: "0.01",
      markPrice: "4000",
      maintenance: tiers(10),
      initial: tiers(50),
      stressGains: ["-1200", "1500"],
    },
  ],
};

export const deepTable: RiskTable = compileTable(parseMarket(DEEP_MARKET));
