import { describe, expect, it } from "vitest";
import { compileTable, listedInstruments, type MarketJson, parseMarket } from "../../src/market/index.js";
import { rowOf, stepsOf } from "../../src/market/locate.js";
import { DEEP_KEYS, DEEP_MARK, FLAT_MARK, MAX_QUANTITY, MAX_ROWS } from "../../src/protocol/constants.js";
import { lookupValue } from "../../src/protocol/fold.js";
import type { RiskRow, RiskTable } from "../../src/protocol/riskTable.js";
import { instrumentOf, smallMarket } from "./smallMarket.js";

const compile = (change: (m: MarketJson) => void = () => {}) => {
  const json = smallMarket();
  change(json);
  return compileTable(parseMarket(json));
};
const rowsOf = (table: ReturnType<typeof compile>, symbol: string, side: "long" | "short") => {
  const lane = table.lanes.find((l) => l.instrument === symbol && l.side === side)!;
  return table.rows.slice(lane.firstRow, lane.firstRow + lane.rowCount);
};

/** So many brackets, each rate above the one before. */
const manyTiers = (count: number) =>
  tiers(...Array.from({ length: count }, (_, k): [string, string] => [`${k * 100_000}`, `0.${100 + k}`]));

const tiers = (...brackets: [string, string][]) => ({
  brackets: brackets.map(([notionalFloor, rate]) => ({ notionalFloor, rate })),
});

