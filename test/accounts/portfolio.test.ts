import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileInstruments, PortfolioBuilder } from "../../src/accounts/index.js";
import { MARKET } from "./market.js";

const market = compileInstruments(MARKET);
type Row = readonly [symbol: string, steps: bigint, entryPrice?: string];

function net(...rows: Row[]): Record<string, bigint> {
  const builder = new PortfolioBuilder({ account: "alice", pocket: "" }, market);
  for (const [symbol, steps, price] of rows) builder.add(market.bySymbol.get(symbol)!, steps, price);
  return Object.fromEntries(builder.build().holdings);
}

describe("netting", () => {
  it("sums rows of an instrument, long against short, and drops zeros", () => {
    expect(net(["BTC", 5n], ["USDT", 1n], ["BTC", -7n])).toEqual({ USDT: 1n, BTC: -2n });
    expect(net(["BTC", 5n], ["BTC", -5n], ["ETH", 0n])).toEqual({});
  });

  it("keeps market order whatever the row order", () => {
    expect(Object.keys(net(["PNL", 1n], ["BTC", 1n], ["USDT", 1n]))).toEqual(["USDT", "BTC", "PNL"]);
  });

  it("refuses 2^52 steps and takes one less, after netting", () => {
    const limit = 1n << 52n;
    expect(net(["BTC", limit - 1n])).toEqual({ BTC: limit - 1n });
    expect(net(["BTC", 3n * limit], ["BTC", -4n * limit + 1n])).toEqual({ BTC: 1n - limit });
    for (const rows of [[["BTC", limit]], [["BTC", -limit]], [["PNL", limit]]] as Row[][]) {
      expect(() => net(...rows)).toThrow(
        expect.objectContaining({
          code: "ACCOUNT_QUANTITY_TOO_LARGE",
          message: expect.stringMatching(`account "alice" holds -?${limit} steps of ${rows[0]![0]};`),
        }),
      );
    }
    // Cash alone: -1 BTC of 10^12 is 10^16 steps of 0.0001.
    expect(() => net(["BTC-FUTURE", -1000n, "1000000000000"])).toThrow(/steps of PNL/);
  });
});

describe("settlement of entry prices", () => {
  // One step is 0.001 BTC; PNL is counted in 0.0001.
  it("rounds down once per account: gains and losses both against it", () => {
    expect(net(["BTC-FUTURE", 1n, "0.05"])).toEqual({ PNL: -1n, "BTC-FUTURE": 1n }); // -0.00005
    expect(net(["BTC-FUTURE", -1n, "0.05"])).toEqual({ "BTC-FUTURE": -1n }); // +0.00005
    expect(net(["BTC-FUTURE", -1n, "0.15"])).toEqual({ PNL: 1n, "BTC-FUTURE": -1n }); // +0.00015
    expect(net(["BTC-FUTURE", 1n, "0.15"])).toEqual({ PNL: -2n, "BTC-FUTURE": 1n }); // -0.00015
  });

  it("accumulates exactly over rows and instruments before rounding", () => {
    const row: Row = ["BTC-FUTURE", -1n, "0.05"];
    expect(net(row, row)).toEqual({ PNL: 1n, "BTC-FUTURE": -2n });
    expect(net(["BTC-FUTURE", 1n, "0.05"], ["BTC-OPTION", -1n, "0.05"]).PNL).toBeUndefined();
    expect(net(["BTC-FUTURE", 1n, "-0.05"], ["PNL", 7n])).toEqual({ PNL: 7n, "BTC-FUTURE": 1n });
  });

  it("leaves the realised result of a closed position", () => {
    expect(net(["BTC-PERPETUAL", 1000n, "60000"], ["BTC-PERPETUAL", -1000n, "60123.45678"])).toEqual({
      PNL: 1234567n,
    });
  });

  it("agrees with decimal.js", () => {
    const Exact = Decimal.clone({ precision: 400, toExpNeg: -400, toExpPos: 400 });
    const price = fc
      .tuple(fc.bigInt(-(10n ** 8n), 10n ** 8n), fc.integer({ min: 0, max: 12 }))
      .map(([units, scale]) => new Exact(units.toString()).div(new Exact(10).pow(scale)).toFixed(scale))
      .map((text) => (/^-0(\.0*)?$/.test(text) ? "0" : text));
    const row = fc.tuple(
      fc.constantFrom("BTC-PERPETUAL", "BTC-FUTURE", "BTC-OPTION"),
      fc.bigInt(-100_000n, 100_000n),
      price,
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
        let cash = new Exact(0);
        for (const [, steps, entry] of rows)
          cash = cash.minus(new Exact(`${steps}`).times("0.001").times(entry));
        const expected = BigInt(cash.div("0.0001").floor().toFixed(0));
        expect(net(...rows).PNL ?? 0n).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });
});
