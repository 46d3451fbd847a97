import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileTable } from "../../src/market/compileTable.js";
import type { Market } from "../../src/market/schema.js";
import { optionValue, yearsOf } from "../../src/models/black76.js";
import { deriveTable } from "../../src/models/derive.js";
import {
  DERIVE_PM2,
  type DeriveParameters,
  skewFactor,
  staticDiscounts,
} from "../../src/models/deriveParameters.js";
import {
  expiryOf,
  type ModelInstrument,
  notionalOf,
  type OptionInstrument,
} from "../../src/models/instrument.js";
import { type Decimal, Precise } from "../../src/models/precise.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { evaluateReference } from "../../src/reference/referenceEngine.js";
import { type Book, marketOf, option, page, perpetual, spread } from "./support.js";

const DAYS = ["1", "3", "8", "17", "31", "66", "157"];
const PERP = perpetual("BTC", "65000");
const FORWARD = "65000";
const OPTIONS: OptionInstrument[] = DAYS.flatMap((days, k) => [
  option("BTC", "C", String(65000 + 1500 * k), { days, forward: FORWARD, volatility: `0.${45 + 2 * k}` }),
  option("BTC", "P", String(62000 - 1500 * k), { days, forward: FORWARD, volatility: `0.${50 + 2 * k}` }),
]);
const ALL: ModelInstrument[] = [PERP, ...OPTIONS];

/** Value of one option when its price moves and its volatility is shocked, straight from the formulas. */
function shockedValue(p: DeriveParameters, i: OptionInstrument, move: string, kind: string): Decimal {
  const days = new Precise(i.days);
  const years = yearsOf(days);
  const vol = new Precise(i.volatility);
  const mult = new Precise(30)
    .div(Precise.max(days, p.dteFloor))
    .pow(days.lte(30) ? p.shortTermPower : p.longTermPower);
  const terms = { call: i.call, strike: new Precise(i.strike), years };
  const forward = new Precise(i.forward).times(new Precise(move).plus(1));
  const tilted = () => vol.times(skewFactor(p.skew, kind as "linear", years, terms.strike.div(i.forward)));
  const volatility =
    kind === "up"
      ? Precise.max(p.minVolUpShock, vol.times(mult.times(p.volRangeUp).plus(1)))
      : kind === "down"
        ? vol.times(Precise.max(0, new Precise(1).minus(mult.times(p.volRangeDown))))
        : kind === "static"
          ? vol
          : tilted();
  return optionValue({ ...terms, forward, volatility }).times(
    years
      .times(i.rate ?? p.rate)
      .negated()
      .exp(),
  );
}

/** The rule over one book, before factors and contingencies: what each scenario is worth. */
class Rule {
  private readonly values = new Map<string, Decimal>();
  private readonly shares = new Map<string, ReturnType<typeof staticDiscounts>>();
  constructor(
    private readonly p: DeriveParameters,
    private readonly options: readonly OptionInstrument[] = OPTIONS,
  ) {}

  private value(i: OptionInstrument, move: string, kind: string): Decimal {
    const key = `${i.symbol} ${move} ${kind}`;
    if (!this.values.has(key)) this.values.set(key, shockedValue(this.p, i, move, kind));
    return this.values.get(key)!;
  }

  private discountsOf({ days, rate }: OptionInstrument): ReturnType<typeof staticDiscounts> {
    const key = String(days);
    if (!this.shares.has(key))
      this.shares.set(key, staticDiscounts(this.p, yearsOf(new Precise(days)), rate ?? this.p.rate));
    return this.shares.get(key)!;
  }

