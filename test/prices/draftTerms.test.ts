import { describe, expect, test } from "vitest";
import { type MarketJson, parseMarket } from "../../src/market/index.js";
import { termsOfMarket, withPatterns } from "../../src/prices/index.js";
import { NameTable, type Terms, underlyingsOf } from "../../src/prices/terms.js";
import { type InstrumentJson, instrumentOf, smallMarket } from "../market/smallMarket.js";

const brackets = [{ notionalFloor: "0", rate: "0.01" }];
const dated = (symbol: string, markPrice: string): InstrumentJson => ({
  symbol,
  ...{ kind: "future", quantityStep: "0.001", markPrice, settlement: "USDT-PNL" },
  ...{ maintenance: { brackets }, stressGains: ["-18000"] },
});

describe("terms drafted from a market file", () => {
  const draft = (edit: (market: MarketJson) => void = () => {}) => {
    const market = smallMarket();
    edit(market);
    return new Map(termsOfMarket(parseMarket(market)).map((entry) => [entry.instrument, entry]));
  };
  const underlyings = (edit: (market: MarketJson) => void) => {
    const call = draft(edit).get("CALL");
    return call?.kind === "option" ? call.underlyings : undefined;
  };

  test("say what each instrument is", () => {
    const terms = draft((m) => m.instruments.push(dated("F", "61000")));
    expect([...terms.values()]).toEqual([
      { instrument: "USDT", kind: "asset", asset: "USDT" },
      { instrument: "BTC", kind: "asset", asset: "BTC" },
      { instrument: "USDT-PNL", kind: "settlement", asset: "USDT" },
      { instrument: "BTC-PERP", kind: "perpetual", settlement: "USDT" },
      { instrument: "CALL", kind: "option", settlement: "USDT", underlyings: ["BTC"] },
      { instrument: "F", kind: "future", settlement: "USDT" },
    ]);
  });

  test("take an option's notional for the price of the assets and futures that have it today, four at most", () => {
    expect(underlyings((m) => (instrumentOf(m, "CALL").notionalPrice = "60001"))).toEqual([]);
    expect(underlyings((m) => delete instrumentOf(m, "CALL").notionalPrice)).toEqual([]);
    // A perpetual's price is no forward, and one asset is named once, whatever its instruments are called.
    const spot = instrumentOf(smallMarket(), "BTC");
    const same = (m: MarketJson) => {
      instrumentOf(m, "BTC-PERP").markPrice = "60000";
      m.instruments.push({ ...spot, symbol: "BTC-EARN", asset: "BTC" }, dated("F1", "60000"));
    };
    expect(underlyings(same)).toEqual(["BTC", "F1"]);
    // Of a contract's variants the contract is named, once.
    const variants = (m: MarketJson) => {
      m.positionMode = "hedge";
      m.instruments.push(
        { ...dated("F.L", "60000"), contract: "F", side: "long" },
        { ...dated("F.S", "60000"), contract: "F", side: "short" },
      );
    };
    expect(underlyings(variants)).toEqual(["BTC", "F"]);
    const many = (m: MarketJson) =>
      m.instruments.push(...["F1", "F2", "F3", "F4"].map((name) => dated(name, "60000")));
    expect(underlyings(many)).toEqual(["BTC", "F1", "F2", "F3"]);
  });
});

