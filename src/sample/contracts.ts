/** The invented contracts of the sample exchange. Prices in USDT; no figure is any real exchange's. */

export interface SpotSpec {
  readonly asset: string;
  readonly price: string;
  readonly quantityStep: string;
  /** Values up to this count in full as collateral. */
  readonly fullCollateral: number;
  readonly borrowRate: string;
}

export const SPOT: readonly SpotSpec[] = [
  { asset: "BTC", price: "60000", quantityStep: "0.00001", fullCollateral: 30_000_000, borrowRate: "0.05" },
  { asset: "ETH", price: "3000", quantityStep: "0.0001", fullCollateral: 20_000_000, borrowRate: "0.06" },
  { asset: "SOL", price: "150", quantityStep: "0.001", fullCollateral: 2_000_000, borrowRate: "0.1" },
];

export interface PerpetualSpec {
  readonly symbol: string;
  readonly price: string;
  readonly quantityStep: string;
  /** Digits of a price after the point. */
  readonly priceDigits: number;
  /** Notional, in thousands of USDT, that the bracket floors are multiples of. */
  readonly depth: number;
}

export const PERPETUALS: readonly PerpetualSpec[] = [
  { symbol: "BTC-PERP", price: "60012.5", quantityStep: "0.001", priceDigits: 1, depth: 50 },
  { symbol: "ETH-PERP", price: "3001.25", quantityStep: "0.01", priceDigits: 2, depth: 50 },
  { symbol: "SOL-PERP", price: "150.12", quantityStep: "0.1", priceDigits: 2, depth: 20 },
  { symbol: "XRP-PERP", price: "0.5234", quantityStep: "1", priceDigits: 4, depth: 10 },
  { symbol: "DOGE-PERP", price: "0.12345", quantityStep: "10", priceDigits: 5, depth: 10 },
  { symbol: "BNB-PERP", price: "580.4", quantityStep: "0.01", priceDigits: 2, depth: 10 },
  { symbol: "ADA-PERP", price: "0.4512", quantityStep: "1", priceDigits: 4, depth: 5 },
  { symbol: "LINK-PERP", price: "14.205", quantityStep: "0.1", priceDigits: 3, depth: 5 },
];

/** A risk group: an underlying with its options and its future, if it has one. */
export interface UnderlyingSpec {
  readonly asset: string;
  readonly group: string;
  readonly future?: { readonly symbol: string; readonly price: string; readonly quantityStep: string };
  readonly forward: string;
  readonly volatility: string;
  readonly optionStep: string;
  readonly priceDigits: number;
  readonly expiry: string;
  readonly days: number;
  /** Strikes; calls are marked. */
  readonly options: readonly (readonly [strike: number, right: "C" | "P"])[];
}

export const UNDERLYINGS: readonly UnderlyingSpec[] = [
  {
    asset: "BTC",
    group: "BTC-options",
    future: { symbol: "BTC-25DEC26", price: "60450.5", quantityStep: "0.001" },
    forward: "60450.5",
    volatility: "0.55",
    optionStep: "0.01",
    priceDigits: 2,
    expiry: "25DEC26",
    days: 32,
    options: [
      [50_000, "P"],
      [56_000, "P"],
      [60_000, "C"],
      [66_000, "C"],
      [75_000, "C"],
    ],
  },
  {
    asset: "ETH",
    group: "ETH-options",
    future: { symbol: "ETH-25DEC26", price: "3022.15", quantityStep: "0.01" },
    forward: "3022.15",
    volatility: "0.65",
    optionStep: "0.1",
    priceDigits: 2,
    expiry: "25DEC26",
    days: 32,
    options: [
      [2_400, "P"],
      [2_800, "P"],
      [3_000, "C"],
      [3_300, "C"],
      [3_800, "C"],
    ],
  },
  {
    asset: "SOL",
    group: "SOL-options",
    forward: "150.12",
    volatility: "0.85",
    optionStep: "1",
    priceDigits: 3,
    expiry: "4DEC26",
    days: 11,
    options: [
      [140, "P"],
      [160, "C"],
    ],
  },
];

/** Relative price moves of the 16 scenarios, each with volatility up and down. */
export const PRICE_MOVES = ["-0.16", "-0.12", "-0.08", "-0.04", "0.04", "0.08", "0.12", "0.16"] as const;
export const VOLATILITY_FACTORS = [
  ["vol up", "1.35"],
  ["vol down", "0.75"],
] as const;

export interface StressSpec {
  readonly name: string;
  readonly bitcoinMove: string;
  readonly otherMove: string;
  readonly volatilityFactor: string;
}

export const STRESS: readonly StressSpec[] = [
  { name: "BTC -30%, alts -45%", bitcoinMove: "-0.3", otherMove: "-0.45", volatilityFactor: "1.5" },
  { name: "volatility spike", bitcoinMove: "-0.1", otherMove: "-0.15", volatilityFactor: "2.2" },
];
