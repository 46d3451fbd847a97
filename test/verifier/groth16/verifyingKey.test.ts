import { bn254 } from "@noble/curves/bn254.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { coordinateHex } from "../../../src/verifier/groth16/coordinate.js";
import {
  BASE_FIELD_ORDER,
  Fp12,
  G1,
  type G1Point,
  G2,
  type G2Point,
} from "../../../src/verifier/groth16/curve.js";
import { pairingProduct } from "../../../src/verifier/groth16/pairingProduct.js";
import {
  parseVerifyingKey,
  VerifyingKey,
  type VerifyingKeyJson,
  verifyingKeyDigest,
} from "../../../src/verifier/groth16/verifyingKey.js";
import { expectInvalid } from "./refuses.js";
import { g1, g1Json, g2, g2Json, scalar, toyKey, twistPoint } from "./toy.js";

const key = toyKey(1, 3);
const good = key.json;
const zero = coordinateHex(0n);
const infinity1 = [zero, zero];
const infinity2 = [
  [zero, zero],
  [zero, zero],
];
const parse = (json: unknown, count = 3) => parseVerifyingKey(json, count);
const withIc = (index: number, point: unknown) => ({
  ...good,
  ic: good.ic.map((old, n) => (n === index ? point : old)),
});

describe("parseVerifyingKey", () => {
  it("reads the canonical form", () => {
    const vk = parse(JSON.parse(JSON.stringify(good)));
    expect(VerifyingKey.is(vk)).toBe(true);
    expect(vk.ic.map(g1Json)).toEqual(good.ic);
    expect(g2Json(vk.delta2)).toEqual(good.delta2);
    expect(vk.digestHex).toBe(bytesToHex(verifyingKeyDigest(good)));
    expect([Object.isFrozen(vk), Object.isFrozen(vk.ic)]).toEqual([true, true]);
  });

  it("accepts the generator as gamma2, as snarkjs always has it", () => {
    expect(parse({ ...good, gamma2: g2Json(G2.BASE) }).gamma2.equals(G2.BASE)).toBe(true);
  });

  it("refuses another number of ic points than the circuit has signals, plus one", () => {
    for (const count of [2, 4, 0, -1, 3.5, Number.NaN]) {
      expectInvalid(() => parse(good, count), "VERIFYING_KEY_IC_COUNT");
    }
    expectInvalid(() => parse({ ...good, ic: good.ic.slice(1) }), "VERIFYING_KEY_IC_COUNT");
    expectInvalid(() => parse({ ...good, ic: [] }, -1), "VERIFYING_KEY_IC_COUNT");
    expect(parse({ ...good, ic: good.ic.slice(0, 1) }, 0).ic.length).toBe(1);
  });

  it("refuses unknown and missing fields and every other structure", () => {
    const { gamma2: _, ...without } = good;
    const bad: unknown[] = [
      null,
      [],
      {},
      without,
      { ...good, nPublic: 3 },
      { ...good, protocol: "plonk" },
      { ...good, protocol: "Groth16" },
      { ...good, curve: "bn128" },
      { ...good, ic: { length: 4 } },
      { ...good, ic: withIc(1, [good.ic[1]![0]]).ic },
      { ...good, alpha1: [...good.alpha1, zero] },
      { ...good, beta2: good.alpha1 },
    ];
    for (const value of bad) expectInvalid(() => parse(value), "VERIFYING_KEY_SHAPE");
    expectInvalid(
      () => verifyingKeyDigest({ ...good, nPublic: 3 } as VerifyingKeyJson),
      "VERIFYING_KEY_SHAPE",
    );
  });

  it("refuses coordinates that are not canonical", () => {
    const [x, y] = good.alpha1;
    for (const bad of [
      x.toUpperCase(),
      x.slice(2),
      coordinateHex(1n).replace("0x0", "0x"),
      `0x${BASE_FIELD_ORDER.toString(16)}`,
    ]) {
      expectInvalid(() => parse({ ...good, alpha1: [bad, y] }), "COORDINATE_NOT_CANONICAL");
      expectInvalid(() => parse(withIc(2, [bad, y])), "COORDINATE_NOT_CANONICAL");
      expectInvalid(() => verifyingKeyDigest({ ...good, alpha1: [bad, y] }), "COORDINATE_NOT_CANONICAL");
    }
  });

  it("refuses infinity in each place", () => {
    for (const index of good.ic.keys())
      expectInvalid(() => parse(withIc(index, infinity1)), "POINT_AT_INFINITY");
    expectInvalid(() => parse({ ...good, alpha1: infinity1 }), "POINT_AT_INFINITY");
    for (const field of ["beta2", "gamma2", "delta2"]) {
      expectInvalid(() => parse({ ...good, [field]: infinity2 }), "POINT_AT_INFINITY");
    }
  });

  it("refuses points off the curve and G2 points outside the subgroup, in each place", () => {
    const off = [coordinateHex(1n), coordinateHex(3n)];
    for (const index of good.ic.keys()) expectInvalid(() => parse(withIc(index, off)), "POINT_NOT_ON_CURVE");
    expectInvalid(() => parse({ ...good, alpha1: off }), "POINT_NOT_ON_CURVE");
    const outside = g2Json(twistPoint(9n));
    for (const field of ["beta2", "gamma2", "delta2"] as const) {
      expectInvalid(() => parse({ ...good, [field]: outside }), "POINT_NOT_IN_SUBGROUP");
      const swapped = [good[field][1], good[field][0]];
      expectInvalid(() => parse({ ...good, [field]: swapped }), "POINT_NOT_ON_CURVE");
    }
  });
});

