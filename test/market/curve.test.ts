import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, compare, decimal, decimalText, integer, ZERO } from "../../src/decimal/decimal.js";
import {
  addCurves,
  type Curve,
  edgesOf,
  NO_REQUIREMENT,
  pieceAt,
  requirementAt,
  tierCurve,
} from "../../src/market/curve.js";
import { MAX_QUANTITY } from "../../src/protocol/constants.js";

const tiers = (...list: (readonly [floor: string, rate: string])[]) =>
  list.map(([floor, rate]) => ({ floor, rate }));
const at = (curve: Curve, quantity: bigint): string =>
  decimalText(requirementAt(pieceAt(curve, quantity), quantity));
const froms = (curve: Curve): bigint[] => curve.map(({ from }) => from);

describe("tiers of a notional", () => {
  const curve = tierCurve(tiers(["0", "0.01"], ["100", "0.02"], ["1000", "0.05"]), decimal("7"));

  it("charge each part of it at its own rate", () => {
    // 100 / 7 = 14.3 steps, 1000 / 7 = 142.9.
    expect(froms(curve)).toEqual([0n, 15n, 143n]);
    expect(at(curve, 0n)).toBe("0");
    expect(at(curve, 14n)).toBe("0.98");
    expect(at(curve, 15n)).toBe("1.1");
    expect(at(curve, 142n)).toBe("18.88");
    // 1 of the first 100, 18 of the next 900, 0.05 of the rest.
    expect(at(curve, 1000n)).toBe("319");
  });

  it("end where no quantity reaches", () => {
    const most = decimalText(integer(MAX_QUANTITY));
    const one = decimal("1");
    expect(froms(tierCurve(tiers(["0", "0.01"], [most, "0.02"]), one))).toEqual([0n, MAX_QUANTITY]);
    const beyond = decimalText(integer(MAX_QUANTITY + 1n));
    expect(froms(tierCurve(tiers(["0", "0.01"], [beyond, "0.02"]), one))).toEqual([0n]);
  });

  it("of nothing are the first, which charges nothing", () => {
    const nothing = tierCurve(tiers(["0", "0.01"], ["100", "0.02"]), decimal("0"));
    expect(froms(nothing)).toEqual([0n]);
    expect(at(nothing, 1000n)).toBe("0");
    expect(froms(tierCurve(tiers(["0", "0.01"], ["1", "0.02"]), decimal("0")))).toEqual([0n]);
  });

  it("that begin at one quantity are the last of them, and none is forgotten in what it charges", () => {
    const close = tierCurve(tiers(["0", "0.01"], ["100", "0.02"], ["101", "0.03"]), decimal("7"));
    expect(froms(close)).toEqual([0n, 15n]);
    // 1 + 0.02 + 0.03 * 4
    expect(at(close, 15n)).toBe("1.14");
  });
});

describe("curves together", () => {
  const one = tierCurve(tiers(["0", "0.01"], ["100", "0.02"]), decimal("10"));
  const two = tierCurve(tiers(["0", "0.5"], ["70", "0.6"]), decimal("10"));

  it("change wherever one of them does, from 0 on", () => {
    expect(edgesOf([one, two])).toEqual([0n, 7n, 10n]);
    expect(edgesOf([])).toEqual([0n]);
    expect(edgesOf([NO_REQUIREMENT])).toEqual([0n]);
    expect(edgesOf([[{ from: 5n, perStep: decimal("1"), offset: decimal("0") }]])).toEqual([0n, 5n]);
    expect(froms(addCurves([two, one]))).toEqual([0n, 7n, 10n]);
  });

  it("charge what each charges, at every quantity", () => {
    const rate = fc.integer({ min: 0, max: 50 });
    const anyCurve = fc
      .tuple(fc.uniqueArray(fc.integer({ min: 1, max: 500 }), { maxLength: 4 }), rate, rate)
      .map(([floors, first, more]) => {
        const list = [0, ...floors.sort((a, b) => a - b)].map(
          (floor, k) =>
            [`${floor}`, decimalText({ coefficient: BigInt(first + k * more), scale: 3 })] as const,
        );
        return tierCurve(tiers(...list), decimal("3"));
      });
    fc.assert(
      fc.property(fc.array(anyCurve, { minLength: 1, maxLength: 3 }), fc.bigInt(0n, 300n), (curves, q) => {
        const sum = addCurves(curves);
        const total = curves.map((each) => requirementAt(pieceAt(each, q), q)).reduce(add, ZERO);
        expect(compare(requirementAt(pieceAt(sum, q), q), total)).toBe(0);
      }),
    );
  });
});
