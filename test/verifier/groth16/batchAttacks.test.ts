import { describe, expect, test } from "vitest";
import { Vectors } from "../../../src/field/kernel/vectors.js";
import { baseField, CurveWalk } from "../../../src/verifier/groth16/batch/curveWalk.js";
import { createFastBatch } from "../../../src/verifier/groth16/batch/kernelBatch.js";
import { DigitWeights, LAMBDA } from "../../../src/verifier/groth16/batch/weighPoints.js";
import { coordinateHex } from "../../../src/verifier/groth16/coordinate.js";
import { Fp, G1, type G1Point, GROUP_ORDER } from "../../../src/verifier/groth16/curve.js";
import { type ProofJson, parseProof } from "../../../src/verifier/groth16/proof.js";
import { verifyProof } from "../../../src/verifier/groth16/verify.js";
import { parseVerifyingKey } from "../../../src/verifier/groth16/verifyingKey.js";
import type { BatchItem } from "../../../src/verifier/groth16/verifyMany.js";
import { platformRandomBytes, WEIGHT_BYTES } from "../../../src/verifier/groth16/weights.js";
import { g1, g1Json, g2, g2Json, scalar, toyKey, toyProof, twistPoint } from "./toy.js";

const fast = createFastBatch();
const { Fn } = G1;
const key = toyKey(31, 2);
const vk = parseVerifyingKey(key.json, 2);
const signals = [7n, GROUP_ORDER - 1n];
/** The logarithm of alpha beta and the public signals' part of the equation. */
const right = Fn.add(
  Fn.mul(key.alpha, key.beta),
  Fn.mul(Fn.add(key.ic[0]!, Fn.add(Fn.mul(7n, key.ic[1]!), Fn.neg(key.ic[2]!))), key.gamma),
);
const times = (point: G1Point, by: bigint) => (by === 0n ? G1.ZERO : point.multiply(by));
const item = (json: ProofJson): BatchItem => ({ vk, signals, proof: parseProof(json) });

/** The proof with this a and b = [b]: c is what the equation leaves. */
function withA(a: G1Point, b: bigint): BatchItem {
  const c = times(a, Fn.div(b, key.delta)).subtract(g1(Fn.div(right, key.delta)));
  return item({ a: g1Json(a), b: g2Json(g2(b)), c: g1Json(c) });
}
/** The proof with this c and b = [b]: a is what the equation leaves. */
function withC(c: G1Point, b: bigint): BatchItem {
  const a = times(c, Fn.div(key.delta, b)).add(g1(Fn.div(right, b)));
  return item({ a: g1Json(a), b: g2Json(g2(b)), c: g1Json(c) });
}
function shifted(one: BatchItem, shift: G1Point): BatchItem {
  const { a, b, c } = one.proof;
  return item({ a: g1Json(a), b: g2Json(b), c: g1Json(c.add(shift)) });
}
const good = Array.from({ length: 5 }, (_, n) => item(toyProof(key, signals, n)));

/** The point with this x, or with the next one that has any. */
function pointAt(x: bigint, step: bigint): G1Point {
  for (; ; x += step) {
    const square = Fp.add(Fp.pow(Fp.create(x), 3n), 3n);
    if (Fp.eql(Fp.pow(square, (Fp.ORDER - 1n) / 2n), 1n))
      return G1.fromAffine({ x: Fp.create(x), y: Fp.sqrt(square) });
  }
}

describe("proofs whose points are out of the ordinary, each of them true, and false in one point alone", () => {
  const small = [1n, 2n, 3n, 8n, LAMBDA, Fn.add(LAMBDA, 1n)].flatMap((n) => [g1(n), g1(n).negate()]);
  const edges = [
    ...[pointAt(0n, 1n), pointAt(Fp.ORDER - 1n, -1n), pointAt((1n << 253n) - 1n, -1n)],
    ...[pointAt((1n << 232n) - 1n, -1n), pointAt(1n << 232n, 1n), pointAt((1n << 29n) - 1n, 1n)],
  ];
  const b = scalar(3);
  const odd = [
    ...[...small, ...edges].map((point) => withA(point, b)),
    ...[...small, ...edges].map((point) => withC(point, b)),
  ];

  test("small multiples of the generator, coordinates at the edges of limbs and field, one b for all, a and -a", () => {
    expect(odd.every(({ proof }, n) => n % 6 > 0 || verifyProof(vk, signals, proof))).toBe(true);
    expect(fast.allHold(odd)).toBe(true);
    for (const bad of [0, 12, odd.length - 1]) {
      const turned = item({
        ...{ a: g1Json(odd[bad]!.proof.a.negate()), b: g2Json(odd[bad]!.proof.b) },
        c: g1Json(odd[bad]!.proof.c),
      });
      expect(fast.allHold(odd.map((one, n) => (n === bad ? turned : one)))).toBe(false);
    }
  });

  test("the same one many times, true or false", () => {
    const same = (one: BatchItem, count: number) => Array<BatchItem>(count).fill(one);
    expect(fast.allHold(same(good[0]!, 9))).toBe(true);
    const bad = shifted(good[0]!, G1.BASE);
    for (const count of [1, 2, 8, 9]) expect(fast.allHold(same(bad, count))).toBe(false);
  });
});

