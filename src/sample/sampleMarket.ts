import type { MarketJson } from "../market/schema.js";
import { optionValue, Precise, yearsOf } from "../models/index.js";
import {
  PERPETUALS,
  type PerpetualSpec,
  PRICE_MOVES,
  SPOT,
  STRESS,
  type StressSpec,
  UNDERLYINGS,
  type UnderlyingSpec,
  VOLATILITY_FACTORS,
} from "./contracts.js";

type InstrumentJson = MarketJson["instruments"][number];

/** The sample exchange before its insurance fund and reserves are known. */
export function sampleMarket(): MarketJson {
  const scenarios = PRICE_MOVES.flatMap((move) =>
    VOLATILITY_FACTORS.map(([name]) => `${move.startsWith("-") ? "" : "+"}${Number(move) * 100}% ${name}`),
  );
  return {
    format: "marginproof/market/2",
    exchange: "Sample Exchange",
    epoch: "2026-11-23T08",
    time: "2026-11-23T08:00:00Z",
    quote: "USDT",
    valueUnit: "0.0000000001",
    maxRoundingError: "0.00001",
    initialFactorBp: 13_000,
    groups: UNDERLYINGS.map((u) => ({ name: u.group, scenarios })),
    stress: STRESS.map(({ name }) => ({ name })),
    insuranceFund: {},
    reserves: {},
    instruments: [
      { symbol: "USDT", kind: "asset", quantityStep: "0.01", markPrice: "1" },
      ...SPOT.map(
        (s): InstrumentJson => ({
          symbol: s.asset,
          kind: "asset",
          quantityStep: s.quantityStep,
          markPrice: s.price,
          haircut: haircut(s.fullCollateral),
          borrowRate: s.borrowRate,
          stressGains: STRESS.map((stress) => moved(s.price, s.asset, stress)),
        }),
      ),
      { symbol: "USDT-PNL", kind: "settlement", asset: "USDT", quantityStep: "0.000001", markPrice: "1" },
      ...PERPETUALS.map(perpetual),
      ...UNDERLYINGS.flatMap(future),
      ...UNDERLYINGS.flatMap(options),
    ],
  };
}

function haircut(full: number) {
  const tiers: [number, string][] = [
    [0, "1"],
    [1, "0.95"],
    [3, "0.85"],
    [8, "0.6"],
    [20, "0.3"],
    [50, "0"],
  ];
  return tiers.map(([multiple, ratio]) => ({ valueFloor: String(multiple * full), ratio }));
}

function moveUnder(asset: string, stress: StressSpec): string {
  return asset === "BTC" ? stress.bitcoinMove : stress.otherMove;
}

/** Change of a price under a stress scenario, per unit of quantity. */
function moved(price: string, asset: string, stress: StressSpec): string {
  return new Precise(price).times(moveUnder(asset, stress)).toFixed();
}

const LADDER: readonly [multiple: number, maintenance: string, initial: string][] = [
  [0, "0.004", "0.008"],
  [1, "0.005", "0.01"],
  [10, "0.0065", "0.0125"],
  [50, "0.01", "0.02"],
  [200, "0.02", "0.04"],
  [1000, "0.05", "0.1"],
  [4000, "0.125", "0.25"],
  [10000, "0.25", "0.5"],
];

function perpetual(p: PerpetualSpec): InstrumentJson {
  const floors = LADDER.map(([multiple]) => String(multiple * p.depth * 1000));
  const asset = p.symbol.slice(0, p.symbol.indexOf("-"));
  return {
    symbol: p.symbol,
    kind: "perpetual",
    quantityStep: p.quantityStep,
    markPrice: p.price,
    maintenance: { brackets: LADDER.map(([, rate], k) => ({ notionalFloor: floors[k]!, rate })) },
    initial: { brackets: LADDER.map(([, , rate], k) => ({ notionalFloor: floors[k]!, rate })) },
    stressGains: STRESS.map((stress) => moved(p.price, asset, stress)),
  };
}

function future(u: UnderlyingSpec): InstrumentJson[] {
  if (u.future === undefined) return [];
  const { price, ...rest } = u.future;
  const gains = PRICE_MOVES.flatMap((move) =>
    VOLATILITY_FACTORS.map(() => new Precise(price).times(move).toFixed()),
  );
  return [
    {
      ...rest,
      kind: "future",
      markPrice: price,
      maintenance: { liquidationFeeRate: "0.0005" },
      scenarioGains: { [u.group]: gains },
      stressGains: STRESS.map((stress) => moved(price, u.asset, stress)),
    },
  ];
}

function options(u: UnderlyingSpec): InstrumentJson[] {
  return u.options.map(([strike, right]) => {
    const terms = { call: right === "C", strike: new Precise(strike), years: yearsOf(new Precise(u.days)) };
    const value = (move: string, factor: string) => {
      const forward = new Precise(u.forward).times(new Precise(1).plus(move));
      const volatility = new Precise(u.volatility).times(factor);
      return optionValue({ ...terms, forward, volatility }).toDecimalPlaces(u.priceDigits);
    };
    const mark = value("0", "1");
    const gain = (move: string, factor: string) => value(move, factor).minus(mark).toFixed();
    return {
      symbol: `${u.asset}-${u.expiry}-${strike}-${right}`,
      kind: "option",
      quantityStep: u.optionStep,
      markPrice: mark.toFixed(),
      // The short-option minimum is a rate on the underlying, not on the premium.
      notionalPrice: u.forward,
      maintenance: { short: { liquidationFeeRate: "0.005" } },
      scenarioGains: { [u.group]: PRICE_MOVES.flatMap((m) => VOLATILITY_FACTORS.map(([, f]) => gain(m, f))) },
      stressGains: STRESS.map((stress) => gain(moveUnder(u.asset, stress), stress.volatilityFactor)),
    };
  });
}
