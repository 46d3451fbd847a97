import { bn254 } from "@noble/curves/bn254.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  add,
  batchInverse,
  fromSigned,
  inverse,
  isCanonical,
  mul,
  neg,
  pow,
  sub,
} from "../../src/field/element.js";
import { BASE_FIELD_ORDER, FIELD_ORDER as P } from "../../src/field/order.js";

const element = fc.oneof(fc.bigInt({ min: 0n, max: P - 1n }), fc.constantFrom(0n, 1n, P - 1n));
const nonZero = element.filter((x) => x !== 0n);
const mod = (x: bigint): bigint => ((x % P) + P) % P;

describe("field elements", () => {
  it("are of the field that the curve library has", () => {
    expect(P).toBe(bn254.fields.Fr.ORDER);
    expect(BASE_FIELD_ORDER).toBe(bn254.fields.Fp.ORDER);
  });

  it("add, subtract, multiply and negate as integers mod p", () => {
    fc.assert(
      fc.property(element, element, (a, b) => {
        expect(add(a, b)).toBe(mod(a + b));
        expect(sub(a, b)).toBe(mod(a - b));
        expect(mul(a, b)).toBe(mod(a * b));
        expect(neg(a)).toBe(mod(-a));
      }),
    );
  });

  it("wrap at the edges", () => {
    expect(add(P - 1n, 1n)).toBe(0n);
    expect(sub(0n, 1n)).toBe(P - 1n);
    expect(mul(P - 1n, P - 1n)).toBe(1n);
    expect(neg(0n)).toBe(0n);
  });

  it("invert, as Fermat says", () => {
    fc.assert(
      fc.property(nonZero, (a) => {
        expect(mul(a, inverse(a))).toBe(1n);
        expect(inverse(a)).toBe(pow(a, P - 2n));
      }),
      { numRuns: 50 },
    );
    expect(() => inverse(0n)).toThrow(expect.objectContaining({ code: "FIELD_DIVISION_BY_ZERO" }));
  });

  it("invert in batches", () => {
    fc.assert(
      fc.property(fc.array(nonZero, { maxLength: 9 }), (values) => {
        expect(batchInverse(values)).toEqual(values.map(inverse));
      }),
    );
    expect(() => batchInverse([1n, 0n, 2n])).toThrow(
      expect.objectContaining({ code: "FIELD_DIVISION_BY_ZERO" }),
    );
  });

  it("raise to powers", () => {
    expect(pow(3n, 5n)).toBe(243n);
    expect(pow(0n, 0n)).toBe(1n);
    expect(pow(2n, P - 1n)).toBe(1n);
    expect(() => pow(2n, -1n)).toThrow(expect.objectContaining({ code: "FIELD_EXPONENT_NEGATIVE" }));
  });

  it("reduce any integer to its one representative", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(P ** 2n), max: P ** 2n }),
        (x) => void expect(fromSigned(x)).toBe(mod(x)),
      ),
    );
    expect(fromSigned(-1n)).toBe(P - 1n);
    expect(fromSigned(-P)).toBe(0n);
    expect([-1n, 0n, P - 1n, P].map(isCanonical)).toEqual([false, true, true, false]);
  });
});
