import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coordinateHex } from "../../../src/verifier/groth16/coordinate.js";
import { BASE_FIELD_ORDER, G2, GROUP_ORDER } from "../../../src/verifier/groth16/curve.js";
import { Proof, type ProofJson, parseProof } from "../../../src/verifier/groth16/proof.js";
import { expectInvalid } from "./refuses.js";
import { g1Json, g2Json, slowMultiply, toyKey, toyProof, twistPoint } from "./toy.js";

const good = toyProof(toyKey(1, 2), [5n, 6n], 1);
const zero = coordinateHex(0n);

/** The proof's JSON with the coordinate at the path replaced. */
function altered(path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(good) as unknown;
  let at = copy as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
  at[path.at(-1)!] = value;
  return copy;
}

const COORDINATES: readonly (readonly (string | number)[])[] = [
  ["a", 0],
  ["a", 1],
  ["b", 0, 0],
  ["b", 0, 1],
  ["b", 1, 0],
  ["b", 1, 1],
  ["c", 0],
  ["c", 1],
];

describe("parseProof", () => {
  it("reads the canonical form", () => {
    const proof = parseProof(JSON.parse(JSON.stringify(good)));
    expect({ a: g1Json(proof.a), b: g2Json(proof.b), c: g1Json(proof.c) }).toEqual(good);
    expect(Proof.is(proof)).toBe(true);
    expect(Object.isFrozen(proof)).toBe(true);
    expect(Proof.is({ ...proof })).toBe(false);
  });

  it.each(COORDINATES)("refuses every other text of a coordinate (%s %s %s)", (...path) => {
    const text = path.reduce<unknown>(
      (at, step) => (at as Record<string | number, unknown>)[step],
      good,
    ) as string;
    const plusOrder = `0x${(BigInt(text) + BASE_FIELD_ORDER).toString(16).padStart(64, "0")}`;
    const bad: unknown[] = [
      text.toUpperCase().replace("0X", "0x"),
      text.replace("0x", "0X"),
      text.slice(2),
      `0x0${text.slice(2)}`,
      `0x${text.slice(3)}`,
      ` ${text}`,
      `${text}\n`,
      BigInt(text).toString(),
      plusOrder,
      `0x${BASE_FIELD_ORDER.toString(16)}`,
      `0x${"f".repeat(64)}`,
      BigInt(text),
      1,
      null,
      [text],
      new String(text),
    ];
    for (const value of bad)
      expectInvalid(() => parseProof(altered(path, value)), "COORDINATE_NOT_CANONICAL");
  });

  it.each(COORDINATES)("refuses a point off the curve (%s %s %s)", (...path) => {
    const text = path.reduce<unknown>(
      (at, step) => (at as Record<string | number, unknown>)[step],
      good,
    ) as string;
    const moved = coordinateHex((BigInt(text) + 1n) % BASE_FIELD_ORDER);
    expectInvalid(() => parseProof(altered(path, moved)), "POINT_NOT_ON_CURVE");
  });

  it("refuses infinity in each place", () => {
    expectInvalid(() => parseProof({ ...good, a: [zero, zero] }), "POINT_AT_INFINITY");
    expectInvalid(() => parseProof({ ...good, c: [zero, zero] }), "POINT_AT_INFINITY");
    // All coordinates are 0 there: with one that is not, it is no point at all.
    const one = coordinateHex(1n);
    for (const a of [
      [zero, one],
      [one, zero],
    ])
      expectInvalid(() => parseProof({ ...good, a }), "POINT_NOT_ON_CURVE");
    for (const at of [0, 1, 2, 3]) {
      const [x0, x1, y0, y1] = [0, 1, 2, 3].map((n) => (n === at ? one : zero));
      const b = [
        [x0, x1],
        [y0, y1],
      ];
      expectInvalid(() => parseProof({ ...good, b }), "POINT_NOT_ON_CURVE");
    }
    const infinity = [
      [zero, zero],
      [zero, zero],
    ];
    expectInvalid(() => parseProof({ ...good, b: infinity }), "POINT_AT_INFINITY");
  });

  it("refuses b on the twist but outside the subgroup, also when it differs from a good b by a small order", () => {
    const point = twistPoint(5n);
    const small = slowMultiply(point, (G2.CURVE().h / 10069n) * GROUP_ORDER);
    for (const outside of [point, small, parseProof(good).b.add(small)]) {
      expectInvalid(() => parseProof({ ...good, b: g2Json(outside) }), "POINT_NOT_IN_SUBGROUP");
    }
  });

  it("refuses b with its c0 and c1 in the other order", () => {
    const [x, y] = good.b;
    const swapped = { ...good, b: [[...x].reverse(), [...y].reverse()] };
    expectInvalid(() => parseProof(swapped), "POINT_NOT_ON_CURVE");
  });

  it("refuses unknown and missing fields and every other structure", () => {
    const { c: _, ...without } = good;
    const sparse = new Array(2);
    sparse[0] = good.a[0];
    const bad: unknown[] = [
      undefined,
      null,
      "proof",
      [],
      [good],
      {},
      without,
      { ...good, d: good.c },
      { ...good, [Symbol("d")]: 1 },
      { ...good, protocol: "groth16" },
      JSON.parse(JSON.stringify(good).replace("{", '{"__proto__":1,')),
      Object.create(good),
      new (class {
        a = good.a;
        b = good.b;
        c = good.c;
      })(),
      { ...good, a: [...good.a, coordinateHex(1n)] },
      { ...good, a: good.a.slice(1) },
      { ...good, a: sparse },
      { ...good, a: Object.assign([...good.a], { z: 1 }) },
      { ...good, a: { 0: good.a[0], 1: good.a[1], length: 2 } },
      { ...good, a: good.b[0][0] },
      { ...good, b: [...good.b, good.b[0]] },
      { ...good, b: [good.b[0], [good.b[1][0]]] },
      { ...good, b: good.a },
      { ...good, c: null },
    ];
    for (const value of bad) expectInvalid(() => parseProof(value), "PROOF_SHAPE");
    // a and b in each other's place
    expectInvalid(
      () => parseProof({ a: good.b, b: good.a, c: good.c } as unknown as ProofJson),
      "COORDINATE_NOT_CANONICAL",
    );
  });

  it("throws nothing but MarginproofError whatever the JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom("a", "b", "c"), (value, field) => {
        for (const json of [value, { ...good, [field]: value }]) {
          try {
            parseProof(json);
          } catch (error) {
            expect(error).toMatchObject({ name: "MarginproofError", exitCode: 1 });
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
