import { bn254 } from "@noble/curves/bn254.js";
import { describe, expect, test } from "vitest";
import { Vectors } from "../../../src/field/kernel/vectors.js";
import { BASE_FIELD_ORDER } from "../../../src/field/order.js";
import { type PublishedStep, parseSteps, proofOf } from "../../../src/verifier/bundle.js";
import { checkProofs } from "../../../src/verifier/checks/proofs.js";
import { createFastBatch } from "../../../src/verifier/groth16/batch/kernelBatch.js";
import { millerProduct } from "../../../src/verifier/groth16/batch/millerProduct.js";
import { walkTwist } from "../../../src/verifier/groth16/batch/twistPoints.js";
import { DigitWeights, LAMBDA, weighPoints } from "../../../src/verifier/groth16/batch/weighPoints.js";
import { Fp, Fp2, Fp12, G1, type G1Point, G2, GROUP_ORDER } from "../../../src/verifier/groth16/curve.js";
import { BN_X, isInG2 } from "../../../src/verifier/groth16/g2Subgroup.js";
import { parseProof } from "../../../src/verifier/groth16/proof.js";
import { verifyProof } from "../../../src/verifier/groth16/verify.js";
import { parseVerifyingKey } from "../../../src/verifier/groth16/verifyingKey.js";
import type { BatchItem } from "../../../src/verifier/groth16/verifyMany.js";
import { verifyManyFast } from "../../../src/verifier/groth16/verifyManyFast.js";
import { platformRandomBytes } from "../../../src/verifier/groth16/weights.js";
import { TAMPERED } from "./tampered.js";
import { g1, g1Json, g2, g2Json, scalar, slowMultiply, toyKey, toyProof, twistPoint } from "./toy.js";

const vectors = new Vectors();
const fast = createFastBatch();
const p = BASE_FIELD_ORDER;

const load = (points: readonly G1Point[]) => {
  const affine = points.map((point) => point.toAffine());
  return { x: vectors.load(affine.map(({ x }) => x)), y: vectors.load(affine.map(({ y }) => y)) };
};

const keys = [toyKey(1, 3), toyKey(2, 1)];
const vks = keys.map((key, i) => parseVerifyingKey(key.json, i === 0 ? 3 : 1));
function item(seed: number): BatchItem {
  const at = seed % 2;
  const key = keys[at]!;
  const signals = key.ic.slice(1).map((_, n) => scalar(700 + 10 * seed + n));
  return { vk: vks[at]!, signals, proof: parseProof(toyProof(key, signals, seed)) };
}
function shifted({ vk, signals, proof }: BatchItem, shift = G1.BASE): BatchItem {
  const json = { a: g1Json(proof.a), b: g2Json(proof.b), c: g1Json(proof.c.add(shift)) };
  return { vk, signals, proof: parseProof(json) };
}
const twenty = Array.from({ length: 20 }, (_, n) => item(n + 1));

