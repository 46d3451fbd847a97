import { CHAINS, strikesOf, WEEKS } from "./listing.js";

/** The rules of the example exchange: everything but the options is written out, those are 18 strikes a week and coin. */
export function rulesText(): string {
  const chains = CHAINS.flatMap((chain) =>
    WEEKS.map(({ name, expiry }) => {
      const strikes = strikesOf(chain).map((strike) => `{ strike: ${strike}, call: model, put: model }`);
      return [
        `  - chain: ${chain.coin}-${name}`,
        `    underlying: ${chain.coin}`,
        `    expiry: ${expiry}`,
        "    step: 0.1",
        "    tick: 0.01",
        "    model: scan",
        `    strikes:\n${strikes.map((own) => `      - ${own}`).join("\n")}`,
      ].join("\n");
    }),
  );
  return `${LISTING}\noptions:\n${chains.join("\n")}\n`;
}

const LISTING = `# Made by scripts/exampleExchange.ts: the rules of examples/exchange, described in its README.md.
format: marginproof/rules/1
exchange: Example exchange
epoch: 2026-11-23T08
time: 2026-11-23T08:00:00Z
quote: USDT
valueUnit: 0.0000000001
positionMode: hedge            # long and short of a contract stand beside each other
liquidationFee: 0.0005
insuranceFund: { USDT: 400000 }
reserves: { USDT: 13000000, USDC: 1200000, BTC: 60, ETH: 500 }

underlyings:
  BTC: { price: 60000, volatility: 0.55 }
  ETH: { price: 3000, volatility: 0.65 }
  SOL: { price: 150 }
  USDC: { price: 0.9998, stable: true }

brackets:
  majors:
    - { from: 0, maintenance: 0.004, initial: 0.01 }
    - { from: 250000, maintenance: 0.005, initial: 0.02 }
    - { from: 1000000, maintenance: 0.01, initial: 0.05 }
  alts:
    - { from: 0, maintenance: 0.01, initial: 0.02 }
    - { from: 100000, maintenance: 0.025, initial: 0.05 }
haircuts:
  coin: [{ from: 0, haircut: 0.05 }]
  stable: [{ from: 0, haircut: 0.01 }]
  voucher: [{ from: 0, haircut: 0.2 }]
borrow:
  coin: [{ from: 0, rate: 0.08 }]

models:
  cross: { kind: tiered, brackets: majors }
  small: { kind: tiered, brackets: alts }
  scan:
    kind: span
    priceScan: 0.15
    volScan: 0.1
    volScanKind: absolute
    extremeMultiple: 2
    coveredFraction: 0.33
    lookAheadDays: 1
    initialFactor: 1.25

stress:
  - { name: "crash: BTC -40%, ETH -45%", moves: { BTC: -0.4, ETH: -0.45 }, alts: -0.6, volatility: 0.5 }
  - { name: "rally: BTC +25%, ETH +35%", moves: { BTC: 0.25, ETH: 0.35 }, alts: 0.5 }

assets:
  - { symbol: USDT, step: 0.01 }
  - { symbol: USDT-VOUCHER, asset: USDT, step: 0.01, haircut: voucher }   # trial money: collateral, owed like cash
  - { symbol: USDC, step: 0.01, haircut: stable }
  - { symbol: BTC, step: 0.00001, haircut: coin, borrow: coin }
  - { symbol: ETH, step: 0.0001, haircut: coin, borrow: coin }

settlements:
  - { symbol: USDT-PNL, asset: USDT, step: 0.000001 }
  - { symbol: USDC-PNL, asset: USDC, step: 0.000001 }
  - { symbol: BTC-PNL, asset: BTC, step: 0.00000001 }

orders:                        # what open orders lock: initial requirement alone
  - { asset: USDT, step: 0.01 }
  - { asset: USDC, step: 0.01 }
  - { asset: BTC, step: 0.00001 }
  - { asset: ETH, step: 0.0001 }

perpetuals:
  - { symbol: BTC-PERP, underlying: BTC, step: 0.001, mark: 60010.5, model: cross, leverage: [5, 20], settlement: USDT-PNL }
  - { symbol: ETH-PERP, underlying: ETH, step: 0.01, mark: 3001, model: cross, settlement: USDT-PNL }
  - { symbol: SOL-PERP, underlying: SOL, step: 0.1, mark: 150.2, model: small, settlement: USDT-PNL }
  - { symbol: BTC-USDC-PERP, underlying: BTC, step: 0.001, mark: 60025, model: cross, settlement: USDC-PNL }
  - { symbol: BTC-INV, underlying: BTC, contract: 100, step: 1, tick: 0.00000001, mark: 60005, model: cross, settlement: BTC-PNL }
futures:
  - { symbol: BTC-25DEC26, underlying: BTC, expiry: 2026-12-25T08:00:00Z, step: 0.001, mark: 60450, model: cross, settlement: USDT-PNL }
  - { symbol: ETH-25DEC26, underlying: ETH, expiry: 2026-12-25T08:00:00Z, step: 0.01, mark: 3025, model: cross, settlement: USDT-PNL }
`;