describe("degenerate verifying keys", () => {
  const { alpha, beta, gamma, delta } = key;
  const both = (point: G2Point) => [g2Json(point), g2Json(point.negate())];

  it("are refused", () => {
    const bad: unknown[] = [
      ...both(g2(gamma)).map((delta2) => ({ ...good, delta2 })),
      ...both(g2(beta)).map((gamma2) => ({ ...good, gamma2 })),
      ...both(g2(beta)).map((delta2) => ({ ...good, delta2 })),
      ...both(g2(gamma).add(g2(delta))).map((beta2) => ({ ...good, beta2 })),
      ...both(g2(gamma).subtract(g2(delta))).map((beta2) => ({ ...good, beta2 })),
      ...both(G2.BASE).map((delta2) => ({ ...good, delta2 })),
      ...both(G2.BASE).map((beta2) => ({ ...good, beta2 })),
      { ...good, gamma2: g2Json(G2.BASE), delta2: g2Json(G2.BASE) },
      { ...good, alpha1: g1Json(G1.BASE) },
      { ...good, alpha1: g1Json(G1.BASE.negate()) },
      withIc(0, good.alpha1),
      withIc(2, g1Json(g1(alpha).negate())),
      withIc(3, good.ic[1]),
      withIc(1, g1Json(g1(key.ic[0]!).negate())),
    ];
    for (const value of bad) expectInvalid(() => parse(value), "VERIFYING_KEY_DEGENERATE");
  });

  /** Does the bare equation accept, with the points as they are? */
  function accepts(
    [beta2, gamma2, delta2]: readonly [G2Point, G2Point, G2Point],
    x: G1Point,
    [a, b, c]: readonly [G1Point, G2Point, G1Point],
  ): boolean {
    const term = (g1Point: G1Point, g2Point: G2Point) => ({
      g1: g1Point,
      lines: bn254.utils.calcPairingPrecomputes(g2Point),
    });
    const product = pairingProduct([
      term(a.negate(), b),
      term(g1(alpha), beta2),
      term(x, gamma2),
      term(c, delta2),
    ]);
    return Fp12.eql(product, Fp12.ONE);
  }

  it("really let anybody forge, from public points alone", () => {
    const [A, B, C, D] = [g1(alpha), g2(beta), g2(gamma), g2(delta)];
    const x = g1(scalar(99)); // any statement
    // gamma = +-delta
    expect(accepts([B, D, D], x, [A, B, x.negate()])).toBe(true);
    expect(accepts([B, D.negate(), D], x, [A, B, x])).toBe(true);
    // gamma = +-beta
    expect(accepts([B, B, D], x, [A.add(x), B.add(D), A.add(x)])).toBe(true);
    expect(accepts([B, B.negate(), D], x, [A.subtract(x), B.add(D), A.subtract(x)])).toBe(true);
    // delta = +-beta
    expect(accepts([B, C, B], x, [x, B.add(C), x.subtract(A)])).toBe(true);
    expect(accepts([B, C, B.negate()], x, [x, B.add(C), A.subtract(x)])).toBe(true);
    // beta = gamma + delta
    expect(accepts([C.add(D), C, D], x, [A.add(x), C.add(D), x])).toBe(true);
    // X = alpha
    expect(accepts([B, C, D], A, [A, B.add(C).add(D), A])).toBe(true);
  });
});

describe("verifyingKeyDigest", () => {
  it("is keccak256 of the documented encoding", () => {
    const numbers = [good.alpha1, good.beta2, good.gamma2, good.delta2, good.ic].flat(3);
    const encoding = Buffer.concat([
      Buffer.from("marginproof/groth16-bn254/verifying-key/1\0"),
      Buffer.from([0, 0, 0, 4]),
      ...numbers.map((hex) => Buffer.from(hex.slice(2), "hex")),
    ]);
    expect(verifyingKeyDigest(good)).toEqual(keccak_256(encoding));
    expect(bytesToHex(verifyingKeyDigest(good))).toBe(
      "14c16592ed1ccc8c31414072e594f07be7d0855808156673303dd457768c9d39",
    );
  });

  it("changes with every coordinate, the order and the number of points", () => {
    const negated1 = (s: bigint) => g1Json(g1(s).negate());
    const negated2 = (s: bigint) => g2Json(g2(s).negate());
    const others: VerifyingKeyJson[] = [
      { ...good, alpha1: negated1(key.alpha) },
      { ...good, beta2: negated2(key.beta) },
      { ...good, gamma2: negated2(key.gamma) },
      { ...good, delta2: negated2(key.delta) },
      { ...good, gamma2: good.delta2, delta2: good.gamma2 },
      { ...good, ic: [...good.ic].reverse() },
      { ...good, ic: good.ic.slice(0, 3) },
      { ...good, ic: [...good.ic, good.alpha1] },
      ...good.ic.map((_, index) => withIc(index, negated1(key.ic[index]!)) as VerifyingKeyJson),
    ];
    const digests = [good, ...others].map((json) => bytesToHex(verifyingKeyDigest(json)));
    expect(new Set(digests).size).toBe(digests.length);
  });
});
