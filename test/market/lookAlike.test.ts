import { describe, expect, it } from "vitest";
import { assertNames } from "../../src/market/checkNames.js";
import { type Market, type MarketJson, parseMarket } from "../../src/market/index.js";
import { apartBySpelling, Looks, looksOf } from "../../src/market/lookAlike.js";
import { type InstrumentJson, instrumentOf, smallMarket } from "./smallMarket.js";

describe("names by what they look like", () => {
  it("are found in the order in which they were added, the first that counts", () => {
    const looks = new Looks<number>();
    ["OM", "0m", "orn", "oM"].forEach((name, n) => void looks.add(name, n));
    expect(looks.find("om")).toBe(0);
    expect(looks.find("om", (n) => n > 0)).toBe(1);
    expect(looks.find("om", (n) => n === 3)).toBe(3);
    expect(looks.find("om", () => false)).toBeUndefined();
    expect(looks.find("AM")).toBeUndefined();
  });

  it("all count where there are eight or more of one look", () => {
    const looks = new Looks<number>();
    for (let n = 0; n < 7; n++) looks.add("A", n);
    expect(looks.find("a", (n) => n === 5)).toBe(5);
    expect(looks.find("a", () => false)).toBeUndefined();
    looks.add("A", 7);
    expect(looks.find("a", (n) => n === 5)).toBe(0);
    expect(looks.find("a", () => false)).toBe(0);
  });

  it("are found by either look: as printed, or as typed", () => {
    const looks = new Looks<string>();
    looks.add("AI", "AI");
    // Printed, I and l are one; typed, they are not.
    expect([looks.find("Al"), looks.find("ai"), looks.find("AL")]).toEqual(["AI", "AI", undefined]);
    const other = new Looks<string>();
    other.add("AL", "AL");
    expect([other.find("al"), other.find("A1"), other.find("AI")]).toEqual(["AL", "AL", undefined]);
  });

  it.each([
    ["a", "printed a", "typed a"],
    ["AlI1i", "printed a1111", "typed alili"],
    ["L1", "printed l1", "typed ll"],
    ["0rn vv", "printed om w", "typed om w"],
    ["VV", "printed w", "typed w"],
    ["a  b   c", "printed a b c", "typed a b c"],
    ["*a-b*", "printed a-b", "typed a-b"],
    ["-25%", "printed -25", "typed -25"],
    ["--25", "printed 25", "typed 25"],
    ["- x -", "printed x", "typed x"],
    ["a|b", "printed a1b", "typed alb"],
    ["Łódź ß", "printed lodz b", "typed lodz b"],
    ["--", "printed --", "typed --"],
  ])("%s", (name, printed, typed) => {
    expect(looksOf(name)).toEqual([printed, typed]);
  });

  it("are apart by spelling where rn, vv or a 0 in front is all that tells them apart", () => {
    for (const [one, other] of [
      ["0G", "OG"],
      ["orn", "om"],
      ["vvs", "ws"],
      // Alike as printed, not as typed.
      ["0I", "Ol"],
    ] as const)
      expect([apartBySpelling(one, other), apartBySpelling(other, one)], one).toEqual([true, true]);
    for (const [one, other] of [
      ["OG", "og"],
      ["0G", "0g"],
      ["S0L", "SOL"],
      ["A", "B"],
      ["A0", "AO"],
      ["OG", "OG"],
    ] as const)
      expect([apartBySpelling(one, other), apartBySpelling(other, one)], one).toEqual([false, false]);
  });
});

describe("a market's names", () => {
  const parsed = (...more: (Partial<InstrumentJson> & { like: string })[]) => {
    const json: MarketJson = smallMarket();
    for (const { like, ...fields } of more) json.instruments.push({ ...instrumentOf(json, like), ...fields });
    return () => parseMarket(json);
  };
  const refused = (message: string) =>
    expect.objectContaining({ code: "MARKET_ASSET_NAME", message: expect.stringContaining(message) });
  const spot = { like: "BTC" };

  it("may be many of one asset", () => {
    const many = Array.from({ length: 12 }, (_, n) => ({ ...spot, symbol: `BTC-${n}`, asset: "BTC" }));
    expect(parsed(...many)().instruments).toHaveLength(17);
  });

  it("are each asset's own, though another has the same look", () => {
    const coins = ["OG", "0G"].map((asset) => ({ ...spot, symbol: `${asset}-2`, asset }));
    const { haircut: _, borrowRate: __, ...bare } = instrumentOf(smallMarket(), "BTC");
    const settled = { ...bare, like: "USDT-PNL", kind: "settlement" as const, asset: "0G" };
    expect(parsed(...coins)()).toBeDefined();
    expect(parsed(...coins, { ...settled, symbol: "0G" })).toThrow(
      refused('"0G" reads as the asset 0G, and is a settlement of 0G'),
    );
    expect(parsed(...coins, { ...settled, symbol: "PNL" })()).toBeDefined();
  });

  it("of a contract and of a coin are never alike, and none is like the quote currency's", () => {
    const alike = expect.objectContaining({ code: "MARKET_NAME_ALIKE" });
    const coin = { ...spot, symbol: "OG-2", asset: "OG" };
    expect(parsed(coin, { ...spot, symbol: "0G-2", asset: "0G" })()).toBeDefined();
    expect(parsed(coin, { like: "BTC-PERP", symbol: "0G-2" })).toThrow(alike);
    const coins = ["OG", "0G"].map((symbol) => ({ symbol, kind: "asset" }));
    const named = (quote: string) => () =>
      assertNames({ quote, instruments: coins, stress: [], reserves: {} } as unknown as Market);
    expect(named("USDT")).not.toThrow();
    expect(named("OG")).toThrow(alike);
    expect(named("0G")).toThrow(alike);
  });

  it("of an asset are no stress scenario's, though no instrument is called so", () => {
    const json = smallMarket();
    Object.assign(instrumentOf(json, "BTC"), { symbol: "BTC-2", asset: "BTC" });
    expect(parseMarket(json)).toBeDefined();
    json.stress = [{ name: "btc" }];
    expect(() => parseMarket(json)).toThrow(expect.objectContaining({ code: "MARKET_STRESS_NAME" }));
  });

  it("read as of an asset at any of their separators", () => {
    const own = { ...spot, symbol: "USD-C" };
    expect(parsed(own)()).toBeDefined();
    expect(parsed(own, { ...spot, symbol: "USD-C-2" })).toThrow(refused("reads as of the asset USD-C"));
    expect(parsed(own, { ...spot, symbol: "USD-C.x-2", asset: "USD-C" })()).toBeDefined();
    expect(parsed(own, { ...spot, symbol: "USD-D-C" })()).toBeDefined();
  });
});