describe("no error cancels another", () => {
  const shift = g1(scalar(5));
  const error = (at: number, by: bigint) => shifted(good[at]!, times(shift, Fn.create(by)));

  test("unless the weights are foreseen, which are one for all points of a proof and its signals", () => {
    const bytes = Uint8Array.from({ length: 2 * WEIGHT_BYTES }, (_, i) => (i * 89 + 41) & 255);
    const weights = new DigitWeights(2, () => bytes);
    const pair = [error(0, weights.value(1)), error(1, -weights.value(0))];
    expect(createFastBatch(() => bytes).allHold(pair)).toBe(true);
    for (let draw = 0; draw < 4; draw++) expect(fast.allHold(pair)).toBe(false);
    const otherBytes = (at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
    for (const at of [0, 7, 15, 16, 31])
      expect(createFastBatch(() => otherBytes(at)).allHold(pair)).toBe(false);
  });

  test("in the same place of another part of 256, either: each part has random bytes of its own", () => {
    const many = Array.from({ length: 300 }, (_, n) => good[n % 5]!);
    const lengths: number[] = [];
    const counted = createFastBatch((length) => {
      lengths.push(length);
      return platformRandomBytes(length);
    });
    expect(
      counted.allHold(many.map((one, n) => (n === 3 ? error(3, 1n) : n === 259 ? error(4, -1n) : one))),
    ).toBe(false);
    expect(lengths).toEqual([256 * WEIGHT_BYTES, 44 * WEIGHT_BYTES]);
  });
});

describe("weights", () => {
  test("are what their 128 bits say, two a digit, the lowest of the first byte first", () => {
    for (let draw = 0; draw < 50; draw++) {
      const bytes = platformRandomBytes(3 * WEIGHT_BYTES);
      const weights = new DigitWeights(3, () => bytes);
      for (let n = 0; n < 3; n++) {
        const values = Array.from(bytes.subarray(n * WEIGHT_BYTES, (n + 1) * WEIGHT_BYTES)).flatMap((byte) =>
          [0, 2, 4, 6].map((bit) => [1n, -1n, LAMBDA, -LAMBDA][(byte >> bit) & 3]!),
        );
        expect(values).toHaveLength(64);
        expect(weights.value(n)).toBe(Fn.create(values.reduce((sum, digit) => 2n * sum + digit, 0n)));
      }
    }
  });

  test("differ wherever any bit differs, by what has an inverse", () => {
    const bytes = platformRandomBytes(WEIGHT_BYTES);
    const flipped = Array.from({ length: 8 * WEIGHT_BYTES }, (_, bit) =>
      bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
    );
    const values = [bytes, ...flipped].map((one) => new DigitWeights(1, () => one).value(0));
    expect(values.every((value) => value > 0n && value < GROUP_ORDER)).toBe(true);
    expect(new Set(values).size).toBe(129);
  });
});

describe("what can't be computed makes no yes", () => {
  test("a walk stops where one of its points meets its like, its opposite, or a tangent that is upright", () => {
    const vectors = new Vectors();
    const load = (points: readonly G1Point[]) => {
      const affine = points.map((point) => point.toAffine());
      return { x: vectors.load(affine.map(({ x }) => x)), y: vectors.load(affine.map(({ y }) => y)) };
    };
    const starts = [2n, 3n, 4n].map(g1);
    const walk = () => new CurveWalk(vectors, baseField(vectors), 3, load(starts));
    expect(walk().add(load([1n, 1n, 1n].map(g1)))).toBe(true);
    for (let at = 0; at < 3; at++)
      for (const met of [starts[at]!, starts[at]!.negate()])
        expect(walk().add(load(starts.map((_, n) => (n === at ? met : G1.BASE))))).toBe(false);
    const y = vectors.load([1n, 0n, 1n]);
    expect(new CurveWalk(vectors, baseField(vectors), 3, { x: load(starts).x, y }).double()).toBe(false);
  });

  test("a point outside of G2 behind the first 256 is seen when the proofs are read", () => {
    const json = toyProof(key, signals, 1);
    const list: ProofJson[] = Array(257).fill(json);
    const taken = (proofs: readonly unknown[]) =>
      fast.parseAll(proofs).filter((proof) => proof !== undefined);
    expect(taken(list)).toHaveLength(257);
    const outside = { ...json, b: g2Json(twistPoint(5n)) };
    for (const at of [0, 255, 256])
      expect(taken(list.map((one, n) => (n === at ? outside : one)))).toEqual([]);
  });

  test("a coordinate at or above the order is none, in any place of a proof", () => {
    const json = toyProof(key, signals, 1);
    for (const value of [Fp.ORDER, Fp.ORDER + 1n, (1n << 256n) - 1n, Fp.ORDER - 1n]) {
      const hex = value < Fp.ORDER ? coordinateHex(value) : `0x${value.toString(16)}`;
      const { a, b, c } = json;
      const spoilt: ProofJson[] = [
        ...[
          { ...json, a: [hex, a[1]] as const },
          { ...json, a: [a[0], hex] as const },
        ],
        ...[
          { ...json, c: [hex, c[1]] as const },
          { ...json, c: [c[0], hex] as const },
        ],
        ...[
          { ...json, b: [[hex, b[0][1]], b[1]] as const },
          { ...json, b: [[b[0][0], hex], b[1]] as const },
        ],
        ...[
          { ...json, b: [b[0], [hex, b[1][1]]] as const },
          { ...json, b: [b[0], [b[1][0], hex]] as const },
        ],
      ];
      for (const one of spoilt) {
        expect(fast.parseAll([json, one])).toEqual([undefined, undefined]);
        expect(() => parseProof(one)).toThrow(
          expect.objectContaining({
            code: value < Fp.ORDER ? "POINT_NOT_ON_CURVE" : "COORDINATE_NOT_CANONICAL",
          }),
        );
      }
    }
  });
});
