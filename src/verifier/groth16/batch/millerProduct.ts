import type { Vector, Vectors } from "../../../field/kernel/vectors.js";
import { Fp12, type Fp12Element, type G2Point } from "../curve.js";
import type { Points } from "./curveWalk.js";
import { TowerVectors, type Twelve } from "./towerVectors.js";
import { walkTwist } from "./twistPoints.js";

/** Products that are kept side by side: the pairs take turns, and squarings are shared by all pairs of a place. */
const PLACES = 8;

/**
 * The product of the Miller loops of the optimal ate pairing of points of G1 and G2, up to a factor that the final exponentiation
 * takes away: every line is divided by y of its point of G1.
 * @param g1 finite points of G1, as many as `g2` has
 * @returns undefined when a point of the twist is outside of G2
 */
export function millerProduct(vectors: Vectors, g1: Points, g2: readonly G2Point[]): Fp12Element | undefined {
  return vectors.scope(() => {
    const count = g2.length;
    const places = Math.min(PLACES, count);
    const tower = new TowerVectors(vectors, places);
    const f: Twelve = [...tower.six(), ...tower.six()];
    const one = vectors.load(Array.from({ length: 2 * places }, (_, i) => (i % 2 === 0 ? 1n : 0n)));
    const zero = vectors.load(new Array<bigint>(2 * places).fill(0n));
    f.forEach((part, i) => {
      vectors.copy(i === 0 ? one : zero, part, 2 * places);
    });
    const [byX, byY] = lineFactors(vectors, g1, count);
    const [b, c] = [vectors.reserve(2 * count), vectors.reserve(2 * count)];
    const inG2 = walkTwist(vectors, g2, ({ slope, offset }, doubled) => {
      if (doubled) tower.square(f);
      vectors.ops.scale2(slope, byX, b, count);
      vectors.ops.scale2(offset, byY, c, count);
      for (let at = 0; at < count; at += places) {
        const [lineB, lineC] = [vectors.place(b, 2 * at), vectors.place(c, 2 * at)];
        tower.multiplyLine(f, lineB, lineC, Math.min(places, count - at));
      }
    });
    return inG2 ? productOf(vectors, f, places) : undefined;
  });
}

/** -x / y and 1 / y, as the line 1 - slope x / y w + offset / y w^3 needs them. */
function lineFactors(vectors: Vectors, { x, y }: Points, count: number): [Vector, Vector] {
  const [byX, byY] = [vectors.reserve(count), vectors.reserve(count)];
  vectors.copy(y, byY, count);
  if (!vectors.invert(byY, count)) throw new RangeError("a point of G1 has y = 0");
  vectors.ops.products(x, byY, byX, count);
  const zero = vectors.load(new Array<bigint>(count).fill(0n));
  vectors.ops.subtract(zero, byX, byX, count);
  return [byX, byY];
}

function productOf(vectors: Vectors, f: Twelve, places: number): Fp12Element {
  const parts = f.map((part) => vectors.read(part, 2 * places));
  let product = Fp12.ONE;
  for (let i = 0; i < places; i++) {
    const tuple = parts.flatMap((part) => part.slice(2 * i, 2 * i + 2));
    product = Fp12.mul(
      product,
      Fp12.fromBigTwelve(tuple as unknown as Parameters<typeof Fp12.fromBigTwelve>[0]),
    );
  }
  return product;
}
