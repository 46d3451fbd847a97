import { describe, expect, it, test } from "vitest";
import { decimal } from "../../src/decimal/decimal.js";
import { bytesToHex } from "../../src/field/encoding.js";
import {
  canonicalMarketDigest,
  compileTable,
  type MarketJson,
  openBook,
  openInterestOf,
  parseMarket,
} from "../../src/market/index.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { parsedVariants, variantMarket } from "../support/variantMarket.js";
import { instrumentOf } from "./smallMarket.js";

const digest = (json: MarketJson): string => bytesToHex(canonicalMarketDigest(parseMarket(json)));

function checksOf(mode: "net" | "hedge", held: Readonly<Record<string, readonly [bigint, bigint]>>) {
  const market = parsedVariants(mode);
  const table = compileTable(market);
  const lanes = table.lanes.map(({ instrument, side }) => held[instrument]?.[side === "long" ? 0 : 1] ?? 0n);
  return {
    interest: openInterestOf(market, table, lanes),
    checks: openBook(market, table, lanes).checks.filter(({ name }) => name !== "reserves"),
  };
}

describe("open interest of a contract", () => {
  it("nets over sides and leverages, and never over contracts", () => {
    const { checks } = checksOf("hedge", {
      "ETH-PERP.L.1x": [7n, 0n],
      "ETH-PERP.L.20x": [5n, 0n],
      "ETH-PERP.S.5x": [0n, 12n],
      "ETH-25DEC26.L": [4n, 0n],
    });
    expect(checks.map((c) => [c.name, c.subject, c.passed, c.left, c.right])).toEqual([
      ["open-interest", "ETH-PERP", true, "0.12", "0.12"],
      ["open-interest", "ETH-25DEC26", false, "0.4", "0"],
      ["position-side", "hedge mode", true, "0", "0"],
    ]);
  });

  it("is no place for the other side's positions in hedge mode", () => {
    const { checks } = checksOf("hedge", {
      "ETH-PERP.L.1x": [7n, 2n],
      "ETH-PERP.S.5x": [1n, 6n],
      "ETH-25DEC26.S": [0n, 0n],
      USDT: [5n, 5n],
    });
    expect(checks.at(-1)).toMatchObject({
      ...{ name: "position-side", subject: "hedge mode", passed: false, left: "2", right: "0" },
      parts:
        "ETH-PERP.L.1x is for longs, and others hold it, ETH-PERP.S.5x is for shorts, and others hold it",
    });
  });

  it("is in units: steps of variants may differ", () => {
    const json = variantMarket("net");
    instrumentOf(json, "ETH-PERP.5x").quantityStep = "0.5";
    const market = parseMarket(json);
    const table = compileTable(market);
    const lanes = table.lanes.map(({ instrument, side }) => {
      if (instrument === "ETH-PERP.5x" && side === "long") return 3n;
      return instrument === "ETH-PERP.1x" && side === "short" ? 150n : 0n;
    });
    expect(openBook(market, table, lanes).checks[0]).toMatchObject({ subject: "ETH-PERP", passed: true });
  });

  it("has no check of sides in net mode", () => {
    const { checks } = checksOf("net", { "ETH-PERP.1x": [3n, 3n] });
    expect(checks.map(({ name, passed }) => [name, passed])).toEqual([
      ["open-interest", true],
      ["open-interest", true],
    ]);
  });
});

test("the open interest of a contract names its variants", () => {
  const { interest } = checksOf("hedge", { "ETH-25DEC26.L": [4n, 0n], "ETH-25DEC26.S": [0n, 3n] });
  expect(interest.at(-1)).toEqual({
    ...{ contract: "ETH-25DEC26", variants: ["ETH-25DEC26.L", "ETH-25DEC26.S"] },
    ...{ long: decimal("0.4"), short: decimal("0.3") },
  });
});

describe("the market's digest", () => {
  it("covers mode, contract, side, leverage, multiplier and entry price factor, and is what it was for a market that states none", () => {
    const plain = variantMarket("net", "");
    const { positionMode: _, ...without } = plain;
    expect(digest(without)).toBe(digest(plain));
    const digests = [
      plain,
      { ...plain, entryPriceFactor: "50" },
      {
        ...plain,
        instruments: plain.instruments.map((i) => (i.symbol === "ETH-PERP" ? { ...i, multiplier: "2" } : i)),
      },
      variantMarket("net"),
      variantMarket("hedge"),
      { ...variantMarket("net", ""), instruments: plain.instruments.map(named("ETH-PERP")) },
    ].map(digest);
    expect(new Set(digests).size).toBe(digests.length);
  });
});

const named = (symbol: string) => (i: MarketJson["instruments"][number]) =>
  i.symbol === symbol ? { ...i, contract: symbol } : i;

describe("a contract's name", () => {
  it("is told by its variants' names: none says the other side", () => {
    const named = (long: string, short: string): MarketJson => {
      const json = variantMarket("hedge");
      const sides = [
        ["ETH-25DEC26.L", long],
        ["ETH-25DEC26.S", short],
      ] as const;
      for (const [symbol, name] of sides) instrumentOf(json, symbol).symbol = `ETH-25DEC26.${name}`;
      return json;
    };
    expect(parseMarket(named("Long", "S")).positionMode).toBe("hedge");
    for (const [long, short] of [
      ["SHORT", "LONG"],
      ["L", "l.x"],
      ["x-s", "S"],
    ] as const)
      expect(() => parseMarket(named(long, short)), `${long} ${short}`).toThrow(
        expect.objectContaining({ code: "MARKET_CONTRACT" }),
      );
  });

  it("is no listed coin's, settlement's or orders' name: rows of that name would become positions", () => {
    const coin = TINY_MARKET.instruments.find(({ symbol }) => symbol === "BTC")!;
    const perpetual = TINY_MARKET.instruments.find(({ symbol }) => symbol === "BTC-PERP")!;
    const orders = {
      ...{
        symbol: "BTC-ORDERS",
        kind: "orders" as const,
        asset: "BTC",
        quantityStep: "0.00001",
        markPrice: "0",
      },
      ...{ notionalPrice: "60000", initial: { brackets: [{ notionalFloor: "0", rate: "1" }] } },
    };
    const marketWith = (contract: string): MarketJson => ({
      ...TINY_MARKET,
      positionMode: "hedge",
      instruments: [
        ...TINY_MARKET.instruments,
        { ...coin, symbol: "BTC-SPOT", asset: "BTC" },
        orders,
        ...(["long", "short"] as const).map((side) => ({
          ...perpetual,
          ...{ symbol: `${contract}.${side}`, contract, side },
        })),
      ],
    });
    expect(parseMarket(marketWith("ETH-PERP")).instruments).toHaveLength(TINY_MARKET.instruments.length + 4);
    for (const name of ["BTC-SPOT", "USDT-PNL", "BTC-ORDERS"])
      expect(() => parseMarket(marketWith(name)), name).toThrow(
        expect.objectContaining({ code: "MARKET_NAME_ALIKE" }),
      );
  });
});
