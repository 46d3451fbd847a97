import { describe, expect, test } from "vitest";
import { type Vector, Vectors } from "../../../src/field/kernel/vectors.js";
import { BASE_FIELD_ORDER as p } from "../../../src/field/order.js";

const LIMBS = 9;
const BITS = 29n;
const R = 1n << 261n;
const vectors = new Vectors();
const { ops } = vectors;

/** What may be stored: from -1/8 to 9/8 of the order, carried. */
const [LOWEST, HIGHEST] = [-(p / 8n), (9n * p) / 8n];

const ones = (bits: bigint) => (1n << bits) - 1n;
const EDGES = [
  ...[LOWEST, LOWEST + 1n, -(1n << 232n), -1n, 0n, 1n, p - 1n, p, p + 1n, HIGHEST - 1n, HIGHEST],
  // All limbs but the highest at their most, the highest at its least, at its most and at 0.
  ...[
    (((LOWEST >> 232n) + 1n) << 232n) + ones(232n),
    ((HIGHEST >> 232n) << 232n) - 1n,
    ones(232n),
    -1n << 29n,
  ],
  ...[ones(29n), (p - 1n) / 2n, R % p],
];

function put(values: readonly bigint[]): Vector {
  const at = vectors.reserve(values.length);
  const limbs = new Int32Array(ops.memory.buffer, at, values.length * LIMBS);
  values.forEach((value, n) => {
    for (let i = 0; i < LIMBS; i++) {
      const limb = value >> (BITS * BigInt(i));
      limbs[n * LIMBS + i] = Number(i === LIMBS - 1 ? limb : BigInt.asUintN(Number(BITS), limb));
    }
  });
  return at;
}

/** The integers that stand there, each of them carried and in the range, so that every operation may take it. */
function taken(at: Vector, count: number): bigint[] {
  const limbs = new Int32Array(ops.memory.buffer, at, count * LIMBS);
  return Array.from({ length: count }, (_, n) => {
    let value = BigInt(limbs[n * LIMBS + LIMBS - 1]!);
    for (let i = LIMBS - 2; i >= 0; i--) {
      const limb = limbs[n * LIMBS + i]!;
      if (limb < 0 || limb > ones(BITS)) throw new Error(`limb ${i} of element ${n} is ${limb}`);
      value = (value << BITS) + BigInt(limb);
    }
    if (value < LOWEST || value > HIGHEST) throw new Error(`element ${n} is out of range: ${value}`);
    return value;
  });
}

/** The first place where `out` is another residue than `expected` times `factor`; -1 where there is none. */
function wrongAt(out: Vector, expected: readonly bigint[], factor = 1n): number {
  return taken(out, expected.length).findIndex((value, i) => (value * factor - expected[i]!) % p !== 0n);
}

const pairsOf = <T>(list: readonly T[]): [T, T][] => list.flatMap((x) => list.map((y): [T, T] => [x, y]));
const PAIRS = pairsOf(EDGES);
const pairs = put(PAIRS.flat());
const room = vectors.reserve(2 * PAIRS.length);

describe("whatever may be stored, what an operation stores may be stored again, and is right:", () => {
  const [a, b] = [put(PAIRS.map(([x]) => x)), put(PAIRS.map(([, y]) => y))];

  test.each([
    ["sums", ops.add, 1n, (x: bigint, y: bigint) => x + y],
    ["differences", ops.subtract, 1n, (x: bigint, y: bigint) => x - y],
    ["products", ops.products, R, (x: bigint, y: bigint) => x * y],
  ] as const)("%s", (_name, operation, factor, work) => {
    operation(a, b, room, PAIRS.length);
    const expected = PAIRS.map(([x, y]) => work(x, y));
    expect(wrongAt(room, expected, factor)).toBe(-1);
  });

  test("products in F2 of every pair and every pair", () => {
    for (const [x, y] of PAIRS) {
      const other = vectors.scope(() => {
        const at = put(PAIRS.flatMap(() => [x, y]));
        ops.products2(pairs, at, room, PAIRS.length);
        return PAIRS.flatMap(([re, im]) => [re * x - im * y, re * y + im * x]);
      });
      expect(wrongAt(room, other, R)).toBe(-1);
    }
  });

  test("norms, multiples by 9 + i, and multiples by elements of F", () => {
    ops.norms2(pairs, room, PAIRS.length);
    const norms = PAIRS.map(([x, y]) => x * x + y * y);
    expect(wrongAt(room, norms, R)).toBe(-1);
    ops.timesNinePlusI(pairs, room, PAIRS.length);
    const turned = PAIRS.flatMap(([x, y]) => [9n * x - y, x + 9n * y]);
    expect(wrongAt(room, turned)).toBe(-1);
    for (const s of EDGES) {
      vectors.scope(() => {
        const factors = put(PAIRS.map(() => s));
        ops.scale2(pairs, factors, room, PAIRS.length);
        const scaled = PAIRS.flatMap(([x, y]) => [x * s, y * s]);
        expect(wrongAt(room, scaled, R)).toBe(-1);
        ops.scaleConjugate2(pairs, factors, room, PAIRS.length);
        const conjugates = PAIRS.flatMap(([x, y]) => [x * s, -y * s]);
        expect(wrongAt(room, conjugates, R)).toBe(-1);
      });
    }
  });

  test("inverses, and 0 in every form it may have stops them", () => {
    const finite = EDGES.filter((x) => x % p !== 0n);
    const at = put(finite);
    expect(vectors.invert(at, finite.length)).toBe(true);
    // (x / R)^-1 R = R^2 / x
    const wrong = taken(at, finite.length).findIndex(
      (inverse, i) => (inverse * finite[i]! - R * R) % p !== 0n,
    );
    expect(wrong).toBe(-1);
    for (const zero of [0n, p])
      for (const place of [0, 7, finite.length])
        expect(
          vectors.invert(put([...finite.slice(0, place), zero, ...finite.slice(place)]), finite.length + 1),
        ).toBe(false);
    expect(vectors.invert2(put([5n, 7n, p, 0n, 1n, 1n]), 3)).toBe(false);
  });

  test("what is read is from 0 below the order, and what is loaded may be stored", () => {
    const read = vectors.read(put(EDGES), EDGES.length);
    expect(read.every((x) => x >= 0n && x < p)).toBe(true);
    expect(read.findIndex((x, i) => (x * R - EDGES[i]!) % p !== 0n)).toBe(-1);
    const values = [0n, 1n, p - 1n, p, p + 1n, 2n * p, 5n * p, ones(256n) - 1n, ones(256n)];
    const loaded = vectors.load(values);
    expect(
      wrongAt(
        loaded,
        values.map((x) => x * R),
      ),
    ).toBe(-1);
    expect(vectors.read(loaded, values.length)).toEqual(values.map((x) => x % p));
  });
});
