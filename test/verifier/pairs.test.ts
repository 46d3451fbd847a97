import { expect, it } from "vitest";
import { pairs } from "../../src/verifier/pairs.js";

it("pairs what stands at the same place", () => {
  expect([...pairs([1, 2], new Set(["a", "b"]))]).toEqual([
    [1, "a"],
    [2, "b"],
  ]);
  expect([...pairs([], [])]).toEqual([]);
});

it.each([
  ["shorter", [1, 2, 3], [1, 2]],
  ["shorter", [1], []],
  ["longer", [1, 2], [1, 2, 3]],
  ["longer", [], [undefined]],
])("refuses a second list that is %s", (said, left, right) => {
  expect(() => [...pairs<unknown, unknown>(left, right)]).toThrow(
    new RangeError(`the second of two lists is ${said}`),
  );
});
