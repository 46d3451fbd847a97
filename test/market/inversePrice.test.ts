import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decimal } from "../../src/decimal/decimal.js";
import { canonicalMarketDigest, type MarketJson, parseMarket } from "../../src/market/index.js";
import { inversePrice } from "../../src/market/inversePrice.js";
import { TINY_MARKET } from "../support/tinyMarket.js";

const Wide = Decimal.clone({
  precision: 150,
  rounding: Decimal.ROUND_HALF_EVEN,
  toExpNeg: -60,
  toExpPos: 60,
});
const price = (contract: string, tick: string, index: string, mark: string) =>
  inversePrice({ contract, tick }, decimal(index), decimal(mark));

describe("price of an inverse contract", () => {
  test("by hand: exact at the index, else in whole ticks, ties to even", () => {
    expect(price("100", "0.01", "60000", "60000.0")).toBe("-100");
    expect(price("33.333", "0.01", "7", "7")).toBe("-33.333");
    // 100 * 60010.5 / 60025.5 = 99.97501...
    expect(price("100", "0.0001", "60010.5", "60025.5")).toBe("-99.975");
    expect(price("10", "1", "100", "80")).toBe("-12");
    expect(price("10", "1", "150", "100.0000000001")).toBe("-15");
    expect(price("1", "1", "5", "2")).toBe("-2");
    expect(price("1", "1", "7", "2")).toBe("-4");
    expect(price("1", "1000", "7", "2")).toBe("0");
  });

  test("is decimal.js's -contract * index / mark in whole ticks", () => {
    const amount = fc
      .tuple(fc.bigInt(1n, 10n ** 20n), fc.integer({ min: 0, max: 18 }))
      .map(([n, scale]) => new Wide(n.toString()).div(new Wide(10).pow(scale)).toFixed());
    fc.assert(
      fc.property(amount, amount, amount, amount, (contract, tick, index, mark) => {
        fc.pre(!new Wide(mark).eq(index));
        const ticks = new Wide(contract).times(index).div(mark).div(tick).toDecimalPlaces(0);
        expect(new Wide(price(contract, tick, index, mark)).eq(ticks.times(tick).negated())).toBe(true);
      }),
    );
  });
});

describe("fields of signed prices in a market file", () => {
  const market = (edit: (m: MarketJson) => void) => {
    const copy = structuredClone(TINY_MARKET);
    copy.instruments.push({
      ...copy.instruments[1]!,
      symbol: "BTC-PNL",
      asset: "BTC",
      markPrice: "60000",
      stressGains: ["-18000", "30000"],
    });
    edit(copy);
    return parseMarket(copy);
  };
  const perpetual = (m: MarketJson) => m.instruments.find(({ kind }) => kind === "perpetual")!;
  const digest = (edit: (m: MarketJson) => void) =>
    Buffer.from(canonicalMarketDigest(market(edit))).toString("hex");
  const EVIDENCE = `0x${"12".repeat(32)}`;

  test("are in the market's digest", () => {
    const inverse = (contract: string, tick?: string) => (m: MarketJson) =>
      Object.assign(perpetual(m), { settlement: "BTC-PNL", markPrice: "-25", inverse: { contract, tick } });
    const digests = [
      digest(() => {}),
      digest((m) => (m.priceEvidence = EVIDENCE)),
      digest((m) => (m.priceEvidence = EVIDENCE.replace("12", "13"))),
      digest((m) => (perpetual(m).settlement = "BTC-PNL")),
      digest(inverse("40", "0.1")),
      digest(inverse("40", "0.2")),
      digest(inverse("50", "0.1")),
      digest(inverse("50")),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  test("are refused where they mean nothing", () => {
    const refused = (edit: (m: MarketJson) => void, code: string) =>
      expect(() => market(edit)).toThrow(expect.objectContaining({ code }));
    refused((m) => (m.priceEvidence = EVIDENCE.toUpperCase()), "MARKET_SCHEMA");
    refused((m) => (m.priceEvidence = EVIDENCE.slice(0, -1)), "MARKET_SCHEMA");
    const terms = { contract: "100", tick: "0.1" };
    refused((m) => Object.assign(perpetual(m), { inverse: terms }), "MARKET_FIELD_NOT_ALLOWED");
    refused(
      (m) => Object.assign(perpetual(m), { inverse: terms, settlement: "USDT-PNL" }),
      "MARKET_FIELD_NOT_ALLOWED",
    );
    // A holder would read that it is of 100 quote currency: one is worth 10, or what is no inverse contract.
    for (const markPrice of ["-10", "-49.9", "-200.1", "100", "0"])
      refused(
        (m) =>
          Object.assign(perpetual(m), { settlement: "BTC-PNL", markPrice, inverse: { contract: "100" } }),
        markPrice === "0" ? "MARKET_NO_REQUIREMENT" : "MARKET_PRICE_MISMATCH",
      );
    refused((m) => Object.assign(m.instruments[2]!, { inverse: terms }), "MARKET_FIELD_NOT_ALLOWED");
  });
});