describe("arrays of field elements", () => {
  const edges = [0n, 1n, 2n, p - 1n, p - 2n, (p - 1n) / 2n, (1n << 253n) - 1n, 1n << 232n, (1n << 29n) - 1n];
  const a = edges.flatMap((x) => edges.map(() => x));
  const b = edges.flatMap(() => edges);
  const mod = (x: bigint) => ((x % p) + p) % p;

  test("a hundred rounds of every operation on its own results, from the edges on, agree with big integers", () => {
    const { ops } = vectors;
    const count = a.length - 1;
    let [x, y] = [a.slice(0, count), b.slice(0, count)];
    const [vx, vy, sum, scaled] = [
      vectors.load(x),
      vectors.load(y),
      vectors.reserve(count),
      vectors.reserve(count),
    ];
    const pairs = (one: bigint[], work: (re: bigint, im: bigint, i: number) => [bigint, bigint]) =>
      Array.from({ length: count / 2 }, (_, i) => work(one[2 * i]!, one[2 * i + 1]!, i))
        .flat()
        .map(mod);
    for (let round = 0; round < 100; round++) {
      ops.subtract(vx, vy, sum, count);
      ops.timesNinePlusI(sum, sum, count / 2);
      ops.products2(sum, vx, vx, count / 2);
      ops.norms2(vy, scaled, count / 2);
      ops.scale2(vx, scaled, vx, count / 2);
      ops.scaleConjugate2(vy, scaled, vy, count / 2);
      ops.products(vy, sum, vy, count);
      ops.add(vy, vx, vy, count);
      const turned = pairs(
        x.map((value, i) => value - y[i]!),
        (re, im) => [9n * re - im, re + 9n * im],
      );
      const norms = pairs(y, (re, im) => [re * re + im * im, 0n]).filter((_, i) => i % 2 === 0);
      x = pairs(
        pairs(turned, (re, im, i) => [
          re * x[2 * i]! - im * x[2 * i + 1]!,
          re * x[2 * i + 1]! + im * x[2 * i]!,
        ]),
        (re, im, i) => [re * norms[i]!, im * norms[i]!],
      );
      y = pairs(y, (re, im, i) => [re * norms[i]!, -im * norms[i]!]).map((value, i) =>
        mod(value * turned[i]! + x[i]!),
      );
    }
    expect(vectors.read(vx, count)).toEqual(x);
    expect(vectors.read(vy, count)).toEqual(y);
  });

  test("have inverses, unless one is 0", () => {
    const values = edges.slice(1);
    const at = vectors.load(values);
    expect(vectors.invert(at, values.length)).toBe(true);
    expect(vectors.read(at, values.length).map((inverse, i) => (inverse * values[i]!) % p)).toEqual(
      values.map(() => 1n),
    );
    const two = vectors.load(values);
    expect(vectors.invert2(two, values.length / 2)).toBe(true);
    const inverses = vectors.read(two, values.length);
    for (let i = 0; i < values.length; i += 2)
      expect(
        Fp2.eql(
          Fp2.mul(
            Fp2.fromBigTuple([values[i]!, values[i + 1]!]),
            Fp2.fromBigTuple([inverses[i]!, inverses[i + 1]!]),
          ),
          Fp2.ONE,
        ),
      ).toBe(true);
    expect(vectors.invert(vectors.load(edges), edges.length)).toBe(false);
    // 0 in another form: what a difference leaves.
    const same = vectors.load([3n, 5n]);
    vectors.ops.subtract(same, same, same, 1);
    expect(vectors.invert(same, 2)).toBe(false);
    expect(vectors.invert2(vectors.load([1n, 0n, 0n, 0n]), 2)).toBe(false);
  });
});

describe("the walk of the pairing as subgroup check", () => {
  test("is exact: gcd of the resultant and the group order is r", () => {
    const [r, h, x] = [GROUP_ORDER, G2.CURVE().h, BN_X];
    const gcd = (m: bigint, n: bigint): bigint => (n === 0n ? m : gcd(n, m % n));
    const t = 6n * x * x + 1n;
    // z^2 = t z - p, z^3 = (t^2 - p) z - t p
    const constant = 6n * x + 2n + p - t * p;
    const linear = 1n - t + t * t - p;
    const resultant = constant ** 2n + constant * linear * t + linear ** 2n * p;
    expect(gcd(resultant < 0n ? -resultant : resultant, h * r)).toBe(r);
    expect((6n * x + 2n + p - p ** 2n + p ** 3n) % r).toBe(0n);
  });

  test("says what isInG2 says, with one point outside in any place", () => {
    const points = [0, 1, 2, 3].map((n) => g2(scalar(n)));
    expect(walkTwist(vectors, points)).toBe(true);
    const [h, r] = [G2.CURVE().h, GROUP_ORDER];
    const small = [10069n, 5864401n].map((prime) => slowMultiply(twistPoint(77n), (h / prime) * r));
    const outside = [
      twistPoint(5n),
      ...small,
      ...small.map((point) => point.add(G2.BASE)),
      slowMultiply(twistPoint(5n), r),
    ];
    for (const [i, point] of outside.entries()) {
      expect(isInG2(point)).toBe(false);
      expect(walkTwist(vectors, [point])).toBe(false);
      expect(
        walkTwist(
          vectors,
          points.map((good, at) => (at === i % 4 ? point : good)),
        ),
      ).toBe(false);
    }
  });
});

