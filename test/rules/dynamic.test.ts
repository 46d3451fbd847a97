import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decimal } from "../../src/decimal/decimal.js";
import { canonicalMarketDigest, compileTable, type Market, parseMarket } from "../../src/market/index.js";
import { Precise } from "../../src/models/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import {
  type DynamicInputs,
  marginalRate,
  referenceContagion,
  referenceGain,
  referenceGroupFactor,
  referenceRate,
} from "../../src/reference/dynamicReference.js";
import { bufferedTiers } from "../../src/rules/antiProcyclicality.js";
import { buildMarket, buildWithReport, marketText } from "../../src/rules/index.js";
import {
  FIRST,
  firstMarket,
  madeUp,
  NEXT,
  referenceInputs,
  type Totals,
  withoutBuffers,
  withParameters,
} from "./dynamicSupport.js";
import { edited, lineOf } from "./support.js";

const GROUP = "book: ETH scan";
const PUT = "ETH-25DEC26-2800-P";

/** The totals of the page's worked example: 30 BTC, 200 ETH and 100 puts a side; a fifth of all equity is required. */
const WORKED: Totals = {
  openInterest: { "BTC-PERP": "30", "ETH-PERP": "200", [PUT]: "100" },
  maintenance: "200000",
  positiveEquity: "1000000",
};

const build = (rules: string, totals: Totals, market = firstMarket): Market =>
  parseMarket(buildMarket(rules, { previous: madeUp(market, totals) }));
const instrument = (market: Market, symbol: string) => market.instruments.find((i) => i.symbol === symbol)!;

