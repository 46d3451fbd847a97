import { describe, expect, it } from "vitest";
import { compareMarkets, firstDifference } from "../../src/market/index.js";
import { smallMarket } from "./smallMarket.js";

const TEXT = JSON.stringify(smallMarket(), null, 1);
const published = (edit: (market: ReturnType<typeof smallMarket>) => void): string => {
  const market = smallMarket();
  edit(market);
  return JSON.stringify(market, null, 1);
};

describe("a published market file and what its rules make", () => {
  it("are the same byte for byte", () => {
    expect(compareMarkets(TEXT, TEXT)).toBeUndefined();
  });

  it("differ in the text alone where they say the same", () => {
    const only = { path: "the text", expected: undefined, found: undefined };
    expect(compareMarkets(`${TEXT}\n`, TEXT)).toEqual(only);
    expect(compareMarkets(JSON.stringify(smallMarket()), TEXT)).toEqual(only);
  });

  it("differ first where the recomputed one says it first", () => {
    const both = published((m) => {
      m.instruments[3]!.markPrice = "60007.8";
      m.quote = "USD";
    });
    expect(compareMarkets(both, TEXT)).toEqual({ path: "quote", expected: '"USDT"', found: '"USD"' });
    const price = published((m) => void (m.instruments[3]!.markPrice = "60007.8"));
    expect(compareMarkets(price, TEXT)).toEqual({
      ...{ path: "instruments[3].markPrice", expected: '"60007.7"', found: '"60007.8"' },
    });
  });

  it("are compared only where the published one is JSON", () => {
    const invalid = expect.objectContaining({ code: "JSON_INVALID" });
    expect(() => compareMarkets("{", TEXT)).toThrow(invalid);
    expect(() => compareMarkets(TEXT.replace("{", '{"quote":"USD",'), TEXT)).toThrow(
      expect.objectContaining({ code: "JSON_DUPLICATE_KEY" }),
    );
  });
});

describe("the first difference", () => {
  it.each<[unknown, unknown]>([
    [1, 1],
    [null, null],
    [undefined, undefined],
    [{}, {}],
    [[], []],
    [{ a: [1, { b: "x" }] }, { a: [1, { b: "x" }] }],
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
  ])("of %j and %j is none", (expected, found) => {
    expect(firstDifference(expected, found)).toBeUndefined();
  });

  it.each<[unknown, unknown, string, string | undefined, string | undefined]>([
    [1, 2, "the whole file", "1", "2"],
    [[1], { 0: 1 }, "the whole file", "[1]", '{"0":1}'],
    [{ 0: 1 }, [1], "the whole file", '{"0":1}', "[1]"],
    [null, {}, "the whole file", "null", "{}"],
    [{}, null, "the whole file", "{}", "null"],
    ["x", ["x"], "the whole file", '"x"', '["x"]'],
    [[1, 2], [1], "[1]", "2", undefined],
    [[1], [1, 2], "[1]", undefined, "2"],
    [[1, 2, 3], [1, 5, 6], "[1]", "2", "5"],
    [{ a: 1 }, {}, "a", "1", undefined],
    [{}, { a: 1 }, "a", undefined, "1"],
    [{ a: 1, b: 2 }, { a: 1, b: 3, c: 4 }, "b", "2", "3"],
    [{ a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 2 }] } }, "a.b[0].c", "1", "2"],
    [{ f: { "A-B": 1 } }, { f: { "A-B": 2 } }, 'f["A-B"]', "1", "2"],
    // Names of what every object inherits are names like any other.
    [{}, { toString: 1 }, "toString", undefined, "1"],
    [{ constructor: 1 }, {}, "constructor", "1", undefined],
  ])("of %j and %j is named", (expected, found, path, was, is) => {
    expect(firstDifference(expected, found)).toEqual({ path, expected: was, found: is });
  });

  it("is shortened", () => {
    const long = firstDifference({ ["-".repeat(100)]: "x".repeat(100) }, {});
    expect(long?.path).toBe(`["${"-".repeat(80)}"]`);
    expect(long?.expected).toBe(`"${"x".repeat(79)}`);
  });
});
