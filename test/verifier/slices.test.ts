import { expect, test } from "vitest";
import { slices } from "../../src/verifier/slices.js";

test("what comes is cut into lists, all of it, in order, and none is empty", () => {
  expect([...slices([], 2)]).toEqual([]);
  expect([...slices([1], 2)]).toEqual([[1]]);
  expect([...slices([1, 2], 2)]).toEqual([[1, 2]]);
  expect([...slices(new Set([1, 2, 3, 4, 5]), 2)]).toEqual([[1, 2], [3, 4], [5]]);
});
