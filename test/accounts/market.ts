import type { ListedInstrument, ListedInstruments } from "../../src/accounts/index.js";

const INSTRUMENTS: readonly ListedInstrument[] = [
  { symbol: "USDT", kind: "asset", quantityStep: "0.01" },
  { symbol: "BTC", kind: "asset", quantityStep: "0.00000001" },
  { symbol: "ETH", kind: "asset", quantityStep: "0.25" },
  { symbol: "PNL", kind: "settlement", quantityStep: "0.0001" },
  ...(["perpetual", "future", "option"] as const).map((kind) => ({
    symbol: `BTC-${kind.toUpperCase()}`,
    kind,
    quantityStep: "0.001",
    settlementSymbol: "PNL",
    settlementStep: "0.0001",
  })),
  { symbol: "BARE-PERP", kind: "perpetual", quantityStep: "1" },
  { symbol: "OPEN-PERP", kind: "perpetual", quantityStep: "1", settlementChoices: ["PNL", "PNL2"] },
];

export const MARKET: ListedInstruments = new Map(INSTRUMENTS.map((rules) => [rules.symbol, rules]));
export const KEY = Buffer.alloc(32, 7);
