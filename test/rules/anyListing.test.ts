import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileTable, parseMarket } from "../../src/market/index.js";
import { buildMarket } from "../../src/rules/index.js";
import { compareEngines } from "../reference/againstTable.js";

const MODELS: Readonly<Record<string, string>> = {
  span: "{ kind: span, priceScan: 0.15, volScan: 0.1, volScanKind: absolute, initialFactor: 1.25 }",
  deribit: "{ kind: deribit, deltaShockRate: 0.01, extendedShare: 0.2 }",
  okx: "{ kind: okx }",
  paradex: "{ kind: paradex, netRate: 0.02, hedgedRate: 0.01, maintenanceShare: 0.5, provisionRate: 0.001 }",
  "delta-plus": "{ kind: delta-plus, deltaRate: 0.08, gammaMove: 0.08, vegaShift: 0.25 }",
  hybrid:
    "{ kind: hybrid, scenarios: [{ name: down, price: -0.2, volatility: -0.3 }, { name: up, price: 0.2, volatility: 0.4 }], " +
    "deltaFloorRate: 0.02, shortOptionRate: 0.005, concentration: [{ from: 0, rate: 0.001 }] }",
};

/** An options exchange's listing on 26 November 2026 at noon; strikes in percent of the forward. */
interface ListingOf {
  readonly kind: string;
  readonly seconds: number;
  readonly percents: readonly number[];
  readonly volatility: string;
  readonly inCoin: boolean;
}

function rulesOf({ kind, seconds, percents, volatility, inCoin }: ListingOf): string {
  const expiry = new Date(Date.UTC(2026, 10, 26, 12) + seconds * 1000).toISOString().replace(".000", "");
  const strikes = percents.map((p) => `      - { strike: ${600 * p}, call: model, put: model }`);
  return `
format: marginproof/rules/1
exchange: Any listing
epoch: 2026-11-26T12
time: 2026-11-26T12:00:00Z
quote: USDT
valueUnit: 0.0000000001
insuranceFund: 100000
reserves: { USDT: 10000000, BTC: 100 }
underlyings: { BTC: { price: 60000, volatility: ${volatility} } }
models: { risk: ${MODELS[kind]!} }
stress: [{ name: crash, moves: { BTC: -0.3 }, volatility: 0.5 }]
assets: [{ symbol: USDT, step: 0.000001 }, { symbol: BTC, step: 0.00001 }]
settlements: [{ symbol: USDT-PNL, asset: USDT, step: 0.000001 }, { symbol: BTC-PNL, asset: BTC, step: 0.00000001 }]
options:
  - chain: BTC
    underlying: BTC
    expiry: ${expiry}
    step: 0.1
    tick: 0.5
    model: risk
    ${inCoin ? "settlement: BTC-PNL" : ""}
    strikes:
${strikes.join("\n")}
`;
}

const HOUR = 3600;
const YEAR = 365 * 24 * HOUR;
const listings = (kind: string): fc.Arbitrary<ListingOf> =>
  fc.record({
    kind: fc.constant(kind),
    seconds: fc.oneof(fc.integer({ min: HOUR, max: 48 * HOUR }), fc.integer({ min: HOUR, max: 2 * YEAR })),
    percents: fc.uniqueArray(fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.constantFrom(1, 1000)), {
      minLength: 1,
      maxLength: 2,
    }),
    volatility: fc.constantFrom("0.05", "0.3", "0.8", "3"),
    inCoin: fc.boolean(),
  });

const holdingsOf = (symbols: readonly string[]) =>
  fc
    .tuple(...symbols.map(() => fc.integer({ min: -100_000, max: 100_000 })))
    .map(
      (steps) =>
        new Map(
          symbols.flatMap((symbol, k) => (steps[k] === 0 ? [] : [[symbol, BigInt(steps[k]!)] as const])),
        ),
    );

describe("any listing builds, one hour to two years, strikes of 1% to 1000%", () => {
  test.each(Object.keys(MODELS))("%s, and no account is charged less than the exact requirement", (kind) => {
    fc.assert(
      fc.property(listings(kind), fc.gen(), (listing, gen) => {
        const market = parseMarket(buildMarket(rulesOf(listing)));
        const symbols = market.instruments.filter((i) => i.kind === "option").map(({ symbol }) => symbol);
        expect(symbols).toHaveLength(2 * listing.percents.length);
        compareEngines(market, compileTable(market), gen(holdingsOf, symbols));
      }),
      { numRuns: 8 },
    );
  });

  test.each(Object.keys(MODELS))("%s: the farthest strikes an hour before they expire", (kind) => {
    const percents = [1, 50, 100, 200, 1000];
    const market = parseMarket(
      buildMarket(rulesOf({ kind, seconds: HOUR, percents, volatility: "0.5", inCoin: false })),
    );
    const table = compileTable(market);
    for (const i of market.instruments.filter(({ kind: own }) => own === "option"))
      for (const steps of [-1n, 1n]) compareEngines(market, table, new Map([[i.symbol, steps]]));
  });

  test("what expires now, worth nothing in every scenario, requires nothing in so many words", () => {
    const market = buildMarket(
      rulesOf({ kind: "span", seconds: 0, percents: [150], volatility: "0.5", inCoin: false }),
    );
    const call = market.instruments.find(({ symbol }) => symbol === "BTC-90000-C")!;
    expect(call.scenarioGains).toBeUndefined();
    expect(call.maintenance).toEqual({ brackets: [{ notionalFloor: "0", rate: "0" }] });
    const put = market.instruments.find(({ symbol }) => symbol === "BTC-90000-P")!;
    expect(put.maintenance).toBeUndefined();
    expect(Object.keys(put.scenarioGains!)).toEqual(["risk: BTC scan"]);
  });
});
