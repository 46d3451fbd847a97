import { BASE_FIELD_ORDER } from "./curve.js";
import { invalid } from "./invalid.js";
import { exactArray } from "./shape.js";

/** A base field element: "0x" and exactly 64 lower case hex digits, big endian, below p. */
export type CoordinateHex = string;
/** Affine point of G1. */
export type G1Json = readonly [x: CoordinateHex, y: CoordinateHex];
/** Affine point of G2: each coordinate is `[c0, c1]`, meaning c0 + c1 i. */
export type G2Json = readonly [
  x: readonly [c0: CoordinateHex, c1: CoordinateHex],
  y: readonly [c0: CoordinateHex, c1: CoordinateHex],
];

const COORDINATE = /^0x[0-9a-f]{64}$/;

function coordinate(value: unknown, where: string): bigint {
  if (typeof value !== "string" || !COORDINATE.test(value)) {
    throw invalid("COORDINATE_NOT_CANONICAL", `${where} must be "0x" and exactly 64 lower case hex digits`);
  }
  const number = BigInt(value);
  if (number >= BASE_FIELD_ORDER) {
    throw invalid("COORDINATE_NOT_CANONICAL", `${where} is not below the order of the base field`);
  }
  return number;
}

/**
 * The coordinates `[x, y]` of a G1 point; nothing is said yet about the curve.
 * @throws MarginproofError `shapeCode` (wrong structure), COORDINATE_NOT_CANONICAL
 */
export function g1Coordinates(value: unknown, where: string, shapeCode: string): [x: bigint, y: bigint] {
  const [x, y] = exactArray(value, 2, where, shapeCode);
  return [coordinate(x, `${where}.x`), coordinate(y, `${where}.y`)];
}

/**
 * The coordinates `[x.c0, x.c1, y.c0, y.c1]` of a G2 point; nothing is said yet about the curve.
 * @throws MarginproofError `shapeCode` (wrong structure), COORDINATE_NOT_CANONICAL
 */
export function g2Coordinates(
  value: unknown,
  where: string,
  shapeCode: string,
): [x0: bigint, x1: bigint, y0: bigint, y1: bigint] {
  const [x, y] = exactArray(value, 2, where, shapeCode);
  const [x0, x1] = exactArray(x, 2, `${where}.x`, shapeCode);
  const [y0, y1] = exactArray(y, 2, `${where}.y`, shapeCode);
  return [
    coordinate(x0, `${where}.x.c0`),
    coordinate(x1, `${where}.x.c1`),
    coordinate(y0, `${where}.y.c0`),
    coordinate(y1, `${where}.y.c1`),
  ];
}

/**
 * The canonical text of a base field element.
 * @throws MarginproofError COORDINATE_NOT_CANONICAL when `value` is not in [0, p)
 */
export function coordinateHex(value: bigint): CoordinateHex {
  if (value < 0n || value >= BASE_FIELD_ORDER) {
    throw invalid("COORDINATE_NOT_CANONICAL", "a coordinate is not below the order of the base field");
  }
  return `0x${value.toString(16).padStart(64, "0")}`;
}