describe("compileTable", () => {
  it("says where an initial requirement is below maintenance: side and quantity", () => {
    const low = (m: MarketJson) => void (instrumentOf(m, "BTC-PERP").initial = tiers(["0", "0.006"]));
    expect(() => compile(low)).toThrow(
      /^market file, instruments\[3\] \(BTC-PERP\)\.initial: long 4503599627370\.495 requires less initially/,
    );
    const oneSided = (m: MarketJson) =>
      void (instrumentOf(m, "CALL").initial = { long: tiers(["0", "0.05"]) });
    expect(() => compile(oneSided)).toThrow(/\(CALL\)\.initial: short /);
  });

  it("takes initial rates below maintenance rates where the sum still covers it", () => {
    const rows = rowsOf(
      compile((m) => void (instrumentOf(m, "BTC-PERP").initial = tiers(["0", "0.0062"], ["700000", "0.01"]))),
      "BTC-PERP",
      "long",
    );
    // From 600,000 to 700,000 maintenance grows by 0.0065, the initial requirement by 0.0062, from 3,720 against 2,950.
    expect(rows.some((r) => r.initialSlope < r.slope)).toBe(true);
  });

  it("begins with the null rows and numbers lanes in market order, long before short", () => {
    const table = compile();
    expect(table.rows.slice(0, 17).map((r) => r.key)).toEqual([
      0,
      ...Array.from({ length: 16 }, (_, i) => 16 * i),
    ]);
    expect(table.lanes.map((l) => `${l.instrument} ${l.side} ${l.flat ? "flat" : l.rowCount}`)).toEqual([
      "USDT long flat",
      "USDT short flat",
      "BTC long 3",
      "BTC short flat",
      "USDT-PNL long flat",
      "USDT-PNL short flat",
      "BTC-PERP long 3",
      "BTC-PERP short 3",
      "CALL long flat",
      "CALL short flat",
    ]);
    const keys = table.lanes.map((l) => table.rows[l.firstRow]!.key);
    expect(keys).toEqual([1, 2, 16 * 16, 3, 4, 5, 17 * 16, 18 * 16, 6, 7]);
  });

  it("brackets begin at the smallest quantity whose notional reaches the floor", () => {
    const rows = rowsOf(compile(), "BTC-PERP", "long");
    // 50000 / 60.0077 = 833.2..., 600000 / 60.0077 = 9998.7...
    expect(rows.map((r) => r.lo)).toEqual([0n, 834n, 9999n]);
    expect(rows.map((r) => r.lo + r.width)).toEqual([833n, 9998n, MAX_QUANTITY]);
    expect(rows.map((r) => r.base)).toEqual([
      0n,
      834n * 3_000_385_000n - 50n * 10n ** 10n,
      9999n * 3_900_500_500n - 950n * 10n ** 10n,
    ]);
    expect(rows.map((r) => r.slope)).toEqual([2_400_308_000n, 3_000_385_000n, 3_900_500_500n]);
    expect(rows.map((r) => r.initialSlope)).toEqual(rows.map((r) => r.slope));
  });

  it("an edge met exactly belongs to the upper bracket, where both formulas agree", () => {
    const rows = rowsOf(
      compile((m) => void (instrumentOf(m, "BTC-PERP").markPrice = "50000")),
      "BTC-PERP",
      "short",
    );
    expect(rows.map((r) => r.lo)).toEqual([0n, 1000n, 12000n]);
    expect(rows[1]!.base).toBe(1000n * rows[0]!.slope);
  });

  it("haircuts charge what is not counted, borrowing charges a rate, the option minimum uses its notional price", () => {
    const table = compile();
    expect(rowsOf(table, "BTC", "long").map((r) => r.slope)).toEqual([0n, 60_000_000_000n, 600_000_000_000n]);
    expect(rowsOf(table, "BTC", "short")[0]!.slope).toBe(30_000_000_000n);
    expect(rowsOf(table, "CALL", "long")[0]!.slope).toBe(0n);
    expect(rowsOf(table, "CALL", "short")[0]!.slope).toBe(300_000_000_000n);
  });

  it("a gain by side is the lane's own, rounded down for whoever holds it; per long step a short's loss is a gain", () => {
    const table = compile((m) => {
      m.maxRoundingError = "0.001";
      Object.assign(instrumentOf(m, "CALL"), {
        quantityStep: "0.0000003",
        markPrice: "-2.5",
        scenarioGains: {
          G: [
            { long: "0.0003", short: "-0.0011" },
            { long: "-0.0011", short: "0.0003" },
          ],
        },
        notionalPrice: "2.5",
      });
    });
    // 0.9 and -3.3 units a step.
    expect(rowsOf(table, "CALL", "long")[0]!.groups[0]!.gains).toEqual([0n, -4n]);
    expect(rowsOf(table, "CALL", "short")[0]!.groups[0]!.gains).toEqual([4n, 0n]);
  });

  it("keeps prices exact, and rounds requirements up and gains against the account", () => {
    const table = compile((m) => {
      m.maxRoundingError = "0.001";
      m.stress.push({ name: "rise" });
      for (const i of m.instruments) if (i.stressGains) i.stressGains = [...i.stressGains, "0"];
      Object.assign(instrumentOf(m, "CALL"), {
        quantityStep: "0.0000003",
        markPrice: "-2.5",
        scenarioGains: { G: ["0.0003", "-0.0003"] },
        stressGains: ["-0.0011", "0.0011"],
        notionalPrice: "2.5",
      });
    });
    const long = rowsOf(table, "CALL", "long")[0]!;
    const short = rowsOf(table, "CALL", "short")[0]!;
    expect([long.price, short.price]).toEqual([-7500n, -7500n]);
    // 37.5 units a step.
    expect([long.slope, short.slope, short.initialSlope]).toEqual([0n, 38n, 38n]);
    // 0.9 units a long step, up and down.
    expect([long.groups[0]!.gains, short.groups[0]!.gains]).toEqual([
      [0n, -1n],
      [1n, 0n],
    ]);
    // 3.3 units a long step, down and up.
    expect([long.stress, short.stress]).toEqual([
      [-4n, 3n],
      [-3n, 4n],
    ]);
  });

  it("rounds the base of a bracket up", () => {
    const rule = {
      brackets: [
        { notionalFloor: "0", rate: "0" },
        { notionalFloor: "3.000000000001", rate: "0.5" },
      ],
    };
    const table = compile((m) => void Object.assign(instrumentOf(m, "CALL"), { maintenance: rule }));
    // One step is 6000 of notional: (6000 - 3.000000000001) / 2 is 29,984,999,999,999.995 units.
    expect(rowsOf(table, "CALL", "long").map((r) => [r.lo, r.base])).toEqual([
      [0n, 0n],
      [1n, 29_984_999_999_999_995n / 1000n + 1n],
    ]);
  });

  const NO_RATE = { notionalPrice: "0", maintenance: { liquidationFeeRate: "0" } };
  // Each was once accepted with its price rounded down to a unit, even to 0: a short's debt vanished from bad debt.
  it.each<[string, object]>([
    ["its notional", { markPrice: "0.5", notionalPrice: "90000" }],
    ["its scenario gains", { markPrice: "0.5", ...NO_RATE, scenarioGains: { G: ["90000", "0"] } }],
    ["its stress gains", { markPrice: "0.5", ...NO_RATE, stressGains: ["-90000"] }],
    ["a price below 0", { markPrice: "-0.5" }],
    ["a large price", { markPrice: "9000000.7" }],
  ])("refuses a price that is no whole number of value units, whatever %s", (_, fields) => {
    const change = (m: MarketJson) => {
      m.maxRoundingError = "0.001";
      Object.assign(instrumentOf(m, "CALL"), { quantityStep: "0.0000000001", ...fields });
    };
    const error = expect.objectContaining({
      code: "VALUE_UNIT_TOO_COARSE",
      message: expect.stringContaining("instruments[4] (CALL): one step is worth"),
      options: expect.objectContaining({
        path: ["instruments", 4],
        hint: expect.stringContaining("choose one: a mark price that is a multiple of"),
      }),
    });
    expect(() => compile(change)).toThrow(error);
  });

  it.each<[string, string, object, boolean]>([
    ["slope to notional", "BTC-PERP", { quantityStep: "0.000001", markPrice: "0.1" }, true],
    ["slope to a smaller notional", "BTC-PERP", { quantityStep: "0.000001", markPrice: "0.09" }, false],
    ["gain to value", "CALL", { markPrice: "0.1", scenarioGains: { G: ["0.00033", "0"] } }, true],
    [
      "gain to a larger gain",
      "CALL",
      { markPrice: "0", scenarioGains: { G: ["0.00033", "0"] }, stressGains: ["-0.1"] },
      true,
    ],
    [
      "gain to a smaller value",
      "CALL",
      { markPrice: "0.0001", scenarioGains: { G: ["0.00033", "0"] } },
      false,
    ],
    ["stress gain to a smaller value", "CALL", { markPrice: "0.0001", stressGains: ["0.00011"] }, false],
    [
      "gain to the notional",
      "CALL",
      { markPrice: "0", scenarioGains: { G: ["-0.000000000000000001", "0"] }, notionalPrice: "60000" },
      true,
    ],
  ])("measures a rounded %s", (_, symbol, fields, accepted) => {
    const change = (m: MarketJson) => {
      m.maxRoundingError = "0.001";
      const base = { quantityStep: "0.000001", stressGains: ["0"], scenarioGains: { G: ["0", "0"] } };
      const small = { brackets: [{ notionalFloor: "0", rate: "0.0001" }] };
      const own =
        symbol === "CALL" ? { maintenance: undefined, notionalPrice: "0.0001" } : { maintenance: small };
      Object.assign(instrumentOf(m, symbol), base, own, fields);
    };
    if (accepted) compile(change);
    else
      expect(() => compile(change)).toThrow(
        expect.objectContaining({
          code: "VALUE_UNIT_TOO_COARSE",
          message: expect.stringContaining("rounding"),
        }),
      );
  });

  it("merges maintenance and initial brackets, and drops edges that change nothing", () => {
    const table = compile((m) => {
      instrumentOf(m, "BTC-PERP").initial = {
        brackets: [
          { notionalFloor: "0", rate: "0.01" },
          { notionalFloor: "100000", rate: "0.02" },
          { notionalFloor: "200000", rate: "0.02" },
        ],
      };
    });
    expect(rowsOf(table, "BTC-PERP", "long").map((r) => r.lo)).toEqual([0n, 834n, 1667n, 9999n]);
  });

  it("a lane whose brackets all charge the same is flat; unreachable brackets are dropped", () => {
    const flat = compile((m) => {
      instrumentOf(m, "BTC-PERP").maintenance = {
        brackets: [
          { notionalFloor: "0", rate: "0" },
          { notionalFloor: "10", rate: "0.0" },
          { notionalFloor: "999999999999999999999", rate: "1" },
        ],
      };
    });
    expect(rowsOf(flat, "BTC-PERP", "long")).toHaveLength(1);
    expect(flat.lanes.find((l) => l.instrument === "BTC-PERP")!.flat).toBe(true);
  });

  it("brackets that no whole quantity falls into are dropped", () => {
    const table = compile((m) => {
      instrumentOf(m, "BTC-PERP").maintenance = {
        brackets: ["0", "61", "62", "63", "1000"].map((notionalFloor, k) => ({
          notionalFloor,
          rate: `0.0${k + 1}`,
        })),
      };
    });
    expect(rowsOf(table, "BTC-PERP", "long").map((r) => r.lo)).toEqual([0n, 2n, 17n]);
  });

  it.each<[string, (m: MarketJson) => void, string]>([
    [
      "65 brackets",
      (m) => {
        const perp = instrumentOf(m, "BTC-PERP");
        perp.maintenance = manyTiers(64);
        perp.initial = { brackets: [...manyTiers(63).brackets, { notionalFloor: "6500000", rate: "0.9" }] };
      },
      "TOO_MANY_BRACKETS",
    ],
    [
      "initial rates below maintenance in the last bracket",
      (m) => void (instrumentOf(m, "BTC-PERP").initial = tiers(["0", "0.006"])),
      "INITIAL_BELOW_MAINTENANCE",
    ],
    [
      "an initial rule for one side only",
      (m) => void (instrumentOf(m, "BTC-PERP").initial = { long: tiers(["0", "0.05"]) }),
      "INITIAL_BELOW_MAINTENANCE",
    ],
    [
      "no initial fee where maintenance has one",
      (m) => {
        const perp = instrumentOf(m, "BTC-PERP");
        perp.maintenance = { ...perp.maintenance, liquidationFeeRate: "0.001" };
        perp.initial = tiers(["0", "0.005"], ["600000", "0.02"]);
      },
      "INITIAL_BELOW_MAINTENANCE",
    ],
    [
      "a step too small for the unit",
      (m) => void (instrumentOf(m, "BTC-PERP").quantityStep = "0.0000000000007"),
      "VALUE_UNIT_TOO_COARSE",
    ],
    [
      "a price beyond 72 bits",
      (m) => void (instrumentOf(m, "BTC-PERP").markPrice = "999999999999999999999"),
      "ENTRY_TOO_LARGE",
    ],
    [
      "a base beyond 72 bits",
      (m) => {
        const top = { notionalFloor: "2000000000000", rate: "0.5" };
        const deep = { notionalFloor: "0", rate: "0.4" };
        instrumentOf(m, "BTC-PERP").maintenance = { brackets: [deep, top] };
      },
      "ENTRY_TOO_LARGE",
    ],
  ])("refuses %s, naming the instrument", (_, change, code) => {
    expect(() => compile(change)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining("BTC-PERP") }),
    );
  });

  it("refuses more lanes of many brackets than there are deep ones", () => {
    const many = (count: number, brackets: number) => (m: MarketJson) => {
      const { initial: _, ...perp } = instrumentOf(m, "BTC-PERP");
      const one = { ...perp, maintenance: manyTiers(brackets) };
      m.instruments.push(...Array.from({ length: count }, (_, n) => ({ ...one, symbol: `P${n}` })));
    };
    const refused = expect.objectContaining({ code: "TOO_MANY_LANES" });
    expect(() => compile(many(513, 17))).toThrow(refused);
    const keys = compile(many(512, 17)).rows.map(({ key }) => key);
    expect(Math.max(...keys)).toBe(DEEP_KEYS + 1023 * 64 + 16);
  });

  it("numbers lanes of 17 to 64 brackets apart, so that the others keep their numbers", () => {
    const plain = compile();
    const deep = compile((m) => {
      const { initial: _, ...perp } = instrumentOf(m, "BTC-PERP");
      m.instruments.unshift({ ...perp, symbol: "DEEP", maintenance: manyTiers(17) });
      m.instruments.push({ ...perp, symbol: "DEEPER", maintenance: manyTiers(64) });
    });
    const numbers = (table: RiskTable, symbol: string, side: "long" | "short") =>
      rowsOf(table, symbol, side).map(({ key }) => key - DEEP_KEYS);
    const counted = (from: number, count: number) => Array.from({ length: count }, (_, k) => from + k);
    expect(numbers(deep, "DEEP", "long")).toEqual(counted(0, 17));
    expect(numbers(deep, "DEEP", "short")).toEqual(counted(64, 17));
    expect(numbers(deep, "DEEPER", "long")).toEqual(counted(128, 64));
    expect(numbers(deep, "DEEPER", "short")).toEqual(counted(192, 64));
    for (const { symbol } of plain.instruments)
      expect(numbers(deep, symbol, "short")).toEqual(numbers(plain, symbol, "short"));
    const lookups = deep.rows.map(lookupValue);
    expect(new Set(lookups).size).toBe(lookups.length);
    const marks = (kind: (row: RiskRow) => boolean) => deep.rows.filter(kind).map(lookupValue);
    expect(marks((row) => row.key >= DEEP_KEYS).every((t) => t >= DEEP_MARK && t < 2n * DEEP_MARK)).toBe(
      true,
    );
    expect(marks((row) => row.key < DEEP_KEYS && !row.flat).every((t) => t < FLAT_MARK)).toBe(true);
    expect(marks((row) => row.flat).every((t) => t >= FLAT_MARK && t < DEEP_MARK)).toBe(true);
  });

  it("has room for 65,536 rows", () => {
    const json = smallMarket();
    instrumentOf(json, "BTC").haircut!.pop();
    const privateBrackets = Array.from({ length: 16 }, (_, k) => String(k));
    const { maintenance: _, initial: __, ...perp } = instrumentOf(json, "BTC-PERP");
    json.instruments.push(
      { ...perp, symbol: "FLAT", maintenance: { liquidationFeeRate: "0.01" } },
      { ...perp, symbol: "SECRET", markPrice: "1", stressGains: ["0"], privateBrackets },
    );
    json.privateRules = { rowsPerStep: 16, commitments: [`0x${"0".repeat(64)}`] };
    const market = parseMarket(json);
    const [flat, secret] = market.instruments.slice(-2);
    const copies = (count: number, of: typeof flat) =>
      Array.from({ length: count }, (_, n) => ({ ...of!, symbol: `${of!.symbol}${n}` }));
    // 17 null rows and 15 of the small market's own; two of each flat contract and 32 of each with 16 brackets.
    const full = [
      ...market.instruments.slice(0, -2),
      ...copies(144, flat),
      ...copies((MAX_ROWS - 32 - 2 * 144) / 32, secret),
    ];
    expect(compileTable({ ...market, instruments: full }).rows).toHaveLength(MAX_ROWS);
    expect(() => compileTable({ ...market, instruments: [...full, { ...flat!, symbol: "MORE" }] })).toThrow(
      expect.objectContaining({ code: "TOO_MANY_ROWS", message: expect.stringContaining("(MORE)") }),
    );
  });

  it("refuses a small file that makes a table of many millions of gains, which take minutes to hash", () => {
    const json = { ...smallMarket(), stress: [] };
    for (const i of json.instruments) delete i.stressGains;
    json.groups = Array.from({ length: 32 }, (_, g) => ({
      name: `g${g}`,
      scenarios: Array.from({ length: 128 }, (_, s) => `s${s}`),
    }));
    const gains = Array.from({ length: 128 }, () => "0");
    const scenarioGains = Object.fromEntries(json.groups.map(({ name }) => [name, gains]));
    const { initial: _, ...perp } = instrumentOf(json, "BTC-PERP");
    json.instruments = json.instruments.filter(({ kind }) => kind === "asset" || kind === "settlement");
    json.instruments.push({ ...perp, maintenance: manyTiers(64), scenarioGains });
    const market = parseMarket(json);
    // 64 rows a side with 32 * 128 gains each: 32 of them are 2^24.
    const many = Array.from({ length: 33 }, (_, n) => ({ ...market.instruments.at(-1)!, symbol: `P${n}` }));
    const instruments = [...market.instruments.slice(0, -1), ...many];
    expect(() => compileTable({ ...market, instruments })).toThrow(
      expect.objectContaining({ code: "TOO_MANY_GAINS", message: expect.stringContaining("(P32)") }),
    );
  });

  it("finds the row of a quantity", () => {
    const table = compile();
    const perp = table.instruments.find((i) => i.symbol === "BTC-PERP")!;
    const found = [833n, 834n, -9998n, -9999n, MAX_QUANTITY].map((q) => rowOf(table, perp, q)!.lo);
    expect(found).toEqual([0n, 834n, 834n, 9999n, 9999n]);
    const deep = compile((m) => {
      instrumentOf(m, "BTC-PERP").maintenance = manyTiers(9);
      delete instrumentOf(m, "BTC-PERP").initial;
    });
    for (const row of rowsOf(deep, "BTC-PERP", "short"))
      for (const size of [row.lo, row.lo + row.width].filter((own) => own > 0n))
        expect(rowOf(deep, perp, -size)!.lo, `${size}`).toBe(row.lo);
    expect([rowOf(table, perp, 0n), rowOf(table, perp, MAX_QUANTITY + 1n)]).toEqual([undefined, undefined]);
    expect([stepsOf("-1.5", "0.25"), stepsOf("0.1", "0.25")]).toEqual([-6n, undefined]);
  });

  it("gives account readers their rules", () => {
    const rules = listedInstruments(parseMarket(smallMarket()));
    expect(rules.get("BTC-PERP")).toEqual({
      symbol: "BTC-PERP",
      kind: "perpetual",
      quantityStep: "0.001",
      settlementSymbol: "USDT-PNL",
      settlementStep: "0.000001",
      entry: { markPrice: "60007.7", settlementPrice: "1", inQuote: true, factor: "100" },
    });
    expect(rules.get("BTC")).toEqual({ symbol: "BTC", kind: "asset", quantityStep: "0.001" });
    const two = smallMarket();
    const second = { ...two.instruments.find(({ kind }) => kind === "settlement")!, symbol: "PNL-2" };
    two.instruments.push(second);
    const choice = { settlementChoices: ["USDT-PNL", "PNL-2"] };
    expect(listedInstruments(parseMarket(two)).get("CALL")).toMatchObject(choice);
    expect(listedInstruments(parseMarket(two)).get("BTC")).not.toHaveProperty("settlementChoices");
  });
});
