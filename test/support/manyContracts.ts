import type { MarketJson } from "../../src/market/index.js";
import { TINY_MARKET } from "./tinyMarket.js";

/** The tiny market with so many perpetuals of so many brackets a side. */
export const manyContracts = (contracts: number, brackets: number): MarketJson => {
  const tiers = (first: number) => ({
    brackets: Array.from({ length: brackets }, (_, k) => ({
      notionalFloor: `${k * 100_000}`,
      rate: `0.0${first + k}`,
    })),
  });
  return {
    ...TINY_MARKET,
    instruments: [
      ...TINY_MARKET.instruments,
      ...Array.from({ length: contracts }, (_, n) => ({
        symbol: `COIN${n}-PERP`,
        kind: "perpetual" as const,
        quantityStep: "0.01",
        markPrice: `${1000 + n}.25`,
        maintenance: tiers(10),
        initial: tiers(50),
        stressGains: ["-300", "500"],
      })),
    ],
  };
};
