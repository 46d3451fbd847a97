import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BASE_FIELD_ORDER, G2, GROUP_ORDER } from "../../../src/verifier/groth16/curve.js";
import { BN_X, isInG2 } from "../../../src/verifier/groth16/g2Subgroup.js";
import { scalar, slowMultiply, twistPoint } from "./toy.js";

const x = BN_X;
const p = BASE_FIELD_ORDER;
const r = GROUP_ORDER;
const h = G2.CURVE().h;
const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));

describe("G2 subgroup check", () => {
  it("is the curve the argument is about", () => {
    expect(p).toBe(36n * x ** 4n + 36n * x ** 3n + 24n * x ** 2n + 6n * x + 1n);
    expect(r).toBe(36n * x ** 4n + 36n * x ** 3n + 18n * x ** 2n + 6n * x + 1n);
    // h r is the order of the twist's group: it is in the Hasse interval of Fp2 and kills points of the twist.
    const trace2 = p ** 2n + 1n - h * r;
    expect(trace2 * trace2 <= 4n * p * p).toBe(true);
    for (const start of [1n, 1000n, 123456789n])
      expect(slowMultiply(twistPoint(start), h * r).is0()).toBe(true);
    expect(h % r).not.toBe(0n);
    expect((h * r) % 2n).toBe(1n); // odd order: the complete addition formulas have no exceptions
  });

  it("is exact: gcd of the resultant and the group order is r", () => {
    const t = 6n * x * x + 1n;
    // z^2 = t z - p, z^3 = (t^2 - p) z - t p
    const constant = x + 1n - x * p + 2n * x * t * p;
    const linear = x + x * t - 2n * x * (t * t - p);
    const resultant = constant ** 2n + constant * linear * t + linear ** 2n * p;
    expect(gcd(resultant < 0n ? -resultant : resultant, h * r)).toBe(r);
    // and psi = p on G2 is a root
    expect((x + 1n + x * p + x * p ** 2n - 2n * x * p ** 3n) % r).toBe(0n);
  });

  it("accepts multiples of the generator", () => {
    for (let n = 0; n < 8; n++) expect(isInG2(G2.BASE.multiply(scalar(n)))).toBe(true);
  });

  it("agrees with the multiplication by r on arbitrary points of the twist", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, p - 10_000n), (start) => {
        const point = twistPoint(start);
        expect(isInG2(point)).toBe(slowMultiply(point, r).is0());
        expect(isInG2(slowMultiply(point, h))).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  it("refuses points of each small order outside G2, and those shifted by a G2 point", () => {
    const point = twistPoint(77n);
    // 10069 and 5864401 divide the cofactor.
    for (const prime of [10069n, 5864401n]) {
      expect(h % prime).toBe(0n);
      const small = slowMultiply(point, (h / prime) * r);
      expect(small.is0()).toBe(false);
      expect(slowMultiply(small, prime).is0()).toBe(true);
      expect(isInG2(small)).toBe(false);
      expect(isInG2(small.add(G2.BASE))).toBe(false);
    }
    expect(isInG2(slowMultiply(point, r))).toBe(false);
  });
});
