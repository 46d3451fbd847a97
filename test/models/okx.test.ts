import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cashDelta, type ModelInstrument, notionalOf } from "../../src/models/instrument.js";
import { OKX_MAJOR, okxScenarios, okxTable } from "../../src/models/okx.js";
import { type Decimal, Precise } from "../../src/models/precise.js";
import { revalue } from "../../src/models/revalue.js";
import {
  anyBook,
  type Book,
  option,
  page,
  perpetual,
  required,
  spread,
  threeHundredBooks,
} from "./support.js";

const PERP = perpetual("BTC", "65000");
const CALL = option("BTC", "C", "70000");
const PUT = option("BTC", "P", "60000", { days: "7" });
const INSTRUMENTS: ModelInstrument[] = [PERP, { ...PERP, symbol: "BTC-FUT", days: "73" }, CALL];

const SCENARIOS = okxScenarios(OKX_MAJOR);
const GAINS = [...INSTRUMENTS, PUT].map((i) => SCENARIOS.map((s) => revalue(i, s)));

/** max(max(MR1, MR2, MR6) + MR4, MR7) and its parts, straight from the rule. */
function reference(book: Book) {
  const held = [...INSTRUMENTS, PUT].map((i, k) => ({
    i,
    gains: GAINS[k]!,
    q: new Precise(book[i.symbol] ?? 0),
  }));
  const sum = (of: (h: (typeof held)[number]) => Decimal) =>
    held.reduce<Decimal>((total, h) => total.plus(of(h)), new Precise(0));
  const scan = Precise.max(0, ...SCENARIOS.map((_, s) => sum((h) => h.q.times(h.gains[s]!)).negated()));
  const dated = [...new Set(held.flatMap(({ i }) => i.days ?? []))];
  const basis = dated.reduce<Decimal>((total, days) => {
    const delta = sum(({ i, q }) => (i.days === days ? cashDelta(i).times(q) : new Precise(0)));
    return total.plus(delta.abs().times("0.05").times(days).div(365));
  }, new Precise(0));
  const minimum = sum(({ i, q }) => {
    const rate = i.kind !== "option" ? "0.0005" : q.isNegative() ? "0.005" : "0";
    return notionalOf(i).times(q.abs()).times(rate);
  });
  return { rule: Precise.max(scan.plus(basis), minimum), scan, basis, minimum };
}

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
    // 0.12 * 65000, far above 0.0005 * 65000
    expect(required(table, INSTRUMENTS, { "BTC-PERP": "-1" }).maintenance.toFixed()).toBe("7800");
    // and 5% a year for 73 days
    expect(required(table, INSTRUMENTS, { "BTC-FUT": "1" }).maintenance.toFixed()).toBe("8450");
    // nothing scanned: the minimum of both legs, and the basis risk
    const basis = required(table, INSTRUMENTS, { "BTC-FUT": "1", "BTC-PERP": "-1" });
    expect(basis.maintenance.toFixed()).toBe("715");
    const decay = okxScenarios(OKX_MAJOR).find((s) => s.name === "time decay")!;
    expect(revalue(CALL, decay).toFixed(4)).toBe("-63.5469");
  });

  it("property: never below max(scan + basis, minimum), above it by at most the smaller of basis and minimum", () => {
    const table = okxTable(OKX_MAJOR, INSTRUMENTS);
    fc.assert(
      fc.property(anyBook(INSTRUMENTS), (book) => {
        const { rule, scan, basis, minimum } = reference(book);
        const excess = new Precise(required(table, INSTRUMENTS, book).maintenance.toString()).minus(rule);
        const most = scan.gte(minimum) ? new Precise(0) : Precise.min(basis, minimum);
        expect(excess.gte("-1e-12") && excess.lte(most.plus("1e-12")), excess.toString()).toBe(true);
      }),
      { numRuns: 100, seed: 14 },
    );
  });

  it("a minimum in tiers: the first tier's rate in the maximum, what the others take more beside it", () => {
    const tiers = [
      { notionalFloor: "0", rate: "0.2" },
      { notionalFloor: "100000", rate: "0.3" },
    ];
    const table = okxTable({ ...OKX_MAJOR, minimum: { ...OKX_MAJOR.minimum, tiers } }, INSTRUMENTS);
    const maintenance = (q: string) => required(table, INSTRUMENTS, { "BTC-PERP": q }).maintenance.toFixed();
    expect(maintenance("1")).toBe("13000");
    expect(maintenance("-2")).toBe("29000"); // 20% of 130000, 10% more of 30000
  });

  it("measured: how far the table is above the rule in 300 books, and in 300 hedged ones (docs/models/okx.md)", () => {
    const instruments = [...INSTRUMENTS, PUT];
    const table = okxTable(OKX_MAJOR, instruments);
    const above = (book: Book) =>
      required(table, instruments, book).maintenance.div(reference(book).rule.toString()).minus(1);
    expect(
      threeHundredBooks(instruments)
        .map(above)
        .every((share) => share.abs().lt("1e-12")),
    ).toBe(true);
    expect(page("okx")).toContain("300 random books: exact");
    const hedged = threeHundredBooks([CALL, { ...PERP, symbol: "BTC-FUT", days: "73" }]).map((book): Book => {
      const net = new Precise(book["BTC-FUT"]!).plus(cashDelta(CALL).times(book[CALL.symbol]!).div(65_000));
      return { ...book, "BTC-PERP": net.negated().toFixed(3) };
    });
    expect(page("okx")).toContain(`300 books hedged with the perpetual: ${spread(hedged.map(above))}`);
  });
});