describe("a chain in one line", () => {
  const future = (instrument: string, more: object = {}): Terms =>
    ({ instrument, kind: "future", settlement: "USDT", ...more }) as Terms;
  const option = (instrument: string, ...underlyings: string[]): Terms => ({
    ...{ instrument, kind: "option", settlement: "USDT", underlyings },
  });
  const names = (terms: readonly Terms[]) => withPatterns(terms).map(({ instrument }) => instrument);

  test("stands for futures and options that differ in date, strike and side alone", () => {
    const terms = [
      future("BTC-25DEC26"),
      future("BTC-26MAR27"),
      option("BTC-25DEC26-64000-C", "BTC", "BTC-25DEC26"),
      option("BTC-25DEC26-0.5-P", "BTC-25DEC26"),
      option("BTC-26MAR27-64000-P", "BTC-26MAR27", "BTC-PERP"),
      { instrument: "BTC-PERP", kind: "perpetual", settlement: "USDT" } as Terms,
    ];
    expect(withPatterns(terms)).toEqual([
      future("BTC-{DDMMMYY}"),
      // Its own future's price first, then what any of them names.
      option("BTC-{DDMMMYY}-{strike}-{side}", "BTC-{DDMMMYY}", "BTC", "BTC-PERP"),
      terms[5],
    ]);
  });

  test("has the day as the market spells it", () => {
    expect(names([future("X-5DEC26"), future("X-25DEC26")])).toEqual(["X-{DMMMYY}"]);
    expect(names([future("X-05DEC26"), future("X-25DEC26")])).toEqual(["X-{DDMMMYY}"]);
    // One name with a single digit tells how all are spelled.
    expect(names([future("Y-25DEC26"), future("X-5DEC26")])).toEqual(["Y-{DMMMYY}", "X-{DMMMYY}"]);
    for (const other of ["X-125DEC26", "X-A5DEC26", "X-5DEC261", "X-5DEC26A", "X-5DEX26"])
      expect(names([future("Y-25DEC26"), future(other)]), other).toEqual(["Y-{DDMMMYY}", other]);
  });

  test("has dates in digits too", () => {
    expect(names([future("X-261225"), future("X-270326")])).toEqual(["X-{YYMMDD}"]);
    expect(names([future("X-20261225"), future("X-20270326")])).toEqual(["X-{YYYYMMDD}"]);
    expect(names([option("X-261225-7-P", "X-261225")])).toEqual(["X-{YYMMDD}-{strike}-{side}"]);
    for (const no of ["X-2612251", "X-A261225", "X-261225A", "X-26122", "X-261325", "X-31FEB26", "X-0DEC26"])
      expect(names([future(no)]), no).toEqual([no]);
  });

  test("is written only of what a pattern may stand for", () => {
    const asset: Terms = { instrument: "A-25DEC26", kind: "asset", asset: "A" };
    const perpetual = future("P-25DEC26", { kind: "perpetual" });
    expect(withPatterns([asset, perpetual])).toEqual([asset, perpetual]);
    // An option without strike or side is none, and a future's strike is no hole.
    const bare = option("X-25DEC26", "X");
    expect(withPatterns([bare])).toEqual([bare]);
    for (const no of ["X-25DEC26-64000-X", "X-25DEC26-064-C", "X-25DEC26-64.0-C", "X-25DEC26-64-C1"])
      expect(names([option(no, "X")]), no).toEqual([no]);
    expect(names([future("X-25DEC26-64000-C")])).toEqual(["X-{DDMMMYY}-64000-C"]);
  });

  test("is not written where they are otherwise not the same", () => {
    const terms = [future("X-25DEC26"), future("X-26MAR27", { settlement: "BTC" }), future("Y-26MAR27")];
    expect(withPatterns(terms)).toEqual([terms[0], terms[1], future("Y-{DDMMMYY}")]);
    const inverse = [future("X-25DEC26", { contract: "100" }), future("X-26MAR27", { contract: "100" })];
    expect(withPatterns(inverse)).toEqual([future("X-{DDMMMYY}", { contract: "100" })]);
    const mixed = [future("X-25DEC26"), future("X-26MAR27", { contract: "100" })];
    expect(withPatterns(mixed)).toEqual(mixed);
  });

  test("says of each of its instruments what was said before", () => {
    const dates = ["25DEC26", "26MAR27", "30APR27"];
    const terms = dates.flatMap((date) => [
      future(`BTC-${date}`),
      option(`BTC-${date}-64000-C`, `BTC-${date}`),
      option(`BTC-${date}-65000.5-P`, `BTC-${date}`),
    ]);
    const patterns = withPatterns(terms);
    expect(patterns).toHaveLength(2);
    const table = new NameTable(patterns);
    for (const entry of terms) {
      const { entry: found, filling } = table.find(entry.instrument)!;
      expect({ ...found, instrument: entry.instrument, underlyings: undefined }).toEqual({
        ...entry,
        underlyings: undefined,
      });
      if (found.kind === "option" && entry.kind === "option")
        expect(underlyingsOf(found, filling)).toEqual(entry.underlyings);
    }
  });
});
