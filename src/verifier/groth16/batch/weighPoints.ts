import type { Vectors } from "../../../field/kernel/vectors.js";
import { Fp, type G1Point, GROUP_ORDER } from "../curve.js";
import { type RandomBytes, randomWeightBytes, WEIGHT_BYTES } from "../weights.js";
import { baseField, CurveWalk, type Points } from "./curveWalk.js";

/** (x, y) to (beta x, y) multiplies points of G1 by lambda: beta^3 = 1 and lambda^2 + lambda + 1 = 0 mod r. */
const BETA = 2203960485148121921418603742825762020974279258880205651966n;
export const LAMBDA = 4407920970296243842393367215006156084916469457145843978461n;

const DIGITS = 4 * WEIGHT_BYTES;

/**
 * Weights of a batch: sums of 2^i d_i, i < 64, each d_i one of 1, -1, lambda, -lambda by two random bits.
 *
 * They are 2^128 different numbers, none of them 0: a weight is u + lambda v with |u| and |v| below 2^64. The parity of u says whether d_0 is in
 * u or in v, since just one of them gets it; of its two signs, just one leaves halves of which again just one is odd, so all digits
 * follow from u and v, and u, v are not both 0. And u + lambda v = u' + lambda v' mod r only if they are the same, because (u - u', v - v') is
 * shorter than every vector but 0 of the lattice of pairs with u + lambda v = 0: these are at least 2^126 long. The same tells why
 * a walk from digit to digit never meets equal or opposite points: 2T is twice something in u and v, and d_i is not.
 */
export class DigitWeights {
  readonly #bytes: Uint8Array;

  /** @throws MarginproofError WEIGHTS_NOT_RANDOM */
  constructor(
    readonly count: number,
    randomBytes: RandomBytes,
  ) {
    this.#bytes = randomWeightBytes(count, randomBytes);
  }

  /** Of weight `index`, the digit `place` from the highest: bit 1 is set for lambda, bit 0 for minus. */
  digit(index: number, place: number): number {
    return (this.#bytes[index * WEIGHT_BYTES + (place >> 2)]! >> (2 * (place & 3))) & 3;
  }

  /** The weight, in [1, r). */
  value(index: number): bigint {
    const parts: [bigint, bigint] = [0n, 0n];
    for (let place = 0; place < DIGITS; place++) {
      const digit = this.digit(index, place);
      parts[0] *= 2n;
      parts[1] *= 2n;
      parts[digit >> 1]! += digit & 1 ? -1n : 1n;
    }
    const value = (parts[0] + LAMBDA * parts[1]) % GROUP_ORDER;
    return value < 0n ? value + GROUP_ORDER : value;
  }
}

/**
 * Each point times the weight of its place; places go round where there are more points than weights.
 * @param points finite points of G1, at least one
 */
export function weighPoints(vectors: Vectors, points: readonly G1Point[], weights: DigitWeights): Points {
  const count = points.length;
  const [x, y] = [vectors.reserve(count), vectors.reserve(count)];
  vectors.scope(() => {
    const table = choices(vectors, points);
    const chosen = { x: vectors.reserve(count), y: vectors.reserve(count) };
    const choose = (place: number) => {
      for (let i = 0; i < count; i++) {
        const digit = weights.digit(i % weights.count, place);
        vectors.copy(vectors.place(table.x[digit >> 1]!, i), vectors.place(chosen.x, i), 1);
        vectors.copy(vectors.place(table.y[digit & 1]!, i), vectors.place(chosen.y, i), 1);
      }
    };
    choose(0);
    const walk = new CurveWalk(vectors, baseField(vectors), count, chosen);
    for (let place = 1; place < DIGITS; place++) {
      choose(place);
      if (!walk.double() || !walk.add(chosen)) throw new RangeError("a point is not in G1");
    }
    vectors.copy(walk.x, x, count);
    vectors.copy(walk.y, y, count);
  });
  return { x, y };
}

function choices(vectors: Vectors, points: readonly G1Point[]) {
  const affine = points.map((point) => point.toAffine());
  return {
    x: [vectors.load(affine.map(({ x }) => x)), vectors.load(affine.map(({ x }) => Fp.mul(x, BETA)))],
    y: [vectors.load(affine.map(({ y }) => y)), vectors.load(affine.map(({ y }) => Fp.neg(y)))],
  };
}
