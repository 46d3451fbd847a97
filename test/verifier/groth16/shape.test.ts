import { describe, expect, it } from "vitest";
import { exactArray, exactObject } from "../../../src/verifier/groth16/shape.js";
import { expectInvalid } from "./refuses.js";

const object = (value: unknown) => () => exactObject(value, ["a", "b"], "it", "SHAPE");
const array = (value: unknown, length?: number) => () => exactArray(value, length, "it", "SHAPE");

describe("exactObject", () => {
  it("takes the named fields, whatever is in them", () => {
    for (const value of [{ a: 1, b: undefined }, Object.assign(Object.create(null), { b: 1, a: null })])
      expect(object(value)()).toBe(value);
  });

  it("says what is wrong with anything else", () => {
    const refused: [unknown, RegExp][] = [
      [7, /must be an object with the fields a, b/],
      [null, /must be an object/],
      [["a", "b"], /must be an object/],
      [{ a: 1 }, /lacks the field "b"/],
      [{ b: 1 }, /lacks the field "a"/],
      [{ a: 1, b: 2, c: 3 }, /has the unknown field "c"/],
      [{ a: 1, b: 2, [Symbol("c")]: 3 }, /has the unknown field/],
      [Object.create({ a: 1, b: 2 }), /must be a plain object/],
      [new Map(), /must be a plain object/],
    ];
    for (const [value, problem] of refused) {
      expectInvalid(object(value), "SHAPE");
      expect(object(value)).toThrow(problem);
    }
  });
});

describe("exactArray", () => {
  it("takes an array of the length asked for, or of any", () => {
    for (const value of [[], [1], [undefined, null]]) {
      expect(array(value)()).toBe(value);
      expect(array(value, value.length)()).toBe(value);
    }
  });

  it("says what is wrong with anything else", () => {
    const refused: [unknown, number | undefined, RegExp][] = [
      [{ length: 0 }, undefined, /must be an array/],
      ["ab", 2, /must be an array/],
      [[1], 2, /must have 2 elements, it has 1/],
      [[1, 2, 3], 2, /must have 2 elements, it has 3/],
      [[1], 0, /must have 0 elements, it has 1/],
      [Object.assign([1], { more: 2 }), 1, /without holes or further properties/],
      [Object.assign(Array(2), { 1: 2 }), 2, /without holes or further properties/],
      [Array(1), undefined, /without holes or further properties/],
    ];
    for (const [value, length, problem] of refused) {
      expectInvalid(array(value, length), "SHAPE");
      expect(array(value, length)).toThrow(problem);
    }
  });
});
