import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cashDelta, type ModelInstrument, notionalOf } from "../../src/models/instrument.js";
import { OKX_MAJOR, okxScenarios, okxTable } from "../../src/models/okx.js";
import { Precise } from "../../src/models/precise.js";
import { revalue } from "../../src/models/revalue.js";
import { anyBook, held, option, perpetual, required } from "./support.js";

const PERP = perpetual("BTC", "65000");
const CALL = option("BTC", "C", "70000");
const INSTRUMENTS: ModelInstrument[] = [PERP, { ...PERP, symbol: "BTC-FUT", days: "73" }, CALL];

describe("OKX-like", () => {
  it("has 21 price and volatility moves, time decay and 2 extreme moves", () => {
    const names = okxScenarios(OKX_MAJOR).map((s) => s.name);
    expect(names.length).toBe(24);
    expect(names).toEqual(
      expect.arrayContaining(["-12% vol up", "0% vol same", "+4% vol down", "time decay", "extreme -24%"]),
    );
  });

  it("hand-worked: a perpetual (12%), a dated future (and 1% basis), a long call's time decay counted", () => {
    const table = okxTable(OKX_MAJOR, INSTRUMENTS);
    // 0.12 * 65000 + 0.0005 * 65000
    expect(required(table, INSTRUMENTS, { "BTC-PERP": "-1" }).maintenance.toFixed()).toBe("7832.5");
    // and 5% a year for 73 days
    expect(required(table, INSTRUMENTS, { "BTC-FUT": "1" }).maintenance.toFixed()).toBe("8482.5");
    const basis = required(table, INSTRUMENTS, { "BTC-FUT": "1", "BTC-PERP": "-1" });
    expect(basis.maintenance.toFixed()).toBe("715");
    const decay = okxScenarios(OKX_MAJOR).find((s) => s.name === "time decay")!;
    expect(revalue(CALL, decay).toFixed(4)).toBe("-63.5469");
  });

  it("property: never below max(scan + basis, minimum), above it by at most the minimum", () => {
    const table = okxTable(OKX_MAJOR, INSTRUMENTS);
    const scenarios = okxScenarios(OKX_MAJOR);
    const gains = INSTRUMENTS.map((i) => scenarios.map((s) => revalue(i, s)));
    fc.assert(
      fc.property(anyBook(INSTRUMENTS), (book) => {
        const q = INSTRUMENTS.map((i) => new Precise(held(book, i)));
        const sums = scenarios.map((_, s) =>
          q.reduce((sum, x, k) => sum.plus(x.times(gains[k]![s]!)), new Precise(0)),
        );
        const scan = Precise.max(0, Precise.min(...sums).negated());
        const rate = (days: number) => new Precise("0.05").times(days).div(365);
        const basis = [
          [1, 73],
          [2, 30],
        ].reduce(
          (sum, [k, days]) => sum.plus(cashDelta(INSTRUMENTS[k!]!).times(q[k!]!).times(rate(days!)).abs()),
          new Precise(0),
        );
        const minimum = INSTRUMENTS.reduce((sum, i, k) => {
          const r = i.kind !== "option" ? "0.0005" : q[k]!.isNegative() ? "0.005" : "0";
          return sum.plus(notionalOf(i).times(q[k]!.abs()).times(r));
        }, new Precise(0));
        const rule = Precise.max(scan.plus(basis), minimum);
        const excess = new Precise(required(table, INSTRUMENTS, book).maintenance.toString()).minus(rule);
        expect(excess.gte("-1e-12") && excess.lte(minimum.plus("1e-12")), excess.toString()).toBe(true);
      }),
      { numRuns: 100, seed: 14 },
    );
  });
});
