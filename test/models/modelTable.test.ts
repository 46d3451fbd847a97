import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileTable } from "../../src/market/compileTable.js";
import { DELTA_PLUS, deltaPlusTable } from "../../src/models/deltaPlus.js";
import { deribitTable } from "../../src/models/deribit.js";
import { DERIBIT_BTC } from "../../src/models/deribitScenarios.js";
import { hybridTable } from "../../src/models/hybrid.js";
import type { ModelInstrument } from "../../src/models/instrument.js";
import { gainText, modelTable, rateText } from "../../src/models/modelTable.js";
import { OKX_MAJOR, okxTable } from "../../src/models/okx.js";
import { paradexLike, paradexTable } from "../../src/models/paradex.js";
import { ofInstrument, Precise, unnamed } from "../../src/models/precise.js";
import { span16, spanTable } from "../../src/models/span.js";
import { compareEngines } from "../reference/againstTable.js";
import { marketOf, option, perpetual } from "./support.js";

const ANY = unnamed("x");

const SPAN = { priceScan: "0.15", volScan: "0.1", volScanKind: "absolute" } as const;
const LINEAR: ModelInstrument[] = [
  perpetual("BTC", "65000"),
  { ...perpetual("BTC", "66000"), symbol: "BTC-FUT", days: "60" },
  option("BTC", "C", "70000"),
  option("BTC", "P", "60000", { days: "7" }),
  perpetual("ETH", "3000"),
];
const COIN: ModelInstrument[] = [
  { symbol: "BTC-INV", kind: "inverse", underlying: "BTC", mark: "65050", index: "65000" },
  option("BTC", "C", "70000", { index: "65000" }),
];
const CONCENTRATION = [
  { notionalFloor: "0", rate: "0" },
  { notionalFloor: "100000", rate: "0.02" },
];

const MODELS = [
  ["SPAN-16", spanTable(SPAN, LINEAR), LINEAR],
  ["SPAN with a short option minimum", spanTable({ ...SPAN, shortOptionRate: "0.01" }, LINEAR), LINEAR],
  ["Deribit", deribitTable(DERIBIT_BTC, { deltaShockRate: "0.1", extendedShare: "1" }, COIN), COIN],
  ["OKX-like", okxTable(OKX_MAJOR, LINEAR), LINEAR],
  ["Paradex-like", paradexTable(paradexLike(), LINEAR), LINEAR],
  ["delta-plus", deltaPlusTable(DELTA_PLUS, LINEAR), LINEAR],
  [
    "hybrid",
    hybridTable(
      {
        scenarios: span16(SPAN),
        deltaFloorRate: "0.03",
        shortOptionRate: "0.01",
        concentration: CONCENTRATION,
        initialFactorBp: 13_000,
      },
      LINEAR,
    ),
    LINEAR,
  ],
] as const;

describe("tables of the models", () => {
  it.each(MODELS)(
    "%s: a market takes it; the integer table is within its bound of the reference",
    (_, table, instruments) => {
      const market = marketOf(table, instruments);
      const compiled = compileTable(market);
      const steps = fc.bigInt({ min: -5_000_000n, max: 5_000_000n });
      fc.assert(
        fc.property(fc.tuple(...instruments.map(() => steps)), (quantities) => {
          const held = quantities
            .map((q, k) => [instruments[k]!.symbol, q] as const)
            .filter(([, q]) => q !== 0n);
          compareEngines(market, compiled, new Map(held));
        }),
        { numRuns: 40, seed: 15 },
      );
    },
  );

  it.each(MODELS)("%s: every figure is plain text of at most 18 decimals", (_, table) => {
    const texts = [...table.perInstrument.values()].flatMap((f) => [
      f.notional,
      ...Object.values(f.scenarioGains)
        .flat()
        .flatMap((gain) => (typeof gain === "string" ? gain : [gain.long, gain.short])),
    ]);
    for (const text of texts) expect(text).toMatch(/^-?(0|[1-9]\d{0,20})(\.\d{1,18})?$/);
    expect(texts).not.toContain("-0");
  });

  it("rounds a side's own gain down, and writes one number where a short loses what a long gains", () => {
    const third = new Precise(1).div(3);
    const gains = [
      { long: third, short: third.negated() },
      { long: third.negated(), short: new Precise(0) },
      { long: new Precise(-2), short: new Precise(2) },
    ];
    const group = { name: "g", scenarios: ["a", "b", "c"], gains: new Map([["X", gains]]) };
    const table = modelTable([group], [{ symbol: "X", notional: new Precise(1) }], 10_000);
    expect(table.perInstrument.get("X")!.scenarioGains.g).toEqual([
      { long: "0.333333333333333333", short: "-0.333333333333333334" },
      { long: "-0.333333333333333334", short: "0" },
      "-2",
    ]);
  });

  it("rounds gains away from 0 and rates up, off by less than 1e-18", () => {
    expect([gainText(new Precise("1e-19"), ANY), gainText(new Precise("-1e-19"), ANY)]).toEqual([
      "0.000000000000000001",
      "-0.000000000000000001",
    ]);
    expect([rateText(new Precise(1).div(3), ANY), rateText(new Precise(0), ANY)]).toEqual([
      "0.333333333333333334",
      "0",
    ]);
    const any = fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 1, max: 1e9 }));
    fc.assert(
      fc.property(any, ([a, b]) => {
        const exact = new Precise(a).div(b);
        const rounded = new Precise(gainText(exact, ANY));
        expect(rounded.abs().gte(exact.abs()) && rounded.minus(exact).abs().lt("1e-18")).toBe(true);
        const rate = new Precise(rateText(exact.abs(), ANY));
        expect(rate.gte(exact.abs()) && rate.minus(exact.abs()).lt("1e-18")).toBe(true);
      }),
      { numRuns: 500, seed: 16 },
    );
  });

  it("refuses what a market could not take, by name", () => {
    expect(() => gainText(new Precise("1e21"), ofInstrument("BTC", ", scenario a"))).toThrow(
      /BTC, scenario a: .* more than 21 digits/,
    );
    expect(() => rateText(new Precise(-1), ofInstrument("BTC"))).toThrow(/must not be negative/);
    const group = { name: "g", scenarios: ["a", "a"], gains: new Map() };
    expect(() => modelTable([group], [], 10_000)).toThrow(
      expect.objectContaining({ code: "MODEL_DUPLICATE_SCENARIO" }),
    );
    expect(() => modelTable([], [], 9_999)).toThrow(/initial factor of 0\.9999/);
    expect(() => spanTable(SPAN, [LINEAR[0]!, LINEAR[0]!])).toThrow(/two instruments are called BTC-PERP/);
    expect(() => okxTable({ ...OKX_MAJOR, minimum: { tiers: [], shortOptions: [] } }, LINEAR)).toThrow(
      /BTC-PERP: tiers must begin at a notionalFloor of "0"/,
    );
    const empty = {
      scenarios: [],
      deltaFloorRate: "0",
      shortOptionRate: "0",
      concentration: CONCENTRATION,
      initialFactorBp: 10_000,
    };
    expect(() => hybridTable(empty, LINEAR)).toThrow(expect.objectContaining({ code: "MODEL_NO_SCENARIOS" }));
  });
});
