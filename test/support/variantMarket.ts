import { type MarketJson, parseMarket } from "../../src/market/index.js";
import { buildMarket } from "../../src/rules/index.js";

/** Rules with a perpetual of five leverages, a dated future and an option chain's coin; hedge or net. */
export const variantRules = (positionMode: "net" | "hedge", leverage = ", leverage: [1, 5, 20]"): string =>
  `format: marginproof/rules/1
exchange: Two-sided exchange
epoch: 2026-11-25T20
time: 2026-11-25T20:00:00Z
quote: USDT
valueUnit: 0.0000000001
positionMode: ${positionMode}
insuranceFund: 1000
reserves: { USDT: 1000000, ETH: 10 }
underlyings: { ETH: { price: 3000 } }
brackets:
  all:
    - { from: 0, maintenance: 0.01, initial: 0.02 }
    - { from: 90000, maintenance: 0.05, initial: 0.1 }
models: { cross: { kind: tiered, brackets: all } }
stress: [{ name: ETH -40%, moves: { ETH: -0.4 } }]
assets: [{ symbol: USDT, step: 0.01 }, { symbol: ETH, step: 0.001 }]
settlements: [{ symbol: USDT-PNL, asset: USDT, step: 0.0001 }]
perpetuals: [{ symbol: ETH-PERP, underlying: ETH, step: 0.01, mark: 3001, model: cross${leverage} }]
futures: [{ symbol: ETH-25DEC26, underlying: ETH, step: 0.1, mark: 3050, expiry: 2026-12-25T08:00:00Z, model: cross }]
`;

/** Fresh data at every call. */
export const variantMarket = (positionMode: "net" | "hedge", leverage?: string): MarketJson =>
  structuredClone(buildMarket(variantRules(positionMode, leverage)));

export const parsedVariants = (positionMode: "net" | "hedge", leverage?: string) =>
  parseMarket(variantMarket(positionMode, leverage));
