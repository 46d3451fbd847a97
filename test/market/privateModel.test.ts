import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  assertTableInvariants,
  canonicalMarketDigest,
  compileTable,
  type MarketJson,
  parseMarket,
  parsePrivateModel,
  secretRatesDigest,
} from "../../src/market/index.js";
import { rateSteps } from "../../src/market/privateModel.js";
import { MAX_QUANTITY, NOTIONAL_BOUND } from "../../src/protocol/constants.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import type { Lane, RiskRow, RiskTable } from "../../src/protocol/riskTable.js";
import { tableParts } from "../../src/protocol/tableParts.js";
import { openPrivateMarket, PRIVATE_MODEL, privateMarket } from "../support/privateMarket.js";
import { TINY_MARKET, tinyMarket } from "../support/tinyMarket.js";

const Exact = Decimal.clone({ precision: 120 });
const { market, rules } = privateMarket();

type Instrument = MarketJson["instruments"][number];

describe("a market file with secret rates", () => {
  const edited = (edit: (m: MarketJson, last: Instrument) => unknown): (() => unknown) => {
    const json = structuredClone(openPrivateMarket());
    edit(json, json.instruments.at(-1)!);
    return () => compileTable(parseMarket(JSON.parse(JSON.stringify(json))));
  };

  test.each<[string, (m: MarketJson, last: Instrument) => unknown, RegExp]>([
    ["an open instrument after a secret one", (m) => m.instruments.reverse(), /stands after BTC-PERP/],
    ["no commitments", (m) => delete m.privateRules, /are not committed to/],
    [
      "commitments to nothing",
      (m) => {
        m.instruments = m.instruments.slice(0, 4);
      },
      /no instrument has secret rates/,
    ],
    ["brackets that do not begin at 0", (_, i) => i.privateBrackets!.shift(), /begin at 0 and rise/],
    ["brackets that fall", (_, i) => i.privateBrackets!.splice(1, 2, "50", "5"), /begin at 0 and rise/],
    [
      "a bracket between two steps",
      (_, i) => i.privateBrackets!.splice(1, 1, "5.001"),
      /whole number of steps/,
    ],
    ["a bracket beyond all quantities", (_, i) => i.privateBrackets!.push("99999999999999"), /whole number/],
    [
      "an open requirement beside",
      (_, i) => Object.assign(i, { maintenance: { liquidationFeeRate: "0.1" } }),
      /in place of maintenance/,
    ],
    [
      "an asset",
      (m) => {
        m.instruments[2]!.privateBrackets = ["0"];
      },
      /only derivatives/,
    ],
    [
      "a price that is not a whole number of 100,000 value units a step",
      (_, i) => Object.assign(i, { markPrice: "3003.0001" }),
      /VALUE_UNIT_TOO_COARSE|whole number of 100000 value units/,
    ],
    [
      "a notional too large for any rate",
      (_, i) => Object.assign(i, { quantityStep: "100000000", privateBrackets: ["0"] }),
      /too large for secret rates/,
    ],
    [
      "an option's notional of 0, on which no rate charges anything",
      (_, i) => Object.assign(i, { kind: "option", notionalPrice: "0" }),
      /secret rates charge nothing/,
    ],
    [
      "a price of 0, on which no rate charges anything",
      (_, i) => Object.assign(i, { markPrice: "0" }),
      /secret rates charge nothing/,
    ],
    [
      "steps that could cut a lane",
      (m) => Object.assign(m.privateRules!, { rowsPerStep: 15 }),
      /rowsPerStep/,
    ],
  ])("%s is refused", (_, edit, message) => expect(edited(edit)).toThrow(message));

  test("one bracket makes a flat lane like any other", () => {
    const json = openPrivateMarket();
    json.instruments.at(-1)!.privateBrackets = ["0"];
    const table = compileTable(parseMarket(json));
    expect(table.rows.slice(-2).map(({ flat, notional }) => [flat, notional])).toEqual([
      [true, 3_003_000n],
      [true, 3_003_000n],
    ]);
  });

  test("the digest of a market covers commitments, brackets and step size; without secret rates it is what it was", () => {
    const digests = [
      (m: MarketJson) => m,
      (m: MarketJson) => ({ ...m, privateRules: { ...m.privateRules!, rowsPerStep: 17 } }),
      (m: MarketJson) => ({
        ...m,
        privateRules: { ...m.privateRules!, commitments: [`0x${"0".repeat(63)}1`] },
      }),
      (m: MarketJson) => ({
        ...m,
        instruments: m.instruments.map((i) =>
          i.symbol === "ETH-PERP" ? { ...i, privateBrackets: ["0", "5"] } : i,
        ),
      }),
    ].map((edit) =>
      Buffer.from(canonicalMarketDigest(parseMarket(edit(openPrivateMarket())))).toString("hex"),
    );
    expect(new Set(digests).size).toBe(4);
    expect(secretRatesDigest(tinyMarket)).toBeUndefined();
  });

  test("the rules commitment is the same at other prices, and another for another rate, blinding, bracket or kind", () => {
    const digest = (...parts: Parameters<typeof privateMarket>) =>
      secretRatesDigest(privateMarket(...parts).market);
    const same = digest();
    expect(digest(PRIVATE_MODEL, openPrivateMarket(["1234.5", "77.01"]))).toBe(same);
    const model = (edit: (m: typeof PRIVATE_MODEL) => unknown) => {
      const copy = structuredClone(PRIVATE_MODEL);
      edit(copy);
      return copy;
    };
    const bracket = openPrivateMarket();
    bracket.instruments.at(-1)!.privateBrackets![1] = "6";
    const option = openPrivateMarket();
    Object.assign(option.instruments.at(-1)!, { kind: "option", notionalPrice: "3" });
    const others = [
      digest(PRIVATE_MODEL, option),
      digest(model((m) => (m.instruments[1]!.brackets[5]!.initial = "1.00001"))),
      digest(model((m) => (m.blinding = `0x${"5f".repeat(32)}`))),
      digest(PRIVATE_MODEL, bracket),
    ];
    expect(new Set([same, ...others]).size).toBe(5);
  });
});

