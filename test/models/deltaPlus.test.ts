import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DELTA_PLUS, deltaPlusTable, unitCharges } from "../../src/models/deltaPlus.js";
import type { ModelInstrument } from "../../src/models/instrument.js";
import { Precise } from "../../src/models/precise.js";
import { anyBook, option, perpetual, required } from "./support.js";

const CALL = option("BTC", "C", "70000");
const INSTRUMENTS: ModelInstrument[] = [
  perpetual("BTC", "65000"),
  CALL,
  option("BTC", "P", "50000", { days: "7", volatility: "0.7" }),
  perpetual("ETH", "3000"),
  option("ETH", "C", "3000", { forward: "3000", volatility: "0.65", days: "180" }),
];

/** The rule itself: |delta| + max(0, -gamma) + |vega| per underlying. */
function reference(book: Readonly<Record<string, string>>) {
  let total = new Precise(0);
  for (const underlying of ["BTC", "ETH"]) {
    const sums = { delta: new Precise(0), gamma: new Precise(0), vega: new Precise(0) };
    for (const i of INSTRUMENTS.filter((x) => x.underlying === underlying)) {
      const charges = unitCharges(DELTA_PLUS, i);
      for (const k of ["delta", "gamma", "vega"] as const)
        sums[k] = sums[k].plus(charges[k].times(book[i.symbol]!));
    }
    total = total.plus(sums.delta.abs()).plus(Precise.max(0, sums.gamma.negated())).plus(sums.vega.abs());
  }
  return total;
}

describe("delta-plus", () => {
  it("charges of one call, hand-worked from its Greeks", () => {
    const { delta, gamma, vega } = unitCharges(DELTA_PLUS, CALL);
    // 8% of delta 0.347843... * 65000; gamma 0.0000360576 / 2 * 5200^2; vega 6886.753964 * 0.25 * 0.55
    expect(delta.toFixed(6)).toBe("1808.785833");
    expect(gamma.toFixed(6)).toBe("487.498705");
    expect(vega.toFixed(6)).toBe("946.928670");
  });

  it("gamma counts only when negative, delta and vega both ways", () => {
    const table = deltaPlusTable(DELTA_PLUS, [CALL]);
    const [long, short] = ["1", "-1"].map((q) => required(table, [CALL], { [CALL.symbol]: q }).maintenance);
    expect(long!.toFixed(6)).toBe("2755.714503");
    expect(short!.minus(long!).toFixed(6)).toBe("487.498705");
  });

  it("one group of 8 scenarios an underlying; a perpetual needs no more than delta", () => {
    const table = deltaPlusTable(DELTA_PLUS, INSTRUMENTS);
    expect(table.groups.map((g) => [g.name, g.scenarios.length])).toEqual([
      ["BTC greeks", 8],
      ["ETH greeks", 8],
    ]);
    expect(required(table, INSTRUMENTS, { "BTC-PERP": "-2" }).maintenance.toFixed()).toBe("10400");
  });

  it("property: one group and three groups are the rule, exactly but for the 18th decimal", () => {
    const tables = (["one", "three"] as const).map((form) =>
      deltaPlusTable({ ...DELTA_PLUS, form }, INSTRUMENTS),
    );
    fc.assert(
      fc.property(anyBook(INSTRUMENTS), (book) => {
        const exact = reference(book);
        for (const table of tables) {
          const got = required(table, INSTRUMENTS, book).maintenance;
          expect(got.minus(exact.toString()).abs().lte("3e-16"), `${got} and ${exact}`).toBe(true);
        }
      }),
      { numRuns: 150, seed: 10 },
    );
  });

  it("names the option that has no Greeks", () => {
    const atStrike = option("BTC", "C", "65000", { days: "0" });
    expect(() => deltaPlusTable(DELTA_PLUS, [atStrike])).toThrow(/BTC-0-65000-C: expires now, at its strike/);
    const expired = option("BTC", "C", "65000", { days: "-1" });
    expect(() => deltaPlusTable(DELTA_PLUS, [expired])).toThrow(
      expect.objectContaining({ code: "OPTION_EXPIRED" }),
    );
  });
});
