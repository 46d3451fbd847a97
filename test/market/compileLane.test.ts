import { describe, expect, it } from "vitest";
import { compileTable } from "../../src/market/compileTable.js";
import { type MarketJson, parseMarket } from "../../src/market/index.js";
import { rowOf, stepsOf } from "../../src/market/locate.js";
import { MAX_QUANTITY, NOTIONAL_BOUND } from "../../src/protocol/constants.js";
import { type InstrumentJson, instrumentOf, smallMarket } from "./smallMarket.js";

const compile = (edit: (m: MarketJson) => void = () => {}) => {
  const json = smallMarket();
  edit(json);
  return compileTable(parseMarket(json));
};
const on = (symbol: string, fields: Partial<InstrumentJson>) => (m: MarketJson) =>
  void Object.assign(instrumentOf(m, symbol), fields);
const rowsOf = (table: ReturnType<typeof compile>, symbol: string, side: "long" | "short") => {
  const lane = table.lanes.find((l) => l.instrument === symbol && l.side === side)!;
  return table.rows.slice(lane.firstRow, lane.firstRow + lane.rowCount);
};
const tiers = (...brackets: [string, string][]) => ({
  brackets: brackets.map(([notionalFloor, rate]) => ({ notionalFloor, rate })),
});
const refused = (code: string, part = "") =>
  expect.objectContaining({ code, message: expect.stringContaining(part) });

describe("the row of a quantity", () => {
  it("is of the side that holds it", () => {
    const table = compile();
    const btc = table.instruments.find(({ symbol }) => symbol === "BTC")!;
    const [long, short] = [rowsOf(table, "BTC", "long"), rowsOf(table, "BTC", "short")];
    expect([long.length, short.length]).toEqual([3, 1]);
    for (const row of long) {
      expect(rowOf(table, btc, row.lo === 0n ? 1n : row.lo)).toBe(row);
      expect(rowOf(table, btc, row.lo + row.width)).toBe(row);
    }
    for (const quantity of [-1n, -83_334n, -MAX_QUANTITY]) expect(rowOf(table, btc, quantity)).toBe(short[0]);
    for (const none of [0n, MAX_QUANTITY + 1n, -MAX_QUANTITY - 1n])
      expect(rowOf(table, btc, none)).toBeUndefined();
  });

  it("is counted in whole steps", () => {
    expect([stepsOf("0", "0.1"), stepsOf("1", "0.25"), stepsOf("-0.5", "0.5")]).toEqual([0n, 4n, -1n]);
    expect([stepsOf("-0.1", "0.25"), stepsOf("0.3", "0.2")]).toEqual([undefined, undefined]);
  });
});

