import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Precise } from "../../src/models/precise.js";
import { revalue } from "../../src/models/revalue.js";
import { span16, spanTable } from "../../src/models/span.js";
import { anyBook, held, option, perpetual, required } from "./support.js";

const RULES = { priceScan: "0.15", volScan: "0.1", volScanKind: "absolute" } as const;

/** L. McMillan, Options as a Strategic Investment, ch. 34: an S&P 500 future, scan range $10,000, extreme $7,000. */
const PUBLISHED = [
  0, 0, 3330, 3330, -3330, -3330, 6670, 6670, -6670, -6670, 10000, 10000, -10000, -10000, 7000, -7000,
];

describe("SPAN-16", () => {
  it("gives the published risk array of a future", () => {
    const future = { symbol: "SP", kind: "linear", underlying: "SP", mark: "100000" } as const;
    const scenarios = span16({ ...RULES, priceScan: "0.1", coveredFraction: "0.35" });
    const array = scenarios.map(
      (s) => revalue(future, s).div(10).toDecimalPlaces(0).times(10).toNumber() + 0,
    );
    expect(array).toEqual(PUBLISHED);
  });

  it("names 16 scenarios in the published order", () => {
    const names = span16(RULES).map((s) => s.name);
    expect(new Set(names).size).toBe(16);
    expect(names.slice(0, 6)).toEqual([
      "price 0 vol up",
      "price 0 vol down",
      "price +1/3 vol up",
      "price +1/3 vol down",
      "price -1/3 vol up",
      "price -1/3 vol down",
    ]);
    expect(names.slice(14)).toEqual(["extreme up", "extreme down"]);
  });

  it("a covered call: the future's loss less the option's gain, scenario by scenario", () => {
    const [future, call] = [perpetual("BTC", "65000"), option("BTC", "C", "70000")];
    const table = spanTable(RULES, [future, call]);
    const losses = span16(RULES).map((s) => revalue(call, s).minus(revalue(future, s)));
    const worst = Precise.max(0, ...losses);
    const got = required(table, [future, call], { [future.symbol]: "1", [call.symbol]: "-1" });
    expect(got.maintenance.minus(worst).abs().lte("1e-17")).toBe(true);
    expect(worst.toFixed(2)).toBe("8110.20");
  });

  it("needs nothing of a hedged future, and is the sum of underlyings", () => {
    const all = [
      perpetual("BTC", "65000"),
      { ...perpetual("BTC", "65000"), symbol: "BTC-2" },
      perpetual("ETH", "3000"),
    ];
    const book = { "BTC-PERP": "1", "BTC-2": "-1", "ETH-PERP": "2" };
    expect(required(spanTable(RULES, all), all, book).maintenance.toFixed()).toBe("900");
  });

  it("a short option minimum is a 17th scenario: the larger of it and the scan, exactly", () => {
    const all = [perpetual("BTC", "65000"), option("BTC", "C", "200000", { days: "7" })];
    const rules = { ...RULES, shortOptionRate: "0.01" };
    const table = spanTable(rules, all);
    expect(table.groups[0]!.scenarios.length).toBe(17);
    const [perp, call] = all.map((i) => i.symbol) as [string, string];
    const maintenance = (book: Record<string, string>) => required(table, all, book).maintenance.toFixed(4);
    expect(maintenance({ [call]: "-3" })).toBe("1950.0000");
    expect(maintenance({ [call]: "3" })).toBe("0.0000");
    expect(maintenance({ [call]: "-3", [perp]: "1" })).toBe("9750.0000");
    expect(maintenance({ [call]: "-30", [perp]: "1" })).toBe("19500.0000");
  });

  it("extreme scenarios never fall below a price of 0", () => {
    expect(span16({ ...RULES, priceScan: "0.6" })[15]!.priceMove.toString()).toBe("-1");
  });

  it("property: the table is the worst of the scenarios, rounded against the account", () => {
    const all = [
      perpetual("BTC", "65000"),
      option("BTC", "C", "70000"),
      option("BTC", "P", "60000", { days: "7" }),
    ];
    const table = spanTable(RULES, all);
    const gains = new Map(all.map((i) => [i.symbol, span16(RULES).map((s) => revalue(i, s))]));
    fc.assert(
      fc.property(anyBook(all), (book) => {
        const sums = span16(RULES).map((_, s) =>
          all.reduce((sum, i) => sum.plus(gains.get(i.symbol)![s]!.times(held(book, i))), new Precise(0)),
        );
        const exact = Precise.max(0, Precise.min(...sums).negated());
        const got = required(table, all, book).maintenance;
        expect(got.minus(exact).abs().lte("6e-17")).toBe(true);
        if (all.filter((i) => !held(book, i).isZero()).length === 1) expect(got.gte(exact)).toBe(true);
      }),
      { numRuns: 100, seed: 5 },
    );
  });
});
