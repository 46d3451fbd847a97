import type { Vector, Vectors } from "../../../field/kernel/vectors.js";
import type { G2Point } from "../curve.js";
import { BN_X, psi } from "../g2Subgroup.js";
import { CurveWalk, type Points, quadraticField } from "./curveWalk.js";

/** Of every walk: the digits of 6x + 2 below the highest, each -1, 0 or 1, the highest first. */
const DIGITS = nonAdjacent(6n * BN_X + 2n).slice(1);

function nonAdjacent(value: bigint): number[] {
  const digits: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 1n) {
    const digit = rest & 1n ? 2 - Number(rest & 3n) : 0;
    digits.unshift(digit);
    rest -= BigInt(digit);
  }
  return digits;
}

/** Called after every step with the walk, whose slope and offset are the step's lines; `doubled` says of which kind it was. */
export type OnStep = (walk: CurveWalk, doubled: boolean) => void;

/**
 * Walks from every point Q of a list to [6x + 2]Q + psi(Q) - psi^2(Q), which is the optimal ate pairing's way, and so tells
 * whether they are all in G2: it then ends in -psi^3(Q).
 *
 * Why that is exact: on all of E'(Fp2), psi^2 - [t]psi + [p] = 0. With f(z) = z^3 - z^2 + z + 6x + 2 and f mod (z^2 - tz + p) = a + bz,
 * f(psi)Q = O gives [N]Q = O for the resultant N = a^2 + abt + b^2 p; the group has h r points and gcd(N, h r) = r, so [r]Q = O. The other
 * way, on G2 psi is multiplication by p, and f(p) = 0 mod r. `test/verifier/groth16/batch.test.ts` computes both. A point of order r never
 * meets a step that can't be computed: all multiples on the way are from 1 to 2^67 in size, and no two that are added are equal or opposite.
 *
 * @param points finite points of the twist, at least one
 * @returns false when one is outside of G2
 */
export function walkTwist(vectors: Vectors, points: readonly G2Point[], onStep: OnStep = () => {}): boolean {
  return vectors.scope(() => {
    const firsts = points.map(psi);
    const seconds = firsts.map(psi);
    const ends = seconds.map((point) => psi(point).negate());
    const q = load(vectors, points);
    const minusQ = load(
      vectors,
      points.map((point) => point.negate()),
    );
    const walk = new CurveWalk(vectors, quadraticField(vectors), points.length, q);
    for (const digit of DIGITS) {
      if (!walk.double()) return false;
      onStep(walk, true);
      if (digit === 0) continue;
      if (!walk.add(digit === 1 ? q : minusQ)) return false;
      onStep(walk, false);
    }
    for (const added of [firsts, seconds.map((point) => point.negate())]) {
      if (!walk.add(load(vectors, added))) return false;
      onStep(walk, false);
    }
    return areAt(vectors, walk, ends);
  });
}

function coordinates(points: readonly G2Point[]): { readonly x: bigint[]; readonly y: bigint[] } {
  const affine = points.map((point) => point.toAffine());
  return { x: affine.flatMap(({ x }) => [x.c0, x.c1]), y: affine.flatMap(({ y }) => [y.c0, y.c1]) };
}

function load(vectors: Vectors, points: readonly G2Point[]): Points {
  const { x, y } = coordinates(points);
  return { x: vectors.load(x), y: vectors.load(y) };
}

/** Are these the points that stand there? */
export function areAt(vectors: Vectors, at: Points, points: readonly G2Point[]): boolean {
  const { x, y } = coordinates(points);
  const same = (vector: Vector, expected: readonly bigint[]) =>
    vectors.read(vector, expected.length).every((value, i) => value === expected[i]);
  return same(at.x, x) && same(at.y, y);
}