describe("what a lane requires", () => {
  it("has what a haircut and a loan cost on top of what is stated, initially too", () => {
    const table = compile(on("BTC", { maintenance: tiers(["0", "0.01"]), initial: tiers(["0", "0.02"]) }));
    const [first, second] = rowsOf(table, "BTC", "long");
    // 60 a step: 1% and 2% of it, and 10% more from 1,000,000 on.
    expect([first?.slope, first?.initialSlope]).toEqual([6_000_000_000n, 12_000_000_000n]);
    expect([second?.slope, second?.initialSlope]).toEqual([66_000_000_000n, 72_000_000_000n]);
    // 5% for who owes it.
    const [short] = rowsOf(table, "BTC", "short");
    expect([short?.slope, short?.initialSlope]).toEqual([36_000_000_000n, 42_000_000_000n]);
  });

  it("has a rate for each tier of what is owed, and a fee on all of it", () => {
    const borrowRate = [
      { valueFloor: "0", rate: "0.05" },
      { valueFloor: "600", rate: "0.1" },
    ];
    const owed = rowsOf(compile(on("BTC", { borrowRate })), "BTC", "short");
    expect(owed.map(({ lo, slope }) => [lo, slope])).toEqual([
      [0n, 30_000_000_000n],
      [10n, 60_000_000_000n],
    ]);
    const fee = { ...tiers(["0", "0"], ["6000", "0.01"]), liquidationFeeRate: "0.001" };
    const charged = rowsOf(compile(on("CALL", { maintenance: fee })), "CALL", "long");
    // 6000 of notional a step.
    expect(charged.map(({ lo, base, slope }) => [lo, base, slope])).toEqual([
      [0n, 0n, 60_000_000_000n],
      [1n, 60_000_000_000n, 660_000_000_000n],
    ]);
    const one = compile(on("CALL", { maintenance: { long: { liquidationFeeRate: "0.001" } } }));
    expect(rowsOf(one, "CALL", "long").map(({ slope }) => slope)).toEqual([60_000_000_000n]);
    expect(rowsOf(one, "CALL", "short").map(({ slope }) => slope)).toEqual([0n]);
    const lent = compile(on("BTC", { haircut: undefined }));
    expect(rowsOf(lent, "BTC", "long").map(({ slope }) => slope)).toEqual([0n]);
    const sides = { long: { liquidationFeeRate: "0.001" }, short: tiers(["0", "0.02"]) };
    const table = compile(on("CALL", { maintenance: sides }));
    expect(rowsOf(table, "CALL", "long").map(({ slope }) => slope)).toEqual([60_000_000_000n]);
    expect(rowsOf(table, "CALL", "short").map(({ slope }) => slope)).toEqual([1_200_000_000_000n]);
  });

  it("is not less initially where a bracket begins, though it is more where that ends", () => {
    // One step is 1 of notional. At 11, maintenance has had the second rate for 0.5, the initial requirement for 0.1.
    const json = (m: MarketJson) =>
      on("BTC-PERP", {
        ...{ quantityStep: "1", markPrice: "1" },
        ...{
          maintenance: tiers(["0", "0.01"], ["10.5", "0.1"]),
          initial: tiers(["0", "0.01"], ["10.9", "0.2"]),
        },
      })(m);
    expect(() => compile(json)).toThrow(refused("INITIAL_BELOW_MAINTENANCE", "long 11 requires less"));
    const earlier = on("BTC-PERP", {
      ...{ quantityStep: "1", markPrice: "1" },
      ...{
        maintenance: tiers(["0", "0.01"], ["10.5", "0.1"]),
        initial: tiers(["0", "0.01"], ["10.1", "0.2"]),
      },
    });
    expect(rowsOf(compile(earlier), "BTC-PERP", "long").map(({ lo }) => lo)).toEqual([0n, 11n]);
  });

  it("is rounded by little of the largest figure: the price, a scenario gain or a stress gain", () => {
    const base = { quantityStep: "0.000001", markPrice: "0", stressGains: ["0"], notionalPrice: "0" };
    const none = { maintenance: { liquidationFeeRate: "0" } };
    const gains =
      (scenarioGains: [string, string], stress: string, markPrice = "0") =>
      (m: MarketJson) => {
        m.maxRoundingError = "0.001";
        // A market whose every scenario moves something.
        on("CALL", {
          ...base,
          ...none,
          scenarioGains: { G: scenarioGains },
          stressGains: [stress],
          markPrice,
        })(m);
      };
    // 3.3 units a step, off by 0.3: more than 0.001 of 3.3, less than 0.001 of 1000.
    const coarse = refused("VALUE_UNIT_TOO_COARSE", "rounding");
    expect(() => compile(gains(["0.00033", "0"], "0"))).toThrow(coarse);
    for (const [scenario, stress, price] of [
      ["0.1", "0", "0"],
      ["-0.1", "0", "0"],
      ["0", "0.1", "0"],
      ["0", "-0.1", "0"],
      ["0", "0", "0.1"],
      ["0", "0", "-0.1"],
    ] as const)
      expect(compile(gains(["0.00033", scenario], stress, price)), scenario).toBeDefined();
  });

  it("fits the table: no entry of 2^72, no notional too large for secret rates", () => {
    const large = (fields: Partial<InstrumentJson>) => () => compile(on("CALL", fields));
    const most = "472236648286.9645213696";
    const step = { quantityStep: "1", maintenance: undefined };
    const units = (text: string) => ({ ...step, markPrice: text, notionalPrice: "0" });
    expect(large(units(most))).toThrow(refused("ENTRY_TOO_LARGE", "price"));
    expect(large(units("472236648286.9645213695"))()).toBeDefined();
    expect(large({ ...step, scenarioGains: { G: [most, "0"] } })).toThrow(
      refused("ENTRY_TOO_LARGE", "scenario gain"),
    );
    expect(large({ ...step, scenarioGains: { G: ["0", `-${most}`] } })).toThrow(
      refused("ENTRY_TOO_LARGE", "scenario gain"),
    );
    expect(large({ ...step, stressGains: [`-${most}`] })).toThrow(refused("ENTRY_TOO_LARGE", "stress gain"));
    const rated = (rate: string) => ({ ...step, notionalPrice: most, maintenance: tiers(["0", rate]) });
    expect(large(rated("1"))).toThrow(refused("ENTRY_TOO_LARGE", "maintenance slope"));
    expect(large({ ...rated("0.5"), initial: tiers(["0", "1"]) })).toThrow(
      refused("ENTRY_TOO_LARGE", "initial slope"),
    );
    const deep = tiers(["0", "0.4"], ["2000000000000", "0.5"]);
    const perp = (fields: Partial<InstrumentJson>) => () => compile(on("BTC-PERP", fields));
    expect(perp({ maintenance: deep })).toThrow(refused("ENTRY_TOO_LARGE", "maintenance base of"));
    expect(perp({ initial: deep })).toThrow(refused("ENTRY_TOO_LARGE", "initial base of"));
    const secret = (units: bigint) => (m: MarketJson) => {
      on("CALL", {
        ...{ quantityStep: "1", maintenance: undefined, privateBrackets: ["0"], markPrice: "1" },
        notionalPrice: `${(units * 100_000n) / 10n ** 10n}.${((units * 100_000n) % 10n ** 10n).toString().padStart(10, "0")}`,
      })(m);
      m.privateRules = { rowsPerStep: 16, commitments: [`0x${"0".repeat(64)}`] };
    };
    expect(() => compile(secret(NOTIONAL_BOUND))).toThrow(refused("ENTRY_TOO_LARGE", "for secret rates"));
    const row = rowsOf(compile(secret(NOTIONAL_BOUND - 1n)), "CALL", "short")[0];
    expect(row).toMatchObject({ notional: NOTIONAL_BOUND - 1n, base: 0n, slope: 0n });
  });

  it("has gains in the order of the market's groups, whatever the order of the instrument's", () => {
    const table = compile((m) => {
      m.groups.push({ name: "H", scenarios: ["up"] });
      on("CALL", { scenarioGains: { H: ["1"], G: ["2", "3"] } })(m);
    });
    expect(rowsOf(table, "CALL", "long")[0]?.groups).toEqual([
      { group: 0, gains: [2_000_000_000n, 3_000_000_000n] },
      { group: 1, gains: [1_000_000_000n] },
    ]);
  });
});

