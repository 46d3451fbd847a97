import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NORMAL_ERROR, normalCdf, normalPdf } from "../../src/models/normal.js";
import { Precise } from "../../src/models/precise.js";

/** 50 digits, from mpmath 1.3 at 70 digits; the first ones are in any table of the normal distribution. */
const KNOWN = [
  ["0.1", "0.53982783727702898146540461823918208301406228368977"],
  ["0.5", "0.69146246127401310363770461060833773988360217555458"],
  ["1", "0.84134474606854294858523254563203792247791296672660"],
  ["1.96", "0.97500210485177956586341573095916280997750022093812"],
  ["2", "0.97724986805182079279971736283346656252822377629832"],
  ["3", "0.99865010196836990547334818523240502262217063184162"],
  ["5", "0.99999971334842812080608832624766712535464614557699"],
  ["8", "0.99999999999999937790394257282158764840048274118116"],
  ["12.5", "0.99999999999999999999999999999999999626743570112229"],
  ["-0.1", "0.46017216272297101853459538176081791698593771631023"],
  ["-1", "0.15865525393145705141476745436796207752208703327340"],
  ["-3", "0.0013498980316300945266518147675949773778293681583806"],
  ["-8", "0.00000000000000062209605742717841235159951725881884224887172789003"],
  ["-14", "0.0000000000000000000000000000000000000000000077935368191928002543596818388950861355579165146107"],
] as const;

/** Upper tail by Laplace's continued fraction at 130 digits, for x >= 2: shares nothing with the series. */
function tailByFraction(x: Decimal): Decimal {
  const Wide = Decimal.clone({ precision: 130 });
  const y = new Wide(x);
  let fraction = y;
  for (let k = 4000; k > 0; k--) fraction = y.plus(new Wide(k).div(fraction));
  return y.times(y).div(-2).exp().div(Wide.acos(-1).times(2).sqrt()).div(fraction);
}

describe("normal distribution", () => {
  it.each(KNOWN)("P(%s) is the known value within the stated bound", (x, value) => {
    const difference = normalCdf(new Precise(x)).minus(new Precise(value)).abs();
    expect(difference.lte(NORMAL_ERROR)).toBe(true);
  });

  it("keeps the bound against a continued fraction, 2 to 16", () => {
    for (const x of ["2", "2.75", "4", "6.125", "9.5", "11", "14.999", "15", "16"]) {
      const tail = tailByFraction(new Decimal(x));
      const got = normalCdf(new Precise(`-${x}`));
      expect(new Precise(tail.toPrecision(60)).minus(got).abs().lte(NORMAL_ERROR), x).toBe(true);
    }
  });

  it("is 0 and 1 far out, 1/2 at 0, and its density is 1/sqrt(2 pi) there", () => {
    expect(normalCdf(new Precise(-40)).toFixed()).toBe("0");
    expect(normalCdf(new Precise(40)).toFixed()).toBe("1");
    expect(normalCdf(new Precise(0)).toFixed()).toBe("0.5");
    expect(normalPdf(new Precise(0)).toFixed(30)).toBe("0.398942280401432677939946059934");
  });

  it("rises, and P(x) + P(-x) = 1", () => {
    const decimal = fc.integer({ min: -1_700_000, max: 1_700_000 }).map((n) => new Precise(n).div(100_000));
    fc.assert(
      fc.property(decimal, fc.integer({ min: 1, max: 1000 }), (x, step) => {
        const more = normalCdf(x.plus(new Precise(step).div(1000)));
        expect(more.plus(NORMAL_ERROR).gte(normalCdf(x))).toBe(true);
        expect(normalCdf(x).plus(normalCdf(x.negated())).minus(1).abs().lte(NORMAL_ERROR)).toBe(true);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