describe("the table", () => {
  const open = compileTable(market);

  test("shows nothing of what secret rows require, and keeps its invariants", () => {
    assertTableInvariants(open);
    const secret = open.rows.filter((row) => row.notional !== undefined);
    expect(secret).toHaveLength(18);
    for (const { base, slope, initialBase, initialSlope } of secret)
      expect([base, slope, initialBase, initialSlope]).toEqual([0n, 0n, 0n, 0n]);
    expect(rules.table.digest).toEqual(open.digest);
  });

  const broken = (at: number, change: Partial<RiskRow>): RiskTable => {
    const rows = open.rows.map((row, i) => (i === at ? { ...row, ...change } : row));
    return { ...open, rows };
  };
  test.each<[string, number, Partial<RiskRow>, RegExp]>([
    ["a secret row that states a requirement", 30, { slope: 1n, initialSlope: 1n }, /states a requirement/],
    ["a secret row before an open one", 20, { notional: 5n }, /has no notional|notional is not the same/],
    ["a notional out of range", 43, { notional: NOTIONAL_BOUND }, /no notional in range/],
    ["a notional of one row alone", 43, { notional: 7n }, /notional is not the same/],
  ])("%s breaks an invariant", (_, at, change, message) => {
    expect(() => assertTableInvariants(broken(at, change))).toThrow(message);
  });

  test("with its rates charges every part of a holding at its own rate, exactly", () => {
    const evaluator = new Evaluator(rules.table);
    const of = (symbol: string) => market.instruments.find((i) => i.symbol === symbol)!;
    const charge = (symbol: string, steps: bigint, field: "maintenance" | "initial"): Decimal => {
      const model = PRIVATE_MODEL.instruments.find((i) => i.symbol === symbol)!;
      const size = new Exact(steps.toString()).abs().times(model.quantityStep);
      return model.brackets.reduce((sum, b, k) => {
        const top = Exact.min(size, model.brackets[k + 1]?.from ?? size);
        const part = Exact.max(0, top.minus(b.from));
        return sum.plus(part.times(of(symbol).markPrice).times(b[field]));
      }, new Exact(0));
    };
    const edges = rules.table.rows.flatMap(({ lo }) => [lo - 1n, lo, lo + 1n]).filter((x) => x > 0n);
    const quantity = fc
      .oneof(fc.bigInt(1n, 10_000_000n), fc.constantFrom(...edges, MAX_QUANTITY))
      .chain((q) => fc.constantFrom(q, -q));
    fc.assert(
      fc.property(quantity, quantity, (btc, eth) => {
        const found = evaluator.evaluate(
          new Map([
            ["BTC-PERP", btc],
            ["ETH-PERP", eth],
          ]),
        );
        for (const [field, scale] of [
          ["maintenance", 1],
          ["initial", 10_000],
        ] as const) {
          const exact = charge("BTC-PERP", btc, field).plus(charge("ETH-PERP", eth, field));
          const units = exact.div(market.valueUnit).times(scale);
          expect(units.minus(found[field].toString()).toFixed()).toBe("0");
        }
      }),
      { numRuns: 500 },
    );
  });

  test("parts hold every row once, in order, and cut no lane with secret rates", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 16 }), { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 16 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 16, max: 60 }),
        (openLanes, secretLanes, rows, privateRows) => {
          const table: { rows: RiskRow[]; lanes: Lane[] } = { rows: Array(17).fill({}), lanes: [] };
          const counts = [...openLanes, ...secretLanes];
          counts.forEach((rowCount, l) => {
            table.lanes.push({ rowCount, firstRow: table.rows.length } as Lane);
            const row = l < openLanes.length ? {} : { notional: 1n };
            table.rows.push(...Array(rowCount).fill(row));
          });
          const parts = tableParts(table, rows, privateRows);
          let [at, position] = [0, 0];
          for (const part of parts) {
            expect(part).toMatchObject({ first: at, position, size: part.private ? privateRows : rows });
            expect(part.end - part.first).toBeLessThanOrEqual(part.size);
            expect(part.end).toBeGreaterThan(part.first);
            for (const row of table.rows.slice(part.first, part.end))
              expect(row.notional !== undefined).toBe(part.private);
            if (part.private) {
              const starts = table.lanes.map(({ firstRow }) => firstRow);
              expect([...starts, table.rows.length]).toContain(part.end);
              expect(starts).toContain(part.first);
            }
            at = part.end;
            position += part.size;
          }
          expect(at).toBe(table.rows.length);
        },
      ),
    );
  });
});

