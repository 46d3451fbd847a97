import { describe, expect, test } from "vitest";
import type { Market, MarketInstrument } from "../../src/market/marketFile.js";
import { splitTiers } from "../../src/market/splitTiers.js";

const tiers = (name: "ratio" | "rate", values: readonly string[]) =>
  values.map((value, i) => ({ valueFloor: String(1000 * i), [name]: value }));
/** An instrument of BTC: what it counts at, tier by tier, and what owing it costs. */
const coin = (
  symbol: string,
  ratios?: readonly string[],
  rates?: string | readonly string[],
  more: object = {},
) =>
  ({
    ...{ symbol, kind: "asset", asset: "BTC", ...more },
    ...(ratios && { haircut: tiers("ratio", ratios) }),
    ...(rates && { borrowRate: typeof rates === "string" ? rates : tiers("rate", rates) }),
  }) as unknown as MarketInstrument;
const found = (...instruments: readonly MarketInstrument[]) =>
  splitTiers({ instruments } as unknown as Market);
const BESIDE_A = [{ tiered: "A", beside: ["B"] }];
const NONE: object[] = [];

describe("an asset whose tiers can be had twice", () => {
  test.each<[string, object[], readonly string[] | undefined]>([
    ["counts for more from the start", BESIDE_A, ["0.91"]],
    ["counts in full", BESIDE_A, undefined],
    ["begins above the last tier", BESIDE_A, ["0.901", "0.5"].slice(0, 1)],
    ["counts for the last tier's", NONE, ["0.9"]],
    ["counts for less", NONE, ["0.5"]],
  ])("has a second instrument that %s", (_, expected, ratios) => {
    expect(found(coin("A", ["0.99", "0.95", "0.9"]), coin("B", ratios))).toEqual(expected);
  });

  test.each<[string, object[], string | readonly string[] | undefined]>([
    ["costs less from the start", BESIDE_A, "0.049"],
    ["costs nothing", BESIDE_A, undefined],
    ["begins below the last tier", BESIDE_A, ["0.01"]],
    ["costs the last tier's", NONE, "0.05"],
    ["costs more", NONE, ["0.06", "0.07"].slice(0, 1)],
  ])("has a second instrument that, owed, %s", (_, expected, rates) => {
    expect(found(coin("A", undefined, ["0.01", "0.02", "0.05"]), coin("B", undefined, rates))).toEqual(
      expected,
    );
  });

  test("has its two instruments listed both where both have tiers, and each beside all others", () => {
    const both = found(coin("A", ["0.9", "0.5"]), coin("B", ["0.8", "0.4"]), coin("C", ["0.45"]));
    expect(both).toEqual([
      { tiered: "A", beside: ["B"] },
      { tiered: "B", beside: ["A", "C"] },
    ]);
    // Either charge is enough.
    expect(found(coin("A", ["0.9", "0.5"], ["0.01", "0.05"]), coin("B", ["0.5"], "0.02"))).toEqual(BESIDE_A);
    expect(found(coin("A", ["0.9", "0.5"], ["0.01", "0.05"]), coin("B", ["0.6"], "0.05"))).toEqual(BESIDE_A);
    expect(found(coin("A", ["0.9", "0.5"], ["0.01", "0.05"]), coin("B", ["0.5"], "0.05"))).toEqual(NONE);
  });

  test("is one asset: nothing is said of one instrument, of flat charges, of other assets, or of what is no asset", () => {
    const A = coin("A", ["0.99", "0.9"], ["0.01", "0.05"]);
    expect(found(A)).toEqual(NONE);
    expect(found(coin("A", ["0.5"], "0.9"), coin("B", ["0.9"], "0.1"))).toEqual(NONE);
    expect(found(A, coin("B", undefined, undefined, { asset: "ETH" }))).toEqual(NONE);
    expect(found(A, coin("B", undefined, undefined, { kind: "settlement" }))).toEqual(NONE);
    expect(found(coin("A", ["0.9", "0.5"], undefined, { kind: "settlement" }), coin("B"))).toEqual(NONE);
  });

  test("names five beside each, so that thousands of one asset make no verdict that nobody can read", () => {
    const many = Array.from({ length: 2_000 }, (_, i) => coin(`B${i}`, ["0.9", "0.5"], ["0.01", "0.05"]));
    const listed = found(...many);
    expect(listed.map(({ tiered }) => tiered)).toEqual(many.map(({ symbol }) => symbol));
    expect(listed[0]).toEqual({ tiered: "B0", beside: ["B1", "B2", "B3", "B4", "B5"] });
    expect(listed[3]).toEqual({ tiered: "B3", beside: ["B0", "B1", "B2", "B4", "B5"] });
  });

  test("has the one that begins cheapest found among many that charge more, held or owed", () => {
    const dear = Array.from({ length: 50 }, (_, i) => coin(`D${i}`, ["0.5"], "0.05"));
    const A = coin("A", ["0.9", "0.5"], ["0.01", "0.05"]);
    expect(found(...dear, A, coin("held", ["0.51"], "0.05"))).toEqual([{ tiered: "A", beside: ["held"] }]);
    for (const all of [
      [coin("owed", ["0.5"], "0.049"), A, ...dear],
      [A, ...dear, coin("owed", ["0.5"], "0.049")],
    ])
      expect(found(...all)).toEqual([{ tiered: "A", beside: ["owed"] }]);
    expect(found(A, ...dear)).toEqual(NONE);
    const held = Array.from({ length: 6 }, (_, i) => coin(`H${i}`, ["0.6"], "0.05"));
    const owed = Array.from({ length: 6 }, (_, i) => coin(`O${i}`, ["0.5"], "0.02"));
    expect(found(A, ...held, ...owed)).toEqual([{ tiered: "A", beside: ["H0", "H1", "H2", "H3", "H4"] }]);
  });
});
