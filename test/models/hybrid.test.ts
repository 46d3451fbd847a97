import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HybridParameters, hybridTable } from "../../src/models/hybrid.js";
import { cashDelta, type ModelInstrument, notionalOf } from "../../src/models/instrument.js";
import { type Decimal, Precise } from "../../src/models/precise.js";
import { revalue } from "../../src/models/revalue.js";
import { grid } from "../../src/models/scenarioGrid.js";
import { anyBook, held, option, perpetual, required } from "./support.js";

const RULES: HybridParameters = {
  scenarios: grid(["-0.1", "0", "0.1"], [{ name: "vol same" }]),
  deltaFloorRate: "0.03",
  shortOptionRate: "0.01",
  concentration: [
    { notionalFloor: "0", rate: "0" },
    { notionalFloor: "500000", rate: "0.02" },
    { notionalFloor: "1000000", rate: "0.05" },
  ],
  initialFactorBp: 12_500,
};
const PERP = perpetual("BTC", "65000");
const FUTURE: ModelInstrument = { ...PERP, symbol: "BTC-FUT", days: "30" };
const FAR_CALL = option("BTC", "C", "200000", { days: "7" });
const INSTRUMENTS = [PERP, FUTURE, FAR_CALL, option("BTC", "P", "60000")];

describe("hybrid", () => {
  it("scan of a perpetual, concentration on top: hand-worked", () => {
    const table = hybridTable(RULES, INSTRUMENTS);
    expect(required(table, INSTRUMENTS, { "BTC-PERP": "-2" }).maintenance.toFixed()).toBe("13000");
    // 20 * 65000 = 1.3m: 10% scan, 2% of 0.5m, 5% of 0.3m
    expect(required(table, INSTRUMENTS, { "BTC-PERP": "20" }).maintenance.toFixed()).toBe("155000");
    expect(required(table, INSTRUMENTS, { "BTC-PERP": "20" }).initial.toFixed()).toBe("187500");
  });

  it("a far short call is charged its minimum, a long one nothing", () => {
    const table = hybridTable(RULES, INSTRUMENTS);
    expect(required(table, INSTRUMENTS, { [FAR_CALL.symbol]: "-1" }).maintenance.toFixed(4)).toBe("650.0000");
    expect(required(table, INSTRUMENTS, { [FAR_CALL.symbol]: "1" }).maintenance.toFixed(4)).toBe("0.0000");
  });

  it("the delta floor holds where the scan sees no loss", () => {
    const still = { ...RULES, scenarios: grid(["0"], [{ name: "vol same" }]) };
    const table = hybridTable(still, INSTRUMENTS);
    expect(required(table, INSTRUMENTS, { "BTC-PERP": "1" }).maintenance.toFixed()).toBe("1950");
    expect(required(table, INSTRUMENTS, { "BTC-PERP": "1", "BTC-FUT": "-1" }).maintenance.toFixed()).toBe(
      "0",
    );
  });

  it("as a minimum, what short options cost is no more than the scan where that is the larger", () => {
    const table = hybridTable({ ...RULES, shortOptions: "minimum" }, INSTRUMENTS);
    const maintenance = (book: Record<string, string>) =>
      required(table, INSTRUMENTS, book).maintenance.toFixed(4);
    expect(maintenance({ [FAR_CALL.symbol]: "-1" })).toBe("650.0000");
    expect(maintenance({ [FAR_CALL.symbol]: "1" })).toBe("0.0000");
    expect(maintenance({ [FAR_CALL.symbol]: "-1", "BTC-PERP": "1" })).toBe("6500.0000");
  });

  it.each(["added", "minimum"] as const)(
    "property: the table is the rule, to the 18th decimal (%s)",
    (shortOptions) => {
      const table = hybridTable({ ...RULES, shortOptions }, INSTRUMENTS);
      const gains = INSTRUMENTS.map((i) => RULES.scenarios.map((s) => revalue(i, s)));
      const deltas = INSTRUMENTS.map(cashDelta);
      fc.assert(
        fc.property(anyBook(INSTRUMENTS), (book) => {
          const sum = (of: (k: number) => Decimal) =>
            INSTRUMENTS.reduce((total, i, k) => total.plus(of(k).times(held(book, i))), new Precise(0));
          const scan = Precise.max(0, ...RULES.scenarios.map((_, s) => sum((k) => gains[k]![s]!).negated()));
          const floor = sum((k) => deltas[k]!)
            .abs()
            .times("0.03");
          const short = sum((k) => {
            const i = INSTRUMENTS[k]!;
            return i.kind === "option" && held(book, i).isNegative()
              ? notionalOf(i).times("-0.01")
              : new Precise(0);
          });
          let exact =
            shortOptions === "added" ? Precise.max(scan, floor).plus(short) : Precise.max(scan, floor, short);
          for (const i of INSTRUMENTS) {
            const notional = new Precise(notionalOf(i)).times(held(book, i).abs());
            const above = (floor: string) => Precise.max(0, notional.minus(floor));
            exact = exact.plus(above("500000").times("0.02")).plus(above("1000000").times("0.03"));
          }
          expect(
            required(table, INSTRUMENTS, book).maintenance.minus(exact.toString()).abs().lte("1e-15"),
          ).toBe(true);
        }),
        { numRuns: 150, seed: 11 },
      );
    },
  );
});