  worst(book: Book): { scan: Decimal; skew: Decimal; forward: Decimal } {
    const { p } = this;
    const expiries = [...new Set(this.options.map(expiryOf))].map((name) =>
      this.options.filter((i) => expiryOf(i) === name),
    );
    const sum = (options: readonly OptionInstrument[], move: string, kind: string) =>
      options.reduce(
        (total, i) => total.plus(this.value(i, move, kind).times(book[i.symbol] ?? 0)),
        new Precise(0),
      );
    const now = (options: readonly OptionInstrument[]) => sum(options, "0", "static");
    const discounted = (options: readonly OptionInstrument[], value: Decimal) => {
      const { positive, negative } = this.discountsOf(options[0]!);
      return value.times(value.gte(0) ? positive : negative);
    };
    const total = (of: (options: readonly OptionInstrument[]) => Decimal) =>
      expiries.reduce((all, options) => all.plus(of(options)), new Precise(0));
    const scan = p.scenarios.map((s) => {
      const linear = new Precise(book["BTC-PERP"] ?? 0).times(65_000).times(s.move);
      const moved = total((o) => discounted(o, sum(o, String(s.move), s.volatility)).minus(now(o)));
      return linear.plus(moved).times(s.dampening ?? "1");
    });
    const skew = (["linear", "abs"] as const).map((kind) =>
      total((o) =>
        discounted(o, sum(o, "0", kind))
          .minus(now(o))
          .abs()
          .negated(),
      ),
    );
    const forward = total((o) => {
      const [up, down] = [p.scenarioSpotUp, p.scenarioSpotDown].map((move) =>
        sum(o, String(move), "static").minus(now(o)),
      );
      const factor = yearsOf(new Precise(o[0]!.days)).times(p.basisContMultFactor).plus(p.basisContAddFactor);
      return Precise.min(0, up!, down!).times(factor);
    });
    const loss = (values: readonly Decimal[]) => Precise.max(0, Precise.min(...values).negated());
    return { scan: loss(scan), skew: loss(skew), forward: loss([forward]) };
  }

  maintenance(book: Book): Decimal {
    const { scan, skew, forward } = this.worst(book);
    return Precise.max(scan, skew, forward).times(this.p.mmFactor).plus(this.contingency(book));
  }

  private contingency(book: Book): Decimal {
    return [PERP, ...this.options].reduce((all, i) => {
      const q = new Precise(book[i.symbol] ?? 0);
      const rate = i.kind !== "option" ? this.p.mmPerpPercent : q.isNegative() ? this.p.mmOptionPercent : "0";
      return all.plus(notionalOf(i).times(q.abs()).times(rate));
    }, new Precise(0));
  }
}

const quantity = fc.integer({ min: -2000, max: 2000 }).map((n) => new Precise(n).div(1000).toFixed());
const books: fc.Arbitrary<Book> = fc
  .tuple(quantity, ...OPTIONS.map(() => fc.option(quantity, { nil: "0" })))
  .map(([perp, ...held]) => ({
    "BTC-PERP": perp!,
    ...Object.fromEntries(OPTIONS.map((i, k) => [i.symbol, held[k]!])),
  }));
const threeHundred = fc.sample(books, { numRuns: 300, seed: 300 });

const RULE = new Rule(DERIVE_PM2);
const table = deriveTable(DERIVE_PM2, ALL);
const market = marketOf(table, ALL);

/** Maintenance as it is proved: by the integer table, a value unit of which is 1e-13. */
function proved(of: Market): (book: Book) => Decimal {
  const evaluator = new Evaluator(compileTable(of));
  return (book) => {
    const steps = Object.entries(book).map(
      ([symbol, q]) => [symbol, BigInt(new Precise(q).times(10_000).toFixed())] as const,
    );
    return new Precise(evaluator.evaluate(new Map(steps)).maintenance.toString()).div("1e13");
  };
}
const byExpiry = proved(market);
const byHolding = proved(marketOf(deriveTable({ ...DERIVE_PM2, netting: "holding" }, ALL), ALL));

/** Rates of 19% to 31%, and discounts that grow with them: what they take of an expiry is most of many a scenario. */
const STEEP: DeriveParameters = {
  ...DERIVE_PM2,
  ...{ longBaseStaticDiscount: "0.95", longRateMultScale: "1", longRateAddScale: "0.08" },
  ...{ shortBaseStaticDiscount: "1.04", shortRateMultScale: "0.5", shortRateAddScale: "0.08" },
};
const RATED = OPTIONS.map((i, k) => ({ ...i, rate: `0.${19 + 2 * Math.floor(k / 2)}` }));
const STEEP_RULE = new Rule(STEEP, RATED);
const steep = proved(marketOf(deriveTable(STEEP, [PERP, ...RATED]), [PERP, ...RATED]));

