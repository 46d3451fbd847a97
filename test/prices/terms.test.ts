import { describe, expect, test } from "vitest";
import { MarginproofError } from "../../src/errors.js";
import { type PricePolicyJson, parsePolicy } from "../../src/prices/index.js";
import { boundsOf, sortedBy } from "../../src/prices/policy.js";
import { fieldPlace, signerPlace, underOwnPolicy } from "../../src/prices/priceError.js";
import { parsePrices, unsignedPrices } from "../../src/prices/priceFile.js";
import { NameTable, patternProblem, type Terms } from "../../src/prices/terms.js";
import { expectRefusal, policy } from "./support.js";

const settlement = "USDT";
const future = (instrument: string): Terms => ({ instrument, kind: "future", settlement });
const option = (instrument: string, ...underlyings: string[]): Terms => ({
  ...{ instrument, kind: "option", settlement, underlyings },
});
const CHAIN = "X-{DDMMMYY}-{strike}-{side}";

describe("an entry whose name has holes", () => {
  test.each<[string, Terms | { instrument: string }]>([
    ["a future's date", future("X-{DDMMMYY}")],
    ["an option's date, strike and side", option(CHAIN, "X", "X-{DDMMMYY}")],
    ["an exception's date", { instrument: "X-{YYMMDD}" }],
    ["an exception's strike too", { instrument: CHAIN }],
    ["none at all", future("X-25DEC26")],
    ["none, of an option", option("X-25DEC26-1-C", "X")],
    ["none, of a perpetual", { instrument: "X", kind: "perpetual", settlement }],
  ])("may have %s", (_, entry) => {
    expect(patternProblem(entry)).toBeUndefined();
  });

  test.each<[string, Terms | { instrument: string }]>([
    ["unknown hole", future("X-{DAY}")],
    ["unknown hole", future("X-{DDMMMYY")],
    ["unknown hole", { instrument: "X-{DDMMMYY}-{DDMMMYY}" }],
    ["a perpetual is named", { instrument: "X-{DDMMMYY}", kind: "perpetual", settlement }],
    ["a asset is named", { instrument: "X-{DDMMMYY}", kind: "asset", asset: "X" }],
    ["a settlement is named", { instrument: "X-{DDMMMYY}", kind: "settlement", asset: "X" }],
    ["needs one date", { instrument: "X-{strike}" }],
    ["needs one date", { instrument: "X-{DDMMMYY}-{YYMMDD}" }],
    ["needs one date", option("X-{strike}-{side}", "X")],
    ["a future has no strike", future("X-{DDMMMYY}-{strike}")],
    ["a future has no strike", future("X-{DDMMMYY}-{side}")],
    ["a future has no strike", future(CHAIN)],
    ["needs {strike} and {side}", option("X-{DDMMMYY}-{strike}", "X")],
    ["needs {strike} and {side}", option("X-{DDMMMYY}-{side}", "X")],
    ["needs {strike} and {side}", option("X-{DDMMMYY}", "X")],
    ["X-{YYMMDD} has a hole", option(CHAIN, "X", "X-{YYMMDD}")],
    ["X-{DDMMMYY} has a hole", option("X-25DEC26-1-C", "X-{DDMMMYY}")],
    ["X-{DDMMMYY has a hole", option(CHAIN, "X-{DDMMMYY")],
  ])("is refused: %s", (problem, entry) => {
    expect(patternProblem(entry)).toContain(problem);
  });

  test("makes its policy one that nobody holds prices to", () => {
    const refusal = (over: Partial<PricePolicyJson>, part: string) =>
      expectRefusal(() => parsePolicy(policy(3, over)), "PRICES_POLICY", part);
    refusal({ terms: [future("X-{strike}")] }, "terms: X-{strike}: needs one date");
    refusal({ terms: [future("A"), future("X-{strike}")] }, "terms: X-{strike}: needs one date");
    refusal({ exceptions: [{ instrument: "X-{strike}", decimals: 1 }] }, "exceptions: X-{strike}: needs");
    const many = (count: number, more: PricePolicyJson["terms"] = []): Partial<PricePolicyJson> => ({
      terms: [...Array.from({ length: count }, (_, n) => future(`X${n}-{DDMMMYY}`)), ...more],
    });
    expect(parsePolicy(policy(3, many(256, [future("A"), future("B")]))).terms).toHaveLength(258);
    refusal(many(257), "more than 256 names with holes");
  });
});

describe("entries by name", () => {
  const named = future("X-25DEC26");
  const pattern = future("X-{DDMMMYY}");
  const table = new NameTable([
    pattern,
    named,
    future("X-{YYMMDD}"),
    future("{DDMMMYY}"),
    future("Y-{DDMMMYY}"),
  ]);

  test("are the one that states the name, else the one whose pattern it has", () => {
    expect(table.find("X-25DEC26")).toEqual({ entry: named, filling: { texts: {} } });
    expect(table.find("X-26DEC26")?.entry).toBe(pattern);
    expect(table.find("X-26DEC26")?.filling.texts).toEqual({ DDMMMYY: "26DEC26" });
    expect(table.find("X-261226")?.entry.instrument).toBe("X-{YYMMDD}");
    expect(table.find("X")).toBeUndefined();
    expect(table.find("X-{DDMMMYY}")).toBeUndefined();
  });

  test("of two patterns that speak of one name, neither", () => {
    const both = new NameTable([future("X-{YYMMDD}"), { ...option("X-{strike}", "X") }]);
    expectRefusal(() => both.find("X-261226"), "PRICES_POLICY", "X-{YYMMDD}", "X-{strike}", "X-261226");
    expect(both.find("X-5")?.entry.instrument).toBe("X-{strike}");
  });
});

