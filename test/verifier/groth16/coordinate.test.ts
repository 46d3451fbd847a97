import { describe, expect, it } from "vitest";
import { coordinateHex, g1Coordinates } from "../../../src/verifier/groth16/coordinate.js";
import { BASE_FIELD_ORDER } from "../../../src/verifier/groth16/curve.js";
import { expectInvalid } from "./refuses.js";

describe("coordinateHex", () => {
  it("writes every element of the base field as it is read, the first and the last too", () => {
    for (const value of [0n, 1n, BASE_FIELD_ORDER - 1n]) {
      const text = coordinateHex(value);
      expect(g1Coordinates([text, text], "point", "SHAPE")).toEqual([value, value]);
    }
  });

  it("writes nothing that is no element", () => {
    for (const value of [-1n, BASE_FIELD_ORDER, BASE_FIELD_ORDER + 1n])
      expectInvalid(() => coordinateHex(value), "COORDINATE_NOT_CANONICAL");
  });
});
