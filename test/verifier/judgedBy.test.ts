import { describe, expect, test } from "vitest";
import { type MarketJson, parseMarket } from "../../src/market/index.js";
import { parsePolicy } from "../../src/prices/index.js";
import type { Statement } from "../../src/protocol/statement.js";
import { judgedBy } from "../../src/verifier/judgedBy.js";
import { policy } from "../prices/support.js";
import { TINY_MARKET, tinyMarket } from "../support/tinyMarket.js";

/** Of a statement in which each of these is held, long or short. */
function judge(
  held: Readonly<Record<string, readonly [long: bigint, short: bigint]>>,
  json: MarketJson = TINY_MARKET,
  ...others: [prices?: Parameters<typeof judgedBy>[2], pinned?: boolean]
) {
  const market = parseMarket(json);
  const quantities = market.instruments.map(({ symbol }) => {
    const [long, short] = held[symbol] ?? [0n, 0n];
    return { long, short };
  });
  return judgedBy(market, { quantities } as unknown as Statement, others[0], others[1]);
}

describe("what a book was judged by", () => {
  test("is what the market file says of itself", () => {
    const found = judge({});
    expect(found).toMatchObject({ quote: "USDT", initialFactor: "1.3", marginCallFactor: "1.2" });
    expect(found.kinds).toEqual({ asset: 2, settlement: 1, perpetual: 1, future: 0, option: 1, orders: 0 });
    expect(found.instruments.map(({ symbol, kind }) => [symbol, kind])).toEqual(
      tinyMarket.instruments.map(({ symbol, kind }) => [symbol, kind]),
    );
    expect(found.reserves).toEqual([
      { asset: "USDT", quantity: "10000000" },
      { asset: "BTC", quantity: "100" },
    ]);
    expect(found.namesAlike).toEqual([]);
    expect(judge({}, { ...TINY_MARKET, initialFactorBp: 10_001, marginCallBp: 10_000 })).toMatchObject({
      ...{ initialFactor: "1.0001", marginCallFactor: "1" },
    });
    const perp = TINY_MARKET.instruments[3]!;
    const named = ["0G-PERP", "OG-PERP"].map((symbol) => ({ ...perp, symbol }));
    const twins = { ...TINY_MARKET, instruments: [...TINY_MARKET.instruments, ...named] };
    expect(judge({}, twins).namesAlike).toEqual([["0G-PERP", "OG-PERP"]]);
  });

  test("moves what somebody holds, on either side", () => {
    const stress = (held: Parameters<typeof judge>[0]) =>
      judge(held).stress.map(({ name, moved, held: of, fall, rise }) => [name, moved, of, fall, rise]);
    expect(stress({})).toEqual([
      ["BTC -30%", 0, 0, null, null],
      ["BTC +50%", 0, 0, null, null],
    ]);
    for (const side of [
      [1n, 0n],
      [0n, 1n],
      [2n, 2n],
    ] as const)
      expect(stress({ BTC: side })).toEqual([
        ["BTC -30%", 1, 1, "30%", null],
        ["BTC +50%", 1, 1, null, "50%"],
      ]);
    expect(stress({ USDT: [1n, 1n], "BTC-PERP": [0n, 1n], BTC: [1n, 0n] })[0]).toEqual([
      ...["BTC -30%", 2, 2, "30%", null],
    ]);
  });

  test("has the bounds of the policy that its prices were held to, and whose that is", () => {
    const own = parsePolicy(policy(3, { maxAgeSeconds: 45 }));
    expect(judge({}).prices).toBeNull();
    const of = (...others: [prices?: Parameters<typeof judgedBy>[2], pinned?: boolean]) =>
      judge({}, TINY_MARKET, ...others).prices;
    const bounds = { quorum: 2, maxAgeSeconds: 45 };
    expect(of({ policy: own, modelled: ["A", "B"] })).toEqual({ ...bounds, pinned: false, unpriced: 2 });
    expect(of({ policy: own, modelled: [] }, true)).toEqual({ ...bounds, pinned: true, unpriced: 0 });
    expect(of({ policy: own }, true)).toEqual({ ...bounds, pinned: true, unpriced: null });
  });

  test("has initial factors from the market's to the largest of its groups' own", () => {
    const factor = (groups: typeof TINY_MARKET.groups) => judge({}, { ...TINY_MARKET, groups }).initialFactor;
    const [group] = TINY_MARKET.groups;
    expect(factor([group!])).toBe("1.3");
    expect(factor([{ ...group!, initialFactorBp: 13_000 }])).toBe("1.3");
    expect(factor([{ ...group!, initialFactorBp: 20_000 }])).toBe("1.3 to 2");
  });
});