describe("a policy", () => {
  test("bounds an excepted instrument in what the exception states, and in all else as the others", () => {
    const over = {
      decimals: 2,
      exceptions: [
        { instrument: "A", decimals: 0 },
        { instrument: "B-{YYMMDD}", maxIndexDistance: "0.5" },
        { instrument: "C", indexOptional: true as const },
      ],
    };
    const bounds = boundsOf(parsePolicy(policy(3, over)));
    const common = { decimals: 2, maxIndexDistance: "0.02", indexOptional: false };
    expect(bounds("X")).toEqual(common);
    expect(bounds("A")).toEqual({ ...common, decimals: 0 });
    expect(bounds("B-261225")).toEqual({ ...common, maxIndexDistance: "0.5" });
    expect(bounds("C")).toEqual({ ...common, indexOptional: true });
  });

  test("has its lists in code-unit order", () => {
    const names = ["b", "B", "a", "a1", "Z", "_", "-"];
    const sorted = sortedBy(names, (name) => name);
    expect(sorted).toEqual(["-", "B", "Z", "_", "a", "a1", "b"]);
    expect(names[0]).toBe("b");
    const { signers } = parsePolicy(policy(5));
    const addresses = signers.map(({ address }) => address.toLowerCase());
    expect(addresses).toEqual([...addresses].sort());
    const terms = ["C", "A", "B"].map(future);
    expect(parsePolicy(policy(3, { terms })).terms.map(({ instrument }) => instrument)).toEqual([
      "A",
      "B",
      "C",
    ]);
  });

  test("of the reader's own is their mistake, any other fault is what it was", () => {
    const thrown = (error: unknown): unknown => {
      try {
        underOwnPolicy(() => {
          throw error;
        });
      } catch (caught) {
        return caught;
      }
      throw new Error("nothing was thrown");
    };
    const fault = new MarginproofError("PRICES_POLICY", "X: both", { kind: "invalid", hint: "narrower" });
    expect(thrown(fault)).toMatchObject({ code: "PRICES_POLICY", message: "X: both", exitCode: 2 });
    expect(thrown(fault)).toMatchObject({ options: { kind: "usage", hint: "narrower" } });
    const others = [new TypeError("ours"), new MarginproofError("PRICES_STALE", "old", { kind: "invalid" })];
    for (const other of others) expect(thrown(other)).toBe(other);
    expect(underOwnPolicy(() => 7)).toBe(7);
  });
});

describe("what a refusal names", () => {
  test("the field, with the instrument or the name of its entry", () => {
    const json = { a: [{ instrument: "I" }, { name: "N", b: null }, { instrument: 7 }], c: { d: 1 } };
    expect(fieldPlace("file", [], json)).toBe("file");
    expect(fieldPlace("file", ["c", "d"], json)).toBe("file, c.d");
    expect(fieldPlace("file", ["a", 0, "price"], json)).toBe("file, a[0] (I).price");
    expect(fieldPlace("file", ["a", 1], json)).toBe("file, a[1] (N)");
    expect(fieldPlace("file", ["a", 2], json)).toBe("file, a[2]");
    // What is not there, or no object at all, has no name.
    expect(fieldPlace("file", ["a", 1, "b", 3, "x"], json)).toBe("file, a[1] (N).b[3].x");
    expect(fieldPlace("file", ["a", 9, 1], null)).toBe("file, a[9][1]");
    expect(fieldPlace("file", [0], [{ instrument: "x".repeat(100) }])).toBe(`file, [0] (${"x".repeat(64)})`);
    expect(fieldPlace("file", ["y".repeat(100)], {})).toBe(`file, ${"y".repeat(80)}`);
  });

  test("the signer, with the instrument where there is one", () => {
    expect(signerPlace("Alpha", "0xAb")).toBe("prices of Alpha (0xAb)");
    expect(signerPlace("Alpha", "0xAb", "X")).toBe("prices of Alpha (0xAb), X");
  });

  test("the first bad field, and how many more there are", () => {
    const parse = (json: unknown, kind?: "usage") => () => parsePrices(unsignedPrices, json, "prices", kind);
    const { terms: _, ...wrong } = policy();
    const one = {
      format: "marginproof/prices/1",
      source: "A",
      signer: policy().signers[0]!.address,
      quote: 1,
      observations: [{ instrument: "X", price: "1", time: "2026-11-23T08:00:00Z" }],
    };
    expectRefusal(parse(one), "PRICES_SCHEMA", "prices, quote: ");
    expect(parse(one)).not.toThrow("more)");
    expectRefusal(parse({ ...one, source: 1 }), "PRICES_SCHEMA", "prices, source: ", "(and 1 more)");
    expectRefusal(
      parse({ ...one, quote: "USDT", observations: [] }),
      "PRICES_SCHEMA",
      "observations: must hold at least one price",
    );
    expect(parse(one)).toThrow(expect.objectContaining({ exitCode: 1 }));
    expect(parse(wrong, "usage")).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect(parse({ ...one, quote: "USDT" })()).toMatchObject({ quote: "USDT" });
  });
});
