/** Rules whose accounts lock money by open orders: in the quote currency, and in a coin with a haircut. */
export const orderRules = `format: marginproof/rules/1
exchange: Exchange of open orders
epoch: 2026-11-25T20
time: 2026-11-25T20:00:00Z
quote: USDT
valueUnit: 0.0000000001
insuranceFund: 1000
reserves: { USDT: 1000000, ETH: 10 }
underlyings: { ETH: { price: 3000 } }
brackets: { all: [{ from: 0, maintenance: 0.01, initial: 0.02 }] }
haircuts: { coin: [{ from: 0, to: 100000, haircut: 0.05 }, { from: 100000, haircut: 0.1 }] }
models: { cross: { kind: tiered, brackets: all } }
stress: [{ name: ETH -40%, moves: { ETH: -0.4 } }]
assets: [{ symbol: USDT, step: 0.01 }, { symbol: ETH, step: 0.001, haircut: coin }]
settlements: [{ symbol: USDT-PNL, asset: USDT, step: 0.0001 }]
orders: [{ asset: USDT, step: 0.01 }, { asset: ETH, step: 0.001 }]
perpetuals: [{ symbol: ETH-PERP, underlying: ETH, step: 0.01, mark: 3001, model: cross }]
`;