describe("Miller loops on the kernel", () => {
  test.each([1, 8, 11])("of %i pairs are those of the curve library", (count) => {
    const [ones, twos] = [1, 2].map((n) => Array.from({ length: count }, (_, i) => scalar(10 * n + i))) as [
      bigint[],
      bigint[],
    ];
    const loops = millerProduct(vectors, load(ones.map(g1)), twos.map(g2))!;
    const expected = bn254.pairingBatch(ones.map((one, i) => ({ g1: g1(one), g2: g2(twos[i]!) })));
    expect(Fp12.eql(Fp12.finalExponentiate(loops), expected)).toBe(true);
  });

  test("there are none of a point outside of G2", () => {
    expect(millerProduct(vectors, load([G1.BASE, G1.BASE]), [G2.BASE, twistPoint(9n)])).toBeUndefined();
  });
});

describe("weights of two-bit digits", () => {
  test("weigh the points they belong to, and go round", () => {
    const weights = new DigitWeights(3, platformRandomBytes);
    const points = [1, 2, 3, 4].map((n) => g1(scalar(n)));
    const { x, y } = weighPoints(vectors, points, weights);
    const expected = points.map((point, i) => point.multiply(weights.value(i % 3)).toAffine());
    expect(vectors.read(x, 4)).toEqual(expected.map((point) => point.x));
    expect(vectors.read(y, 4)).toEqual(expected.map((point) => point.y));
  });

  test("are all different: of four digits no two choices are the same number, and no vector of the lattice is short", () => {
    const values = new Set<bigint>();
    for (let choice = 0; choice < 256; choice++)
      values.add(
        new DigitWeights(1, (length) => new Uint8Array(length).fill(0, 0, 15).fill(choice, 15)).value(0),
      );
    expect(values.size).toBe(256);
    expect((LAMBDA * LAMBDA + LAMBDA + 1n) % GROUP_ORDER).toBe(0n);
    // Gauss: a shortest vector of (u, v) with u + lambda v = 0 mod r.
    type Vector = readonly [bigint, bigint];
    const norm = ([u, v]: Vector) => u * u + v * v;
    let [long, short]: [Vector, Vector] = [
      [GROUP_ORDER, 0n],
      [-LAMBDA, 1n],
    ];
    for (;;) {
      if (norm(long) < norm(short)) [long, short] = [short, long];
      const dot = long[0] * short[0] + long[1] * short[1];
      const quotient =
        (2n * dot + norm(short)) / (2n * norm(short)) - (2n * dot + norm(short) < 0n ? 1n : 0n);
      if (quotient === 0n) break;
      long = [long[0] - quotient * short[0], long[1] - quotient * short[1]];
    }
    expect(norm(short) > 1n << 252n).toBe(true);
  });

  test("come from a generator that must give what it was asked for", () => {
    for (const broken of [() => new Uint8Array(1), (length: number) => new Uint8Array(length)])
      expect(() => createFastBatch(broken).allHold(twenty)).toThrow(
        expect.objectContaining({ code: "WEIGHTS_NOT_RANDOM" }),
      );
  });
});

