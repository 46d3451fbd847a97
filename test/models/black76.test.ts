import { keccak_256 } from "@noble/hashes/sha3.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type OptionTerms, optionGreeks, optionValue, yearsOf } from "../../src/models/black76.js";
import { Precise } from "../../src/models/precise.js";

function terms(
  call: boolean,
  forward: string,
  strike: string,
  volatility: string,
  days: string,
): OptionTerms {
  const [f, k, v, d] = [forward, strike, volatility, days].map((x) => new Precise(x));
  return { call, forward: f!, strike: k!, volatility: v!, years: yearsOf(d!) };
}

/** Value, delta, gamma, vega: mpmath 1.3 at 70 digits. */
const KNOWN = [
  [
    [true, "65000", "70000", "0.55", "30"],
    [
      "2200.5350081735327870190803133089419525365550832060",
      "0.34784342935769222494525378148773399078706430879370",
      "0.000036057596512394960357658086496117292230962992807144",
      "6886.7539640283114354335324790700732456191990029261",
    ],
  ],
  [
    [false, "65000", "50000", "0.7", "7"],
    [
      "5.7299985189391088888850488874015064985497322090499",
      "-0.0029351006274553231170715260552306218994315988955180",
      "0.0000014236687993468508143971046413815269630467375835078",
      "80.749324160214189000153585858085101239657766637177",
    ],
  ],
  [
    [true, "3000", "3000", "0.65", "180"],
    [
      "541.59823222192339215745942141452517641699039819046",
      "0.59026637203698723202624323690242086273616506636508",
      "0.00028384068260161641689246361203125914920653759385291",
      "818.86092816301941640483337936689283319036735980032",
    ],
  ],
] as const;

const anyTerms = fc
  .record({
    call: fc.boolean(),
    forward: fc.integer({ min: 1, max: 200_000 }),
    strike: fc.integer({ min: 1, max: 200_000 }),
    volatility: fc.integer({ min: 1, max: 400 }),
    days: fc.integer({ min: 0, max: 1500 }),
  })
  .map((r) =>
    terms(r.call, `${r.forward}`, `${r.strike}`, new Precise(r.volatility).div(100).toFixed(), `${r.days}`),
  );

/** 1e-44 of forward + strike: the stated error of a value. */
const slack = (t: OptionTerms) => t.forward.plus(t.strike).times("1e-44");

describe("Black-76", () => {
  it.each(KNOWN)("%j: value and Greeks to 35 digits", ([call, forward, strike, vol, days], figures) => {
    const t = terms(call, forward, strike, vol, days);
    const { delta, gamma, vega } = optionGreeks(t);
    for (const [k, x] of [optionValue(t), delta, gamma, vega].entries()) {
      const known = new Precise(figures[k]!);
      expect(x.minus(known).div(known).abs().lte("1e-35"), `${k}: ${x} and ${known}`).toBe(true);
    }
  });

  it("Hull, Options, Futures and Other Derivatives: put on a futures price of 20, strike 20, 25%, 4 months: 1.12", () => {
    const years = new Precise(4).div(12);
    const t = { ...terms(false, "20", "20", "0.25", "0"), years };
    const discount = new Precise("-0.09").times(years).exp();
    expect(optionValue(t).times(discount).toFixed(2)).toBe("1.12");
  });

  it("is exactly intrinsic at expiry, without volatility, and for a forward worth nothing", () => {
    expect(optionValue(terms(true, "65000", "60000", "0.5", "0")).toFixed()).toBe("5000");
    expect(optionValue(terms(false, "65000", "60000", "0.5", "0")).toFixed()).toBe("0");
    expect(optionValue(terms(false, "55000", "60000", "0", "30")).toFixed()).toBe("5000");
    expect(optionValue(terms(false, "0", "60000", "0.5", "30")).toFixed()).toBe("60000");
    expect(optionValue(terms(true, "0", "60000", "0.5", "30")).toFixed()).toBe("0");
    const greeks = optionGreeks(terms(false, "55000", "60000", "0.5", "0"));
    expect([greeks.delta, greeks.gamma, greeks.vega].map((x) => x.toFixed())).toEqual(["-1", "0", "0"]);
  });

  it("refuses what has no value, and gamma at the strike without spread", () => {
    expect(() => optionValue(terms(true, "1", "0", "0.5", "1"))).toThrow(/strike: 0 is out of range/);
    expect(() => optionValue(terms(true, "-1", "1", "0.5", "1"))).toThrow(/forward/);
    expect(() => optionValue(terms(true, "1", "1", "-0.5", "1"))).toThrow(/volatility/);
    expect(() => optionValue(terms(true, "1", "1", "0.5", "-1"))).toThrow(/time to expiry/);
    expect(() => optionGreeks(terms(true, "1", "1", "0.5", "0"))).toThrow(/gamma is unbounded/);
  });

  it("put-call parity: C - P = F - K", () => {
    fc.assert(
      fc.property(anyTerms, (t) => {
        const gap = optionValue({ ...t, call: true }).minus(optionValue({ ...t, call: false }));
        expect(gap.minus(t.forward).plus(t.strike).abs().lte(slack(t).times(2))).toBe(true);
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it("lies between intrinsic value and F or K, rises with volatility and time", () => {
    fc.assert(
      fc.property(anyTerms, (t) => {
        const value = optionValue(t);
        const sign = t.call ? 1 : -1;
        expect(value.gte(Precise.max(0, t.forward.minus(t.strike).times(sign)))).toBe(true);
        expect(value.lte(t.call ? t.forward : t.strike)).toBe(true);
        const more = [
          { ...t, volatility: t.volatility.times("1.1") },
          { ...t, years: t.years.plus("0.01") },
        ];
        for (const m of more) expect(optionValue(m).plus(slack(t)).gte(value)).toBe(true);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it("call rises and put falls with the forward; convex in it; delta is its slope", () => {
    fc.assert(
      fc.property(anyTerms, (t) => {
        const step = t.forward.times("0.01");
        const [low, mid, high] = [t.forward.minus(step), t.forward, t.forward.plus(step)].map((forward) =>
          optionValue({ ...t, forward }),
        );
        const rise = high!.minus(low!).times(t.call ? 1 : -1);
        expect(rise.plus(slack(t).times(4)).gte(0)).toBe(true);
        expect(high!.plus(low!).minus(mid!.times(2)).plus(slack(t).times(8)).gte(0)).toBe(true);
        if (t.years.isZero()) return;
        const { delta } = optionGreeks(t);
        const [before, after] = [mid!.minus(low!), high!.minus(mid!)].map((x) => x.div(step));
        const error = slack(t).times(8).div(step);
        expect(delta.gte(before!.minus(error)) && delta.lte(after!.plus(error))).toBe(true);
      }),
      { numRuns: 200, seed: 4 },
    );
  });

  it("gives the same digits on every machine", () => {
    const text = [];
    for (const days of ["0.5", "7", "45", "400"]) {
      for (const strike of ["20000", "60000", "65000", "130000"]) {
        const t = terms(Number(strike) < 62_000, "65000", strike, "0.61", days);
        const { delta, gamma, vega } = optionGreeks(t);
        text.push(...[optionValue(t), delta, gamma, vega].map((x) => x.toString()));
      }
    }
    expect(Buffer.from(keccak_256(new TextEncoder().encode(text.join(" ")))).toString("hex")).toBe(
      "ab46240b2e38437a8c816c10f6692378a41c2737d80c7a4f61ffd219f0d608af",
    );
  });
});