function refusal(rules: string, totals?: Totals, market = firstMarket): Error & { code?: string } {
  try {
    buildMarket(rules, totals === undefined ? {} : { previous: madeUp(market, totals) });
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new Error("was built");
}

describe("dynamic margin, by hand (docs/models/dynamic.md)", () => {
  const { market: json, buffers } = buildWithReport(NEXT, { previous: madeUp(firstMarket, WORKED) });
  const market = parseMarket(json);

  test("contagion: 1 + cap * crowding * leverage", () => {
    expect(buffers!.previous).toMatchObject({ epoch: "2026-11-23T08", leverage: "0.2", dropped: [] });
    expect(buffers!.underlyings).toEqual([
      // 30 * 60,000; (1.8m - 1m) / 2m; 1 + 0.4 * 0.2
      { underlying: "BTC", openInterest: "1800000", sameSided: "1800000", crowding: "0.4", factor: "1.08" },
      // 200 * 3,000 of perpetuals fall together, 100 * 3,000 of puts rise: the larger side is 600,000
      { underlying: "ETH", openInterest: "900000", sameSided: "600000", crowding: "0.5", factor: "1.1" },
    ]);
  });

  test("tiers: the buffer gives way first, the unbuffered rate is always there", () => {
    expect(instrument(market, "BTC-PERP").maintenance!.brackets).toEqual([
      // u = 0.005 * 1.08 = 0.0054; 1.25 u = 0.00675; the last epoch's 0.004 * 1.25 = 0.005, times 1.1
      { notionalFloor: "0", rate: "0.0055" },
      // u = 0.01 * 1.08; 1.25 u = 0.0135 is below 1.1 * 0.0125 = 0.01375
      { notionalFloor: "600000", rate: "0.0135" },
    ]);
    // s = (1.8m - 1m) / 4m = 0.2: 0.01 becomes 0.208, times 1.08; the last epoch's was 0.0125
    expect(instrument(market, "BTC-PERP").initial!.brackets).toEqual([
      { notionalFloor: "0", rate: "0.22464" },
      { notionalFloor: "600000", rate: "0.23328" },
    ]);
  });

  test("groups: one factor for every gain of every member", () => {
    const plain = parseMarket(buildMarket(withoutBuffers(NEXT), { previous: madeUp(firstMarket, WORKED) }));
    const factor = buffers!.groups[0]!.factor;
    // The perpetual's part alone would be 1.1 * 0.125 / 0.12; the put's weighs in. Never below the contagion factor.
    expect(Number(factor)).toBeGreaterThanOrEqual(1.1);
    expect(Number(factor)).toBeLessThanOrEqual(1.1 * 1.25);
    for (const symbol of ["ETH-PERP", PUT]) {
      const [now, then] = [market, plain].map((m) =>
        instrument(m, symbol).scenarioGains![GROUP]!.map(String),
      );
      now!.forEach((gain, s) => {
        const exact = new Precise(then![s]!).times(factor);
        expect(gain).toBe(exact.toDecimalPlaces(18, Precise.ROUND_UP).toFixed());
      });
    }
  });

  test("the market file says which statement it was built on, in its digest", () => {
    expect(market.previousStatement).toBe(`0x${"5a".repeat(32)}`);
    const hex = (m: Market) => Buffer.from(canonicalMarketDigest(m)).toString("hex");
    const { previousStatement, ...rest } = market;
    expect(previousStatement).toBeDefined();
    const others = [rest as Market, { ...market, previousStatement: `0x${"5b".repeat(32)}` }];
    expect(new Set([market, ...others].map(hex)).size).toBe(3);
    for (const bad of ["", "0x12", `0x${"5A".repeat(32)}`, "5a".repeat(32)])
      expect(() => parseMarket({ ...json, previousStatement: bad })).toThrow(/previousStatement/);
  });

  test("the first epoch: full buffers, nothing of a previous epoch", () => {
    const first = buildWithReport(FIRST);
    expect(first.buffers).toEqual({ underlyings: [], groups: [{ group: GROUP, factor: "1.25" }] });
    const figures = parseMarket(first.market);
    expect(figures.previousStatement).toBeUndefined();
    expect(instrument(figures, "BTC-PERP").maintenance!.brackets).toEqual([
      { notionalFloor: "0", rate: "0.005" },
      { notionalFloor: "600000", rate: "0.0125" },
    ]);
    expect(instrument(figures, "ETH-PERP").scenarioGains![GROUP]).toEqual(["-375", "375", "75", "-75"]);
  });

  test("a calm market settles at the full buffer, and a fall lowers a requirement at once", () => {
    const calm = edited(FIRST, "previousEpoch: none ", "previousEpoch: 2026-11-23T08 ");
    let [market, hour] = [firstMarket, 9];
    const rates: string[] = [];
    const zero: Totals = { openInterest: {}, maintenance: "0", positiveEquity: "0" };
    const step = (rate: string) => {
      let text = edited(calm, "openInterest: { BTC-PERP: 0 }", "").replace(
        "2026-11-23T08\ntime",
        `E${hour}\ntime`,
      );
      text = text.replace("2026-11-23T08:00:00Z", `2026-11-23T${String(hour).padStart(2, "0")}:00:00Z`);
      text = text.replace("previousEpoch: 2026-11-23T08 ", `previousEpoch: ${market.epoch} `);
      market = build(text.replace("maintenance: 0.004,", `maintenance: ${rate},`), zero, market);
      rates.push(instrument(market, "BTC-PERP").maintenance!.brackets![0]!.rate);
      hour++;
    };
    for (const rate of ["0.004", "0.008", "0.008", "0.008", "0.008", "0.004"]) step(rate);
    // Doubled at once by the rule itself, then a tenth an epoch until the quarter is there again, then back.
    expect(rates).toEqual(["0.005", "0.008", "0.0088", "0.00968", "0.01", "0.005"]);
  });

  test("what counts on both sides, and without stress scenarios on one", () => {
    const sameSided = (market: Market): string =>
      buildWithReport(NEXT, { previous: madeUp(market, WORKED) }).buffers!.underlyings[1]!.sameSided;
    expect(sameSided({ ...firstMarket, stress: [] })).toBe("900000");
    const still = firstMarket.instruments.map((i) =>
      i.symbol === "ETH-PERP" ? { ...i, stressGains: ["0", "0"] } : i,
    );
    expect(sameSided({ ...firstMarket, instruments: still })).toBe("900000");
  });

  test("an instrument without a counterpart in the previous epoch has the full buffer", () => {
    const others = firstMarket.instruments.filter((i) => i.symbol !== "BTC-PERP");
    const built = buildWithReport(NEXT, {
      previous: madeUp({ ...firstMarket, instruments: others }, { ...WORKED, openInterest: {} }),
    });
    expect(instrument(parseMarket(built.market), "BTC-PERP").maintenance!.brackets![0]!.rate).toBe("0.00625");
    expect(built.buffers!.groups[0]!.factor).toBe("1.25");
    const dropped = buildWithReport(NEXT, {
      previous: madeUp(firstMarket, { ...WORKED, openInterest: { "OLD-PERP": "3", "GONE-PERP": "0" } }),
    });
    expect(dropped.buffers!.previous!.dropped).toEqual(["OLD-PERP"]);
  });

  test("sides: one that is stated for both meets one that is stated for each", () => {
    const split = firstMarket.instruments.map((i) => {
      if (i.symbol !== "BTC-PERP") return i;
      const of = (rate: string) => ({ brackets: [{ notionalFloor: "0", rate }] });
      return { ...i, maintenance: { long: of("0.001"), short: of("0.1") } };
    });
    const built = build(NEXT, WORKED, { ...firstMarket, instruments: split });
    expect(instrument(built, "BTC-PERP").maintenance).toEqual({
      long: {
        brackets: [
          { notionalFloor: "0", rate: "0.0054" },
          { notionalFloor: "600000", rate: "0.0108" },
        ],
      },
      short: {
        brackets: [
          { notionalFloor: "0", rate: "0.00675" },
          { notionalFloor: "600000", rate: "0.0135" },
        ],
      },
    });
  });
});

const units = fc
  .bigInt({ min: 0n, max: 10n ** 8n })
  .map((n) => new Precise(n.toString()).div(1000).toFixed());
const money = fc.bigInt({ min: 0n, max: 10n ** 12n }).map(String);
const totals: fc.Arbitrary<Totals> = fc.record({
  openInterest: fc.record({ "BTC-PERP": units, "ETH-PERP": units, [PUT]: units }),
  maintenance: money,
  positiveEquity: money,
});
const rate = (most: number) =>
  fc.integer({ min: 0, max: most * 10_000 }).map((n) => new Precise(n).div(10_000).toFixed());
const parameters = fc.record({ buffer: rate(2), maxRise: rate(2), cap: rate(3) });
const NOTIONALS = ["0", "1", "499999.99", "500000", "600000", "600000.000000000000000001", "90000000"];

/** Rates of every instrument, kind, side and notional that the market has any for. */
function everyRate(
  market: Market,
  of: (...at: Parameters<typeof referenceRate> extends [DynamicInputs, ...infer R] ? R : never) => void,
) {
  for (const { symbol } of market.instruments)
    for (const kind of ["maintenance", "initial"] as const)
      for (const side of ["long", "short"] as const) for (const n of NOTIONALS) of(symbol, kind, side, n);
}

describe("dynamic margin, properties", () => {
  test("agrees with the reference to the last digit; never below unbuffered; bounded", () => {
    fc.assert(
      fc.property(totals, parameters, (t, p) => {
        const inputs = referenceInputs(NEXT, firstMarket, t, p);
        const { market: json, buffers } = buildWithReport(withParameters(NEXT, p), {
          previous: madeUp(firstMarket, t),
        });
        const market = parseMarket(json);
        const most = new Precise(1).plus(p.buffer).times(new Precise(1).plus(p.cap));
        for (const { underlying, factor } of buffers!.underlyings) {
          expect(factor).toBe(referenceContagion(inputs, underlying).toFixed());
          expect(new Precise(factor).gte(1) && new Precise(factor).lte(new Precise(1).plus(p.cap))).toBe(
            true,
          );
        }
        expect(buffers!.groups[0]!.factor).toBe(referenceGroupFactor(inputs, GROUP).toFixed());
        everyRate(market, (...at) => {
          const [symbol, kind, side, notional] = at;
          const got = marginalRate(instrument(market, symbol)[kind], side, notional);
          expect(got?.toFixed()).toBe(referenceRate(inputs, ...at)?.toFixed());
          const u = marginalRate(instrument(inputs.unbuffered, symbol)[kind], side, notional);
          if (got === undefined || u === undefined) return;
          expect(got.gte(u)).toBe(true);
          expect(got.minus("1e-18").lte(u.times(most.toFixed()))).toBe(true);
        });
        for (const symbol of ["ETH-PERP", PUT]) {
          const now = instrument(market, symbol).scenarioGains![GROUP]!.map(String);
          const then = instrument(inputs.unbuffered, symbol).scenarioGains![GROUP]!.map(String);
          now.forEach((gain, s) => {
            expect(gain).toBe(referenceGain(inputs, symbol, GROUP, s).toFixed());
            expect(new Precise(gain).abs().gte(new Precise(then[s]!).abs())).toBe(true);
            expect(new Precise(gain).times(then[s]!).gte(0)).toBe(true);
          });
        }
      }),
      { numRuns: 60 },
    );
  });

  test("more open interest of any instrument never lowers a contagion factor or a rate", () => {
    const symbols = ["BTC-PERP", "ETH-PERP", PUT];
    fc.assert(
      fc.property(totals, fc.constantFrom(...symbols), units, (t, symbol, more) => {
        const grown = new Precise(t.openInterest[symbol]!).plus(more).toFixed();
        const [less, moreOf] = [t, { ...t, openInterest: { ...t.openInterest, [symbol]: grown } }].map((x) =>
          buildWithReport(NEXT, { previous: madeUp(firstMarket, x) }),
        );
        less!.buffers!.underlyings.forEach(({ factor }, k) => {
          expect(new Precise(moreOf!.buffers!.underlyings[k]!.factor).gte(factor)).toBe(true);
        });
        const [one, other] = [parseMarket(less!.market), parseMarket(moreOf!.market)];
        everyRate(one, (name, kind, side, notional) => {
          const [a, b] = [one, other].map((m) => marginalRate(instrument(m, name)[kind], side, notional));
          expect(a === undefined ? b === undefined : b!.gte(a)).toBe(true);
        });
      }),
      { numRuns: 40 },
    );
  });

  test("more leverage, and more open interest in proportion, never lower a group's factor", () => {
    fc.assert(
      fc.property(totals, fc.integer({ min: 1, max: 50 }), (t, times) => {
        const factor = (x: Totals) =>
          new Precise(buildWithReport(NEXT, { previous: madeUp(firstMarket, x) }).buffers!.groups[0]!.factor);
        const grown = Object.entries(t.openInterest).map(([s, n]) => [
          s,
          new Precise(n).times(times).toFixed(),
        ]);
        const base = factor(t);
        expect(
          factor({ ...t, openInterest: Object.fromEntries(grown) as Totals["openInterest"] }).gte(base),
        ).toBe(true);
        expect(factor({ ...t, maintenance: String(BigInt(t.maintenance) * BigInt(times)) }).gte(base)).toBe(
          true,
        );
      }),
      { numRuns: 40 },
    );
  });

  test("no account of a scenario group is required less than without buffers, hedged or not", () => {
    const quantity = fc.bigInt({ min: -(10n ** 6n), max: 10n ** 6n });
    fc.assert(
      fc.property(totals, quantity, quantity, (t, perps, puts) => {
        const previous = madeUp(firstMarket, t);
        const [plain, full] = [withoutBuffers(NEXT), NEXT].map((text) => {
          const table = compileTable(parseMarket(buildMarket(text, { previous })));
          return new Evaluator(table).evaluate(
            new Map([
              ["ETH-PERP", perps],
              [PUT, puts],
            ]),
          );
        });
        const size = (n: bigint) => (n < 0n ? -n : n);
        // Gains have 18 decimals and value units 10: a step's gain may differ by one unit.
        const slack = size(perps) + size(puts);
        expect(full!.maintenance + slack >= plain!.maintenance).toBe(true);
        if (perps === 0n || puts === 0n) expect(full!.maintenance >= plain!.maintenance).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("buffered tiers stay tiers: floors rise, rates never fall, and they rise with either input", () => {
    const tiers = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 1000 })), {
        minLength: 1,
        maxLength: 8,
      })
      .map((rows) => {
        const floors = [0, ...new Set(rows.map(([floor]) => floor))].sort((a, b) => a - b);
        const rates = floors.map((_, k) => rows[k % rows.length]![1]).sort((a, b) => a - b);
        return floors.map((floor, k) => ({
          notionalFloor: String(floor),
          rate: new Precise(rates[k]!).div(10_000).toFixed(),
        }));
      });
    const more = (rows: { notionalFloor: string; rate: string }[]) =>
      rows.map((r) => ({ ...r, rate: new Precise(r.rate).plus("0.01").toFixed() }));
    const at = (rows: { notionalFloor: string; rate: string }[], n: number) =>
      new Precise(rows.findLast((r) => Number(r.notionalFloor) <= n)!.rate);
    fc.assert(
      fc.property(
        tiers,
        fc.option(tiers, { nil: undefined }),
        rate(2),
        rate(2),
        (now, before, buffer, maxRise) => {
          const rule = { buffer, maxRise };
          const one = decimal("1");
          const got = bufferedTiers(rule, now, one, before);
          expect(got[0]!.notionalFloor).toBe("0");
          got.slice(1).forEach((r, k) => {
            expect(Number(r.notionalFloor)).toBeGreaterThan(Number(got[k]!.notionalFloor));
            expect(new Precise(r.rate).gt(got[k]!.rate)).toBe(true);
          });
          for (let n = 0; n <= 1001; n += 13) {
            const [u, m] = [at(now, n), at(got, n)];
            expect(m.gte(u)).toBe(true);
            if (before !== undefined && m.gt(u))
              expect(m.minus("1e-18").lte(at(before, n).times(new Precise(1).plus(maxRise)))).toBe(true);
            expect(at(bufferedTiers(rule, more(now), one, before), n).gte(m)).toBe(true);
            if (before !== undefined)
              expect(at(bufferedTiers(rule, now, one, more(before)), n).gte(m)).toBe(true);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("rules that do not fit their previous epoch", () => {
  const expectRefusal = (error: Error & { code?: string }, code: string, line: number, reason: string) => {
    expect(error.code).toBe(code);
    expect(error.message).toContain(`rules, line ${line}: `);
    expect(error.message).toContain(reason);
  };
  const named = (text: string) => lineOf(text, "previousEpoch: ");

  test("none given, none wanted, or another than the rules name", () => {
    expectRefusal(
      refusal(NEXT),
      "RULES_PREVIOUS",
      named(NEXT),
      "computed from epoch 2026-11-23T08, whose bundle is not given",
    );
    expectRefusal(refusal(FIRST, WORKED), "RULES_PREVIOUS", named(FIRST), "name no previous epoch");
    const renamed = edited(NEXT, "previousEpoch: 2026-11-23T08 ", "previousEpoch: 2026-11-23T00 ");
    expectRefusal(
      refusal(renamed, WORKED),
      "RULES_PREVIOUS",
      named(renamed),
      "name epoch 2026-11-23T00, but the bundle given is of 2026-11-23T08",
    );
    const silent = NEXT.replace(/previousEpoch:.*\n/, "");
    expectRefusal(refusal(silent, WORKED), "RULES_PREVIOUS", lineOf(silent, "buffers:"), "none is named");
    expect(refusal(withoutBuffers(silent), WORKED).message).toContain("name no previous epoch");
  });

  test("another exchange or quote currency", () => {
    const other = { ...firstMarket, exchange: "Another exchange" };
    expectRefusal(
      refusal(NEXT, WORKED, other),
      "RULES_PREVIOUS_EXCHANGE",
      lineOf(NEXT, "exchange: E"),
      "is Another exchange, not Example dynamic",
    );
    expect(refusal(NEXT, WORKED, { ...firstMarket, quote: "USD" })).toMatchObject({
      code: "RULES_PREVIOUS_EXCHANGE",
    });
  });

  test.each([
    "2026-11-23T16:00:00Z",
    "2026-11-23T16:00:00.000000000Z",
    "2026-11-23T16:00:00.000000001Z",
    "2027-01-01T00:00:00Z",
  ])("a previous epoch of %s is not earlier", (time) => {
    expectRefusal(
      refusal(NEXT, WORKED, { ...firstMarket, time }),
      "RULES_PREVIOUS_TIME",
      named(NEXT),
      "is not before epoch 2026-11-23T16",
    );
  });

  test("an epoch before itself; a moment before is early enough", () => {
    const same = edited(NEXT, "epoch: 2026-11-23T16\n", "epoch: 2026-11-23T08\n");
    expect(refusal(same, WORKED)).toMatchObject({ code: "RULES_PREVIOUS_TIME" });
    const close = build(NEXT, WORKED, { ...firstMarket, time: "2026-11-23T15:59:59.999999999Z" });
    expect(marketText(close)).toBe(marketText(build(NEXT, WORKED)));
  });

  test("open interest that is stated although it is proven", () => {
    const stated = edited(NEXT, "buffers:\n", "openInterest: { BTC-PERP: 0 }\nbuffers:\n");
    expectRefusal(
      refusal(stated, WORKED),
      "RULES_OPEN_INTEREST",
      lineOf(stated, "openInterest: { BTC"),
      "taken from the previous epoch's proven totals",
    );
  });

  test.each([
    ["cap: 1 ", "cap: 10.1 ", "RULES_SCHEMA", "must be at most 10"],
    ["cap: 1 ", "cap: -1 ", "RULES_SCHEMA", "must not be negative"],
    ["maxRise: 0.1 ", "maxrise: 0.1 ", "RULES_SCHEMA", "maxRise: is missing"],
    ["buffer: 0.25 ", "# ", "RULES_SCHEMA", "buffers.antiProcyclicality.buffer: is missing"],
    ["high: 3000000 ", "high: 1000000 ", "RULES_BUFFERS", "high 1000000 is not above low 1000000"],
    [
      "{ low: 400000, high: 800000 }",
      "{ low: 800001, high: 800000 }",
      "RULES_BUFFERS",
      "is not above low 800001",
    ],
    [
      "      ETH: { low",
      "      SOL: { low",
      "RULES_REFERENCE",
      '"SOL" is not one of the file\'s underlyings',
    ],
  ])("%s -> %s", (from, to, code, reason) => {
    const text = edited(NEXT, from, to);
    expect(refusal(text, WORKED)).toMatchObject({ code });
    expect(refusal(text, WORKED).message).toContain(reason);
  });

  test("private rates: they can neither scale nor be buffered", () => {
    const hidden = edited(NEXT, "kind: tiered\n", "kind: tiered\n    private: true\n");
    const why = "private rates are the same in every epoch";
    expectRefusal(refusal(hidden, WORKED), "RULES_OPEN_INTEREST", lineOf(hidden, "openInterest: {"), why);
    const still = hidden.replace(/^ +openInterest: .*\n/m, "");
    expectRefusal(refusal(still, WORKED), "RULES_BUFFERS", lineOf(still, "symbol: BTC-PERP"), why);
  });

  test("buffers that state none", () => {
    const none = NEXT.replace(/^buffers:\n(?: .*\n)*/m, "buffers: {}\n");
    expect(refusal(none, WORKED).message).toContain("must state antiProcyclicality, contagion or both");
  });
});
