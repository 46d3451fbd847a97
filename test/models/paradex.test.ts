import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cashDelta, type ModelInstrument, notionalOf } from "../../src/models/instrument.js";
import { paradexLike, paradexTable } from "../../src/models/paradex.js";
import { Precise } from "../../src/models/precise.js";
import { revalue } from "../../src/models/revalue.js";
import { anyBook, held, option, page, perpetual, required, threeHundredBooks } from "./support.js";

const PERP = perpetual("BTC", "65000");
const INSTRUMENTS: ModelInstrument[] = [
  PERP,
  { ...PERP, symbol: "BTC-FUT", days: "30" },
  option("BTC", "C", "70000"),
  option("BTC", "P", "60000", { days: "7" }),
];
const RULES = paradexLike();
const GAINS = INSTRUMENTS.map((i) => RULES.scenarios.map((s) => revalue(i, s)));

/** max(scan, 2% |net| + 1% hedged) and provisions, straight from the rule. */
function reference(book: Readonly<Record<string, string>>) {
  const deltas = INSTRUMENTS.map((i) => cashDelta(i).times(held(book, i)));
  const total = (xs: readonly InstanceType<typeof Precise>[]) =>
    xs.reduce((sum, x) => sum.plus(x), new Precise(0));
  const scan = RULES.scenarios.map((_, s) =>
    total(INSTRUMENTS.map((i, k) => GAINS[k]![s]!.times(held(book, i)))).negated(),
  );
  const long = total(deltas.filter((x) => x.gt(0)));
  const short = total(deltas.filter((x) => x.lt(0))).abs();
  const delta = long.minus(short).abs().times("0.02").plus(Precise.min(long, short).times("0.01"));
  const provision = total(INSTRUMENTS.map((i) => notionalOf(i).times(held(book, i).abs()))).times("0.001");
  const worst = Precise.max(0, ...scan);
  return { worst, delta, provision };
}

describe("Paradex-like", () => {
  it("has 24 scenarios, and one group with two more for the delta charge", () => {
    expect(RULES.scenarios.length).toBe(24);
    expect(paradexTable(RULES, INSTRUMENTS).groups.map((g) => g.scenarios.length)).toEqual([26]);
  });

  it("hand-worked: one perpetual, a perfect hedge", () => {
    const table = paradexTable(RULES, INSTRUMENTS);
    // worst weighted move 0.66 * 0.35 = 23.1%; half of it; and 0.1% provision, a fee that the factor 2 must not double
    const single = required(table, INSTRUMENTS, { "BTC-PERP": "1" });
    expect(single.maintenance.toFixed()).toBe(new Precise("0.1155").plus("0.001").times(65_000).toFixed());
    expect(single.initial.toFixed()).toBe(new Precise("0.231").plus("0.001").times(65_000).toFixed());
    // nothing scanned, nothing net: half of 1% of the hedged 65000, exactly, and the provision on both
    const hedge = required(table, INSTRUMENTS, { "BTC-PERP": "1", "BTC-FUT": "-1" });
    expect(hedge.maintenance.toFixed()).toBe("455");
  });

  it("property: the table is the rule, whichever of scan and delta charge is the larger", () => {
    const table = paradexTable(RULES, INSTRUMENTS);
    const larger = { scan: 0, delta: 0 };
    fc.assert(
      fc.property(anyBook(INSTRUMENTS), fc.boolean(), (any, flat) => {
        const book = flat ? { ...any, "BTC-FUT": held(any, PERP).negated().toFixed() } : any;
        const { worst, delta, provision } = reference(book);
        larger[delta.gt(worst) ? "delta" : "scan"]++;
        const both = Precise.max(worst, delta);
        const got = required(table, INSTRUMENTS, book);
        const off = (mine: { toString(): string }, rule: InstanceType<typeof Precise>) =>
          new Precise(mine.toString()).minus(rule).abs().toNumber();
        expect(off(got.initial, both.plus(provision))).toBeLessThan(1e-10);
        expect(off(got.maintenance, both.div(2).plus(provision))).toBeLessThan(1e-10);
      }),
      { numRuns: 150, seed: 12 },
    );
    expect(Math.min(larger.scan, larger.delta)).toBeGreaterThan(0);
  });

  it("measured: how far the table is above the rule in 300 books (docs/models/paradex.md)", () => {
    const table = paradexTable(RULES, INSTRUMENTS);
    const shares = threeHundredBooks(INSTRUMENTS).map((book) => {
      const { worst, delta, provision } = reference(book);
      const rule = Precise.max(worst, delta).plus(provision);
      return required(table, INSTRUMENTS, book).initial.div(rule.toString()).minus(1);
    });
    expect(shares.every((share) => share.abs().lt("1e-12"))).toBe(true);
    expect(page("paradex")).toContain("300 random books: exact");
  });

  it("is exact without a charge on hedged delta", () => {
    const rules = { ...RULES, hedgedRate: "0" };
    const table = paradexTable(rules, INSTRUMENTS);
    fc.assert(
      fc.property(anyBook(INSTRUMENTS), (book) => {
        const { worst, provision } = reference(book);
        const net = INSTRUMENTS.reduce(
          (sum, i) => sum.plus(cashDelta(i).times(held(book, i))),
          new Precise(0),
        );
        const exact = Precise.max(worst, net.abs().times("0.02")).plus(provision);
        expect(
          exact
            .minus(required(table, INSTRUMENTS, book).initial.toString())
            .abs()
            .lte("1e-10"),
        ).toBe(true);
      }),
      { numRuns: 60, seed: 13 },
    );
  });

  it("refuses shares and rates that it can't express", () => {
    expect(() => paradexTable({ ...RULES, maintenanceShare: "0.3" }, INSTRUMENTS)).toThrow(/whole number/);
    expect(() => paradexTable({ ...RULES, hedgedRate: "0.05" }, INSTRUMENTS)).toThrow(/at most twice/);
  });
});