describe("a private model", () => {
  const steps = (...list: readonly (readonly [string, string])[]) =>
    rateSteps(
      "X",
      list.map(([maintenance, initial], k) => ({ from: String(k), maintenance, initial })),
    );

  test("becomes what its rates rise by", () => {
    expect(steps(["0.01", "0.02"], ["0.01", "0.025"], ["0.5", "1"])).toEqual([
      { maintenance: 1000n, initial: 2000n },
      { maintenance: 0n, initial: 500n },
      { maintenance: 49_000n, initial: 97_500n },
    ]);
  });

  test.each<[string, readonly (readonly [string, string])[], RegExp]>([
    [
      "a maintenance rate that falls",
      [
        ["0.02", "0.1"],
        ["0.01", "0.1"],
      ],
      /bracket 2: maintenance 0.01 is below/,
    ],
    [
      "an initial rate that falls",
      [
        ["0.01", "0.2"],
        ["0.01", "0.1"],
      ],
      /initial 0.1 is below/,
    ],
    [
      "an initial rate below maintenance",
      [
        ["0.01", "0.02"],
        ["0.05", "0.04"],
      ],
      /below the maintenance rate/,
    ],
    ["a rate too fine", [["0.010001", "0.02"]], /too fine/],
    ["a rate too large", [["0.01", "2.62144"]], /too large/],
  ])("%s is refused", (_, list, message) => expect(() => steps(...list)).toThrow(message));

  test("is read strictly", () => {
    const text = JSON.stringify(PRIVATE_MODEL);
    expect(parsePrivateModel(text)).toEqual(PRIVATE_MODEL);
    for (const bad of [
      text.replace("blinding", "blind"),
      text.replace('"0"', "0"),
      text.replace("0x5e", "5e"),
    ])
      expect(() => parsePrivateModel(bad)).toThrow(expect.objectContaining({ code: "PRIVATE_MODEL_SCHEMA" }));
  });

  test("names instruments, with brackets of decimals, as many as a lane has", () => {
    const bracket = { from: "0", maintenance: "0.01", initial: "0.02" };
    const instrument = { symbol: "X".repeat(64), quantityStep: "1", brackets: [bracket] };
    const read = (...instruments: object[]) =>
      parsePrivateModel(JSON.stringify({ ...PRIVATE_MODEL, instruments }));
    const sixteen = Array.from({ length: 16 }, () => bracket);
    expect(read(instrument).instruments).toEqual([instrument]);
    expect(read({ ...instrument, brackets: sixteen }).instruments[0]!.brackets).toHaveLength(16);
    for (const bad of [
      [],
      [{ ...instrument, symbol: "X".repeat(65) }],
      [{ ...instrument, brackets: [] }],
      [{ ...instrument, brackets: [...sixteen, bracket] }],
      [{ ...instrument, brackets: [{ ...bracket, from: "1e3" }] }],
      [{ ...instrument, quantityStep: "" }],
    ])
      expect(() => read(...bad), JSON.stringify(bad)).toThrow(
        expect.objectContaining({ code: "PRIVATE_MODEL_SCHEMA" }),
      );
  });

  test("is committed to once for each private step, and for no open one", () => {
    expect(rules.commitments).toHaveLength(2);
  });

  const BRACKETS = join(import.meta.dirname, "../../../shared/data/binance-usdm-brackets.csv");
  test.skipIf(!existsSync(BRACKETS))("can hold the brackets of all 349 contracts of the shared data", () => {
    const lines = readFileSync(BRACKETS, "utf8").trim().split("\n").slice(1);
    const contracts = new Map<string, { from: string; maintenance: string; initial: string }[]>();
    for (const line of lines) {
      const [symbol, , from, , maintenance, , leverage] = line.split(",") as [string, ...string[]];
      const initial = new Exact(1).div(leverage!).toDecimalPlaces(5, Decimal.ROUND_UP).toFixed();
      const own = contracts.get(symbol) ?? [];
      contracts.set(symbol, own);
      own.push({ from: from!, maintenance: maintenance!, initial });
    }
    expect(contracts.size).toBe(349);
    for (const [symbol, brackets] of contracts)
      expect(rateSteps(symbol, brackets)).toHaveLength(brackets.length);
  });
});

test("the tiny market without secret rates has no trace of them", () => {
  expect(JSON.stringify(parseMarket(TINY_MARKET))).not.toContain("private");
  expect(compileTable(tinyMarket).rows.some((row) => row.notional !== undefined)).toBe(false);
});