describe("a batch on the kernel", () => {
  test("accepts what holds: one, twenty of two keys, more than the kernel takes at once", () => {
    expect(fast.allHold([twenty[0]!])).toBe(true);
    expect(fast.allHold(twenty)).toBe(true);
    const many = Array.from({ length: 300 }, (_, n) => twenty[n % 20]!);
    expect(fast.allHold(many)).toBe(true);
    expect(fast.allHold([...many, shifted(twenty[3]!)])).toBe(false);
  });

  test("accepts no batch with one false proof, in whatever place, and the proof is named", () => {
    for (let bad = 0; bad < 20; bad += 3) {
      const items = twenty.map((one, n) => (n === bad ? shifted(one) : one));
      expect(fast.allHold(items)).toBe(false);
      expect(verifyManyFast(fast, items.slice(0, bad + 1))).toEqual({
        ok: false,
        failed: [bad],
      });
    }
  });

  test("accepts no errors made to cancel under equal weights", () => {
    const shift = g1(scalar(5));
    expect(fast.allHold([shifted(twenty[0]!, shift), shifted(twenty[2]!, shift.negate())])).toBe(false);
  });

  test.each(TAMPERED.map((one) => [one.name, one] as const))(
    "%s: as verifyProof says, alone and among others",
    (_name, { key, signals, proof }) => {
      const decide = (work: () => boolean) => {
        try {
          return work();
        } catch (error) {
          return (error as { code?: string }).code;
        }
      };
      const vk = parseVerifyingKey(key, 3);
      const expected = decide(() => verifyProof(vk, signals, parseProof(proof)));
      const [parsed] = fast.parseAll([proof]);
      expect(
        decide(() => verifyManyFast(fast, [{ vk, signals, proof: parsed ?? parseProof(proof) }]).ok),
      ).toBe(expected);
      if (parsed === undefined || typeof expected !== "boolean") return;
      expect(fast.allHold([...twenty.slice(0, 3), { vk, signals, proof: parsed }])).toBe(expected);
    },
  );
});

describe("the checks with a fast batch", () => {
  const readFast = (with_: typeof fast, lines: readonly unknown[]) =>
    parseSteps(lines, with_.parseAll(lines.map(proofOf)));
  const line = (seed: number, changed = {}) => {
    const { proof } = twenty[seed]!;
    return {
      stateOut: `0x${"0".repeat(64)}`,
      proof: { a: g1Json(proof.a), b: g2Json(proof.b), c: g1Json(proof.c), ...changed },
    };
  };

  test("read the same steps, and refuse the first bad line with the same words", () => {
    const good = [0, 1, 2, 3, 4].map((seed) => line(seed));
    const small = { ...fast, size: 2 };
    const same = (steps: readonly PublishedStep[]) =>
      steps.map(({ stateOut, proof }) => [stateOut, proof.a.toHex(), proof.b.toAffine(), proof.c.toHex()]);
    expect(same(readFast(small, good))).toEqual(same(parseSteps(good)));
    const outside = line(2, { b: g2Json(twistPoint(5n)) });
    for (const lines of [
      [...good.slice(0, 2), outside, { stateOut: 1 }],
      [...good.slice(0, 3), { stateOut: 1 }, outside],
      [...good, line(3, { a: ["0x", "0x"] })],
    ]) {
      const refused = (with_: typeof fast | undefined) => {
        try {
          return with_ === undefined ? parseSteps(lines) : readFast(with_, lines);
        } catch (error) {
          const { code, message } = error as { code: string; message: string };
          return `${code}: ${message}`;
        }
      };
      expect(refused(small)).toMatch(/^[A-Z0-9_]+: .*line/);
      expect(refused(small)).toBe(refused(undefined));
    }
  });

  test("name a false proof after the first batch", () => {
    const steps = [...twenty.slice(0, 4), shifted(twenty[4]!)];
    expect(() => [...checkProofs(steps, 5, (items) => verifyManyFast(fast, items), 4)]).toThrow(
      "1 of 5 proofs do not verify: account step 4",
    );
  });

  test("take no proof that was never parsed", () => {
    const proof = { ...twenty[0]!.proof, a: Fp.ZERO } as never;
    expect(() => verifyManyFast(fast, [{ ...twenty[0]!, proof }])).toThrow(
      expect.objectContaining({ code: "NOT_PARSED" }),
    );
  });
});
