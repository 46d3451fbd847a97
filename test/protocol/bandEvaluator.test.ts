import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BandEvaluator } from "../../src/protocol/bandEvaluator.js";
import { evaluated, SMALL_TABLE } from "./smallTable.js";

const bands = new BandEvaluator(SMALL_TABLE);
const standing = (holdings: Readonly<Record<string, bigint>>) => bands.standing(Object.entries(holdings));

describe("what decides an account's band", () => {
  test("are the figures of its evaluation, in and out of groups, whatever it holds", () => {
    const quantity = fc.bigInt({ min: -300n, max: 300n });
    const book = fc.record(
      Object.fromEntries(SMALL_TABLE.instruments.map(({ symbol }) => [symbol, quantity])),
    );
    const figures = (holdings: Record<string, bigint>) => {
      const { equity, maintenance, initial } = evaluated(holdings);
      return { equity, maintenance, initial };
    };
    for (const holdings of [
      {},
      { USDT: 5n },
      { PERP: -150n, CALL: 3n, USDT: 1000n },
      { CALL: -2n, PERP: 200n },
    ])
      expect(standing(holdings)).toEqual(figures(holdings));
    fc.assert(
      fc.property(book, (holdings) => {
        expect(standing(holdings)).toEqual(figures(holdings));
      }),
    );
  });

  test("is nothing of a zero, of whatever it may be", () => {
    expect(standing({ USDT: 7n, unheardOf: 0n })).toEqual(standing({ USDT: 7n }));
    expect(() => standing({ unheardOf: 1n })).toThrow(
      expect.objectContaining({ code: "ACCOUNT_UNKNOWN_INSTRUMENT" }),
    );
  });
});
