import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileTable } from "../../src/market/compileTable.js";
import { type MarketJson, parseMarket } from "../../src/market/schema.js";
import { MAX_QUANTITY } from "../../src/protocol/constants.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";
import { evaluateReference } from "../../src/reference/referenceEngine.js";
import { compareEngines } from "./againstTable.js";
import { randomMarket } from "./randomMarket.js";
import { evaluateWithTable } from "./tableEvaluation.js";

const CASE = fc.tuple(
  fc.integer({ min: 0, max: 1000 }),
  fc.bigInt({ min: 1n, max: MAX_QUANTITY }),
  fc.boolean(),
);

/** Quantities where something could go wrong: around every edge of the lane, tiny, huge, and anything. */
function quantityOf(
  table: RiskTable,
  instrument: number,
  [pick, any, short]: [number, bigint, boolean],
): bigint {
  const { longLane, shortLane } = table.instruments[instrument]!;
  const lane = table.lanes[short ? shortLane : longLane]!;
  const rows = table.rows.slice(lane.firstRow, lane.firstRow + lane.rowCount);
  const choices = [1n, 2n, MAX_QUANTITY, MAX_QUANTITY - 1n, any, any >> 20n, any >> 30n, any >> 40n];
  for (const { lo } of rows) choices.push(lo - 1n, lo, lo + 1n);
  const valid = choices.filter((q) => q >= 1n && q <= MAX_QUANTITY);
  const size = valid[pick % valid.length]!;
  return short ? -size : size;
}

describe("table against the reference engine", () => {
  it("agrees within the stated bound, always against the account", () => {
    fc.assert(
      fc.property(
        randomMarket,
        fc.array(fc.array(fc.tuple(fc.nat(5), CASE), { minLength: 1, maxLength: 6 }), {
          minLength: 8,
          maxLength: 8,
        }),
        (json, portfolios) => {
          const market = parseMarket(json);
          const table = compileTable(market);
          const evaluator = new Evaluator(table);
          for (const portfolio of portfolios) {
            const holdings = new Map<string, bigint>();
            for (const [n, choice] of portfolio) {
              const instrument = n % table.instruments.length;
              holdings.set(table.instruments[instrument]!.symbol, quantityOf(table, instrument, choice));
            }
            compareEngines(market, table, holdings);
            const mine = evaluateWithTable(table, holdings);
            const theirs = evaluator.evaluate(holdings);
            expect([theirs.equity, theirs.maintenance, theirs.initial]).toEqual([
              mine.equity,
              mine.maintenance,
              mine.initial,
            ]);
            expect(theirs.stressed).toEqual(mine.stressed);
          }
        },
      ),
      { numRuns: 500, seed: 20261123 },
    );
  });

  it("is exact when every figure is a whole number of value units", () => {
    const market = parseMarket(WORKED);
    const table = compileTable(market);
    const got = evaluateWithTable(table, new Map([["BTC-PERP", -1_000_000n]]));
    const exact = evaluateReference(market, { "BTC-PERP": "-1000" });
    expect(exact.maintenance.toFixed()).toBe("1068550");
    expect(got.maintenance).toBe(1_068_550n * 10_000_000_000n);
    expect(got.equity).toBe(-60_000_000n * 10_000_000_000n);
  });
});

describe("reference engine on figures worked by hand", () => {
  it("tiered requirement: N * rate - cum", () => {
    const { maintenance, equity } = evaluateReference(parseMarket(WORKED), { "BTC-PERP": "2" });
    expect(equity.toFixed()).toBe("120000");
    expect(maintenance.toFixed()).toBe("550"); // 120000 * 0.005 - 50
  });

  it("haircut, borrow and liquidation fee", () => {
    const market = parseMarket(WORKED);
    // 200,000 of COIN: 100,000 in full, 100,000 at 0.8.
    expect(evaluateReference(market, { COIN: "20000" }).maintenance.toFixed()).toBe("20000");
    expect(evaluateReference(market, { COIN: "-100" }).maintenance.toFixed()).toBe("50");
    expect(evaluateReference(market, { COIN: "-100" }).equity.toFixed()).toBe("-1000");
  });

  it("risk groups: worst scenario of the net gains, factor on the initial requirement", () => {
    const result = evaluateReference(parseMarket(WORKED), { CALL: "3", PUT: "1" });
    // up: 3*50 - 20; down: -3*30 + 45 = -45
    expect(result.worst.get("G")!.toFixed()).toBe("45");
    expect(result.maintenance.toFixed()).toBe("45");
    expect(result.initial.toFixed()).toBe("58.5");
    expect(result.stressed.map(String)).toEqual(["300"]); // 4 contracts at 100 each lose 25 each
  });
});

const WORKED: MarketJson = {
  format: "marginproof/market/2",
  exchange: "Worked",
  epoch: "e",
  time: "2026-01-01T00:00:00Z",
  quote: "USDT",
  valueUnit: "0.0000000001",
  initialFactorBp: 13_000,
  groups: [{ name: "G", scenarios: ["up", "down"] }],
  stress: [{ name: "z" }],
  insuranceFund: {},
  reserves: {},
  instruments: [
    {
      symbol: "BTC-PERP",
      kind: "perpetual",
      quantityStep: "0.001",
      markPrice: "60000",
      maintenance: {
        brackets: [
          { notionalFloor: "0", rate: "0.004" },
          { notionalFloor: "50000", rate: "0.005" },
          { notionalFloor: "600000", rate: "0.0065" },
          { notionalFloor: "3000000", rate: "0.01" },
          { notionalFloor: "12000000", rate: "0.02" },
        ],
      },
      stressGains: ["0"],
    },
    {
      symbol: "COIN",
      kind: "asset",
      quantityStep: "0.01",
      markPrice: "10",
      haircut: [
        { valueFloor: "0", ratio: "1" },
        { valueFloor: "100000", ratio: "0.8" },
      ],
      borrowRate: "0.05",
      stressGains: ["0"],
    },
    ...[
      { symbol: "CALL", gains: ["50", "-30"] },
      { symbol: "PUT", gains: ["-20", "45"] },
    ].map(({ symbol, gains }) => ({
      symbol,
      kind: "option" as const,
      quantityStep: "1",
      markPrice: "100",
      scenarioGains: { G: gains },
      stressGains: ["-25"],
    })),
  ],
};

describe("bands worked by hand", () => {
  const cash = { symbol: "USDT", kind: "asset" as const, quantityStep: "0.01", markPrice: "1" };
  const market = parseMarket({ ...WORKED, instruments: [...WORKED.instruments, cash] });

  // 1,000 BTC short, worth 60,000,000, require 1,068,550, initially the same; the margin call ends at 1,282,260.
  it.each([
    ["58717739.99", "bankrupt", "below 0"],
    ["60000000", "liquidation", "at 0"],
    ["61068549.99", "liquidation", "a cent below the requirement"],
    ["61068550", "marginCall", "at the requirement"],
    ["61282259.99", "marginCall", "a cent below 1.2 times the requirement"],
    ["61282260", "free", "at 1.2 times the requirement"],
  ])("cash of %s: %s (equity %s)", (usdt, band) => {
    expect(evaluateReference(market, { "BTC-PERP": "-1000", USDT: usdt }).band).toBe(band);
  });
});
