import { g1Coordinates, g2Coordinates } from "./coordinate.js";
import { Fp, Fp2, G1, type G1Point, G2, type G2Point } from "./curve.js";
import { isInG2 } from "./g2Subgroup.js";
import { invalid } from "./invalid.js";

/**
 * A finite point of G1. (0, 0), by which some formats mean infinity, is refused under its own code.
 * @throws MarginproofError `shapeCode`, COORDINATE_NOT_CANONICAL, POINT_AT_INFINITY, POINT_NOT_ON_CURVE
 */
export function parseG1(value: unknown, where: string, shapeCode: string): G1Point {
  const [x, y] = g1Coordinates(value, where, shapeCode);
  if (x === 0n && y === 0n) throw invalid("POINT_AT_INFINITY", `${where} is the point at infinity`);
  if (!Fp.eql(Fp.sqr(y), Fp.add(Fp.mul(Fp.sqr(x), x), 3n))) {
    throw invalid("POINT_NOT_ON_CURVE", `${where} is not a point of the curve`);
  }
  return G1.fromAffine({ x, y });
}

/**
 * A finite point of G2: on the twist and in its subgroup of order r.
 * @throws MarginproofError `shapeCode`, COORDINATE_NOT_CANONICAL, POINT_AT_INFINITY, POINT_NOT_ON_CURVE,
 *   POINT_NOT_IN_SUBGROUP
 * @param inSubgroup whoever gives another than the default answers for the point
 */
export function parseG2(
  value: unknown,
  where: string,
  shapeCode: string,
  inSubgroup: (point: G2Point) => boolean = isInG2,
): G2Point {
  const [x0, x1, y0, y1] = g2Coordinates(value, where, shapeCode);
  if (x0 === 0n && x1 === 0n && y0 === 0n && y1 === 0n) {
    throw invalid("POINT_AT_INFINITY", `${where} is the point at infinity`);
  }
  const x = Fp2.fromBigTuple([x0, x1]);
  const y = Fp2.fromBigTuple([y0, y1]);
  if (!Fp2.eql(Fp2.sqr(y), Fp2.add(Fp2.mul(Fp2.sqr(x), x), G2.CURVE().b))) {
    throw invalid("POINT_NOT_ON_CURVE", `${where} is not a point of the twist`);
  }
  const point = G2.fromAffine({ x, y });
  if (!inSubgroup(point)) {
    throw invalid("POINT_NOT_IN_SUBGROUP", `${where} is on the twist but outside the subgroup of order r`);
  }
  return point;
}
