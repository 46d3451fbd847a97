import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, decimalText, type Decimal as Exact } from "../../src/decimal/decimal.js";
import { medianPrices, parsePolicy, repeatEvidence } from "../../src/prices/index.js";
import { exactMedian, roundHalfEven } from "../../src/prices/median.js";
import { EPOCH, file, NAMES, policy } from "./support.js";

const Wide = Decimal.clone({
  precision: 120,
  rounding: Decimal.ROUND_HALF_EVEN,
  toExpNeg: -60,
  toExpPos: 60,
});

/** Any decimal a price file may hold, with many that are close to each other or end on a half. */
const anyDecimal = fc
  .tuple(
    fc.oneof(fc.bigInt(-(10n ** 21n) + 1n, 10n ** 21n - 1n), fc.bigInt(-60n, 60n)),
    fc.integer({ min: 0, max: 18 }),
  )
  .map(([coefficient, scale]): Exact => decimal(decimalText({ coefficient, scale })));

/** Prices within 0.5% of each other, positive or negative. */
const quorum = fc
  .tuple(
    fc.array(fc.bigInt(100_000n, 100_500n), { minLength: 2, maxLength: NAMES.length }),
    fc.constantFrom(1n, -1n),
    fc.integer({ min: 0, max: 18 }),
  )
  .map(([values, sign, scale]) => values.map((v) => decimalText({ coefficient: sign * v, scale })));

describe("the median", () => {
  it("is decimal.js's, and within the least and the greatest", () => {
    fc.assert(
      fc.property(fc.array(anyDecimal, { minLength: 1, maxLength: 9 }), (values) => {
        const sorted = values.map((v) => new Wide(decimalText(v))).sort((a, b) => a.cmp(b));
        const [low, high] = [sorted[(sorted.length - 1) >> 1]!, sorted[sorted.length >> 1]!];
        const median = new Wide(decimalText(exactMedian(values)));
        expect(median.eq(low.plus(high).div(2))).toBe(true);
        const rounded = new Wide(decimalText(roundHalfEven(exactMedian(values), 18)));
        expect(rounded.gte(sorted[0]!) && rounded.lte(sorted[sorted.length - 1]!)).toBe(true);
      }),
    );
  });

  it("is rounded as decimal.js rounds half to even", () => {
    fc.assert(
      fc.property(anyDecimal, fc.integer({ min: 0, max: 18 }), (value, decimals) => {
        const expected = new Wide(decimalText(value)).toDecimalPlaces(decimals);
        expect(new Wide(decimalText(roundHalfEven(value, decimals))).eq(expected)).toBe(true);
      }),
    );
    expect(() => exactMedian([])).toThrow(RangeError);
  });

  it("of signed files lies within the quorum, doesn't depend on their order, and verifies", () => {
    fc.assert(
      fc.property(
        quorum.chain((texts) =>
          fc.tuple(fc.constant(texts), fc.shuffledSubarray([...texts.keys()], { minLength: texts.length })),
        ),
        ([texts, order]) => {
          const rules = policy(NAMES.length);
          const files = texts.map((price, i) => file(i, [{ price }]));
          const made = medianPrices({ files, policy: rules, time: EPOCH });
          const price = made.medians[0]!.price;
          const sorted = texts.map((text) => new Wide(text)).sort((a, b) => a.cmp(b));
          expect(sorted[0]!.lte(price) && sorted[sorted.length - 1]!.gte(price)).toBe(true);
          const shuffled = medianPrices({ files: order.map((i) => files[i]), policy: rules, time: EPOCH });
          expect(shuffled.text).toBe(made.text);
          expect(repeatEvidence(made.text, EPOCH, parsePolicy(rules)).medians).toEqual(made.medians);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("moves within the honest prices as long as the liars are fewer than half", () => {
    fc.assert(
      fc.property(
        fc.array(anyDecimal, { minLength: 3, maxLength: 3 }),
        anyDecimal,
        anyDecimal,
        (honest, a, b) => {
          const sorted = honest.map((v) => new Wide(decimalText(v))).sort((x, y) => x.cmp(y));
          const median = new Wide(decimalText(exactMedian([...honest, a, b])));
          expect(median.gte(sorted[0]!) && median.lte(sorted[2]!)).toBe(true);
        },
      ),
    );
  });
});
