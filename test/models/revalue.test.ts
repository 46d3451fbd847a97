import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InverseInstrument } from "../../src/models/instrument.js";
import { Precise } from "../../src/models/precise.js";
import { inverseCoinGain, revalue } from "../../src/models/revalue.js";
import {
  assertScenarios,
  grid,
  percent,
  type Scenario,
  shiftedVolatility,
} from "../../src/models/scenarioGrid.js";
import { option, perpetual } from "./support.js";

const inverse = {
  symbol: "BTC-INV",
  kind: "inverse",
  underlying: "BTC",
  mark: "50000",
  index: "50000",
} as const;
const move = (priceMove: string, rest: Partial<Scenario> = {}): Scenario => ({
  name: priceMove,
  priceMove,
  ...rest,
});

describe("revaluation of one long unit", () => {
  it("linear: mark * x; weights and clamped moves of futures", () => {
    const perp = perpetual("BTC", "65000");
    expect(revalue(perp, move("-0.16")).toFixed()).toBe("-10400");
    expect(revalue(perp, move("-0.66", { linearMove: "-0.16" })).toFixed()).toBe("-10400");
    expect(revalue(perp, move("0.5", { weight: "0.35" })).toFixed()).toBe("11375");
  });

  it("inverse: coins * x / (1 + x), hand-worked; 10-dollar contracts are 10 / mark coins", () => {
    expect(inverseCoinGain(inverse, new Precise("-0.2")).toFixed()).toBe("-0.25");
    expect(inverseCoinGain(inverse, new Precise("0.25")).toFixed()).toBe("0.2");
    expect(revalue(inverse, move("-0.2")).toFixed()).toBe("-12500");
    expect(revalue({ ...inverse, contractValue: "10" }, move("-0.2")).toFixed()).toBe("-2.5");
    // 10 dollars at 50000 are 0.0002 coins, at 40000 they are 0.00025.
    expect(inverseCoinGain({ ...inverse, contractValue: "10" }, new Precise("-0.2")).toFixed()).toBe(
      "-0.00005",
    );
  });

  it("inverse: PnL at the moved price is linear in the move: q * mark * x", () => {
    fc.assert(
      fc.property(fc.integer({ min: -95, max: 500 }), (x) => {
        const m = new Precise(x).div(100);
        const then = revalue(inverse as InverseInstrument, move(m.toFixed())).times(m.plus(1));
        expect(then.minus(m.times(50_000)).abs().lte("1e-40")).toBe(true);
      }),
      { numRuns: 100, seed: 6 },
    );
  });

  it("options: nothing moves, nothing gained; in coin the value over the forward", () => {
    const call = option("BTC", "C", "70000");
    expect(revalue(call, move("0")).toFixed()).toBe("0");
    const [dollars, coin] = [revalue(call, move("0.1")), revalue({ ...call, index: "65000" }, move("0.1"))];
    const before = new Precise("2200.5350081735327870190803133089419525365550832060");
    const expected = dollars.plus(before).div("71500").minus(before.div("65000")).times("65000");
    expect(coin.minus(expected).abs().lte("1e-35")).toBe(true);
    expect(revalue(call, move("0", { daysForward: "30" })).toFixed(20)).toBe(before.negated().toFixed(20));
    expect(revalue(call, move("-1")).toFixed(20)).toBe(before.negated().toFixed(20));
  });

  it("a long option never loses more than its value, a long call gains with price and volatility", () => {
    fc.assert(
      fc.property(fc.integer({ min: -90, max: 300 }), fc.integer({ min: 0, max: 100 }), (x, v) => {
        const call = option("BTC", "C", "70000");
        const at = (price: number, vol: number) =>
          revalue(
            call,
            move(new Precise(price).div(100).toFixed(), {
              volShift: { kind: "absolute", amount: new Precise(vol).div(100) },
            }),
          );
        expect(at(x, v).gte("-2200.5350081735327870190803133089419525366")).toBe(true);
        expect(at(x + 5, v).gte(at(x, v).minus("1e-38"))).toBe(true);
        expect(at(x, v + 5).gte(at(x, v).minus("1e-38"))).toBe(true);
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  it("names the instrument of every refusal", () => {
    const bad = (terms: object) => () =>
      revalue({ ...option("BTC", "C", "70000"), ...terms } as never, move("0"));
    expect(bad({ volatility: undefined })).toThrow(
      expect.objectContaining({
        code: "OPTION_VOLATILITY",
        message: expect.stringContaining("BTC-30-70000-C"),
      }),
    );
    expect(bad({ volatility: "0" })).toThrow(expect.objectContaining({ code: "OPTION_VOLATILITY" }));
    expect(bad({ days: "-0.5" })).toThrow(
      expect.objectContaining({
        code: "OPTION_EXPIRED",
        message: expect.stringContaining("expired 0.5 days ago"),
      }),
    );
    expect(bad({ strike: "0" })).toThrow(expect.objectContaining({ code: "MODEL_INPUT" }));
    expect(bad({ forward: "1e5" })).toThrow(/forward: "1e5" is not a plain decimal/);
    expect(() => revalue(inverse, move("-1"))).toThrow(/BTC-INV: an inverse contract's loss is unbounded/);
    expect(() => revalue(perpetual("BTC", "1"), move("-1.01"))).toThrow(/BTC-PERP, scenario -1.01/);
  });
});

describe("scenario grid", () => {
  it("volatility: absolute, multiplicative, by days to expiry; never below 0", () => {
    const shifted = (days: string, shift: Parameters<typeof shiftedVolatility>[2]) =>
      shiftedVolatility(new Precise("0.6"), new Precise(days), shift);
    expect(shifted("30", { kind: "absolute", amount: "-0.7" }).toFixed()).toBe("0");
    expect(shifted("30", { kind: "multiplicative", factor: "-0.25" }).toFixed()).toBe("0.45");
    const rule = {
      kind: "byExpiry",
      factor: "0.5",
      referenceDays: "30",
      shortPower: "0.30",
      longPower: "0.13",
      floorDays: "1",
    } as const;
    expect(shifted("30", rule).toFixed()).toBe("0.9");
    // (30/7)^0.30 and (30/90)^0.13 by mpmath
    expect(shifted("7", rule).minus("0.6").div("0.3").toFixed(30)).toBe("1.547415577210813198422862444588");
    expect(shifted("90", rule).minus("0.6").div("0.3").toFixed(30)).toBe("0.866910447578253287715637857413");
    expect(shifted("0.01", rule).eq(shifted("1", rule))).toBe(true);
    expect(shifted("30", { ...rule, least: "0.8" }).toFixed()).toBe("1");
    expect(shifted("30", { ...rule, least: "0.8", factor: "-0.5" }).toFixed()).toBe("0.3");
  });

  it("is price by price, named", () => {
    expect(
      grid(["-0.04", "0.0533333"], [{ name: "vol same" }, { name: "vol up" }]).map((s) => s.name),
    ).toEqual(["-4% vol same", "-4% vol up", "+5.33% vol same", "+5.33% vol up"]);
    expect(percent("0")).toBe("0%");
  });

  it("refuses a group without scenarios, a name twice, a bad name, too many", () => {
    expect(() => assertScenarios("BTC", [])).toThrow(expect.objectContaining({ code: "MODEL_NO_SCENARIOS" }));
    expect(() => assertScenarios("BTC", ["a", "b", "a"])).toThrow(
      expect.objectContaining({
        code: "MODEL_DUPLICATE_SCENARIO",
        message: 'group BTC has two scenarios called "a"',
      }),
    );
    expect(() => assertScenarios("BTC", [" a"])).toThrow(expect.objectContaining({ code: "MODEL_INPUT" }));
    expect(() =>
      assertScenarios(
        "BTC",
        Array.from({ length: 129 }, (_, k) => `${k}`),
      ),
    ).toThrow(/at most 128/);
  });
});