describe("Derive-like", () => {
  it("has 31 scenarios, two skews and the forward contingency, and a part for every expiry", () => {
    expect(table.groups.map((g) => [g.name, g.within, g.scenarios.length])).toEqual([
      ["BTC portfolio", undefined, 34],
      ...DAYS.map((days) => [`BTC ${days} days`, "BTC portfolio", 34]),
    ]);
    expect(table.initialFactorBp).toBe(12_500);
  });

  it("hand-worked: a perpetual, and one long call at expiry", () => {
    // 80% of 18%, and 3%; initially 18% and 4%.
    const perp = evaluateReference(market, { "BTC-PERP": "1" });
    expect([perp.maintenance.toFixed(), perp.initial.toFixed()]).toEqual(["11310", "14300"]);
    // A coin moves as a perpetual does, and pays no contingency of contracts.
    const coin = { ...PERP, symbol: "BTC", spot: true as const };
    const held = evaluateReference(marketOf(deriveTable(DERIVE_PM2, [coin]), [coin]), { BTC: "1" });
    expect([held.maintenance.toFixed(), held.initial.toFixed()]).toEqual(["9360", "11700"]);
    // Worth 5000, without time: at -18% nothing, so all of it and no discount.
    const dead = option("BTC", "C", "60000", { days: "0" });
    const one = marketOf(deriveTable(DERIVE_PM2, [dead]), [dead]);
    expect(evaluateReference(one, { [dead.symbol]: "1" }).maintenance.toFixed()).toBe("4000");
    // Short: at +18% it is worth 16700, counted 1 time (no rate), less 5000; at +500% 0.027 of 325000; and 0.3% of 65000.
    expect(evaluateReference(one, { [dead.symbol]: "-1" }).maintenance.toFixed()).toBe("9555");
  });

  it("discounts an expiry's value by its sign, after netting, and no expiry by another's", () => {
    const [near, far] = [
      option("BTC", "C", "60000", { days: "0" }),
      option("BTC", "C", "60000", { days: "365" }),
    ];
    const { positive, negative } = staticDiscounts({ ...DERIVE_PM2, rate: "0.05" }, new Precise(1));
    expect(positive.toFixed(6)).toBe(new Precise("0.98").times(new Precise("-0.1").exp()).toFixed(6));
    expect(negative.toFixed(6)).toBe(new Precise("0.05").exp().toFixed(6));
    const still: DeriveParameters = {
      ...DERIVE_PM2,
      scenarios: [{ move: "0", volatility: "static" }],
      basisContAddFactor: "0",
      basisContMultFactor: "0",
      skew: { ...DERIVE_PM2.skew, linearBaseCap: "0", absBaseCap: "0", linearCBase: "0", absCBase: "0" },
      longRateAddScale: "0",
    };
    const one = marketOf(deriveTable(still, [near, far]), [near, far]);
    const now = optionValue({
      call: true,
      forward: new Precise(65_000),
      strike: new Precise(60_000),
      volatility: new Precise("0.55"),
      years: new Precise(1),
    });
    const contingency = 65_000 * 0.003;
    const expected = now.times("0.02").times("0.8").plus(contingency);
    const got = evaluateReference(one, { [near.symbol]: "-1", [far.symbol]: "1" }).maintenance;
    expect(got.minus(expected.toString()).abs().lte("1e-12")).toBe(true);
  });

  it("discounts every expiry at its own rate, all of it at one", () => {
    const rated = (rate: string, days: string) => ({ ...option("BTC", "C", "60000", { days }), rate });
    const one = (i: OptionInstrument, p: DeriveParameters) =>
      evaluateReference(marketOf(deriveTable(p, [i]), [i]), { [i.symbol]: "-1" }).maintenance.toFixed();
    const plain = option("BTC", "C", "60000", { days: "100" });
    const at = { ...DERIVE_PM2, longRateMultScale: "1", shortRateMultScale: "0.5" };
    expect(one(rated("0.27", "100"), at)).toBe(one(plain, { ...at, rate: "0.27" }));
    expect(one(rated("0.27", "100"), at)).not.toBe(one(plain, at));
    // The model's is for whatever states none.
    expect(one(rated("0", "100"), { ...at, rate: "0.27" })).toBe(one(plain, at));
    // Worked by hand: years 0.351233, the longer share 0.95 / e^(0.35 t), the other at most e^(0.27 t).
    const years = new Precise("11076452").div(365 * 86_400);
    const p = { ...at, longBaseStaticDiscount: "0.95", shortBaseStaticDiscount: "1.04" };
    const scales = { longRateAddScale: "0.08", shortRateAddScale: "0.08" };
    const { positive, negative } = staticDiscounts({ ...p, ...scales }, years, "0.27");
    expect([positive.toFixed(9), negative.toFixed(9)]).toEqual(["0.840108280", "1.099474828"]);
    const two = [rated("0.27", "100"), { ...rated("0.28", "100"), symbol: "OTHER" }];
    expect(() => deriveTable(at, two)).toThrow(/OTHER: its rate 0.28 is not that of .*, 0.27/);
    expect(() => deriveTable({ ...at, netting: "holding" }, two)).not.toThrow();
    expect(() => deriveTable(at, [rated("0.27", "100"), rated("0.28", "101")])).not.toThrow();
    expect(() => deriveTable(at, [rated("-0.1", "100")])).toThrow(/rate/);
  });

  it("property: never below the rule, exact where the scan decides, by expiry; never below it by holding", () => {
    let scans = 0;
    fc.assert(
      fc.property(books, (book) => {
        const { scan, skew, forward } = RULE.worst(book);
        const rule = RULE.maintenance(book);
        const excess = byExpiry(book).minus(rule);
        expect(excess.gte("-1e-12"), excess.toString()).toBe(true);
        if (scan.gte(skew.plus(forward).times(3))) {
          scans++;
          expect(excess.lte("1e-6"), excess.toString()).toBe(true);
        }
        const held = byHolding(book).minus(rule);
        expect(held.gte("-1e-12"), held.toString()).toBe(true);
      }),
      { numRuns: 60, seed: 17 },
    );
    expect(scans).toBeGreaterThan(10);
  });

  it("measured: how far both are above the rule in 300 books of 7 expiries (docs/models/derive.md)", () => {
    const above = (of: (book: Book) => Decimal) =>
      threeHundred.map((book) => of(book).div(RULE.maintenance(book)).minus(1));
    expect(page("derive")).toContain(`by expiry: ${spread(above(byExpiry))}`);
    expect(page("derive")).toContain(`by holding: ${spread(above(byHolding))}`);
  });

  it("measured: the same at rates of 19% to 31%, a rate an expiry; never below", () => {
    const above = threeHundred.map((book) => steep(book).div(STEEP_RULE.maintenance(book)).minus(1));
    expect(above.every((excess) => excess.gte("-1e-12"))).toBe(true);
    expect(page("derive")).toContain(`at such rates: ${spread(above)}`);
  });

  it("a discount that makes more of a value is bounded too: shares of a skew that are no discount", () => {
    for (const shares of [
      { longBaseStaticDiscount: "1.01", shortBaseStaticDiscount: "1.5", longRateAddScale: "0", rate: "10" },
      { longBaseStaticDiscount: "0.5", shortBaseStaticDiscount: "0.9", shortRateAddScale: "0" },
    ]) {
      const p = { ...DERIVE_PM2, ...shares, scenarios: [{ move: "0", volatility: "static" as const }] };
      const [rule, found] = [new Rule(p), proved(marketOf(deriveTable(p, ALL), ALL))];
      for (const book of threeHundred.slice(0, 60))
        expect(found(book).minus(rule.maintenance(book)).gte("-1e-12")).toBe(true);
    }
  });

  it("refuses discounts that are no discount, factors that no market file has, and options in coin", () => {
    expect(() => deriveTable({ ...DERIVE_PM2, longBaseStaticDiscount: "1.05" }, ALL)).toThrow(
      /is above that of a negative one/,
    );
    expect(() => deriveTable({ ...DERIVE_PM2, mmFactor: "0.7" }, ALL)).toThrow(/whole number/);
    expect(() => deriveTable({ ...DERIVE_PM2, imFactor: "0.7" }, ALL)).toThrow(/never below maintenance/);
    const coin = option("BTC", "C", "70000", { index: "65000" });
    expect(() => deriveTable(DERIVE_PM2, [coin])).toThrow(/settled in quote currency/);
  });
});