describe("a table", () => {
  it("keeps its rules whatever market it is made of, read by parseMarket or not", () => {
    const market = parseMarket(smallMarket());
    const [first] = market.instruments;
    const unread = { ...market, instruments: [...market.instruments, first!] };
    expect(() => compileTable(unread)).toThrow(refused("TABLE_RULE", "a name is used twice"));
  });

  it("has room for lanes of 16 brackets, and for 4,080 with brackets", () => {
    const secret = (count: number, brackets: number) => (m: MarketJson) => {
      const { maintenance: _, ...perp } = instrumentOf(m, "BTC-PERP");
      const privateBrackets = Array.from({ length: brackets }, (_, k) => String(k));
      const one = { ...perp, markPrice: "1", stressGains: ["-1"], privateBrackets };
      m.instruments.push(...Array.from({ length: count }, (_, n) => ({ ...one, symbol: `P${n}` })));
      m.privateRules = { rowsPerStep: 16, commitments: [`0x${"0".repeat(64)}`] };
    };
    expect(rowsOf(compile(secret(1, 16)), "P0", "short")).toHaveLength(16);
    // Three of BTC and BTC-PERP, two of each of these: the last one is one too many.
    expect(() => compile(secret(2039, 2))).toThrow(refused("TOO_MANY_LANES", "(P2038)"));
  });
});
