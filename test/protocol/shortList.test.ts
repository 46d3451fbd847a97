import { expect, test } from "vitest";
import { shortList } from "../../src/protocol/shortList.js";

test("a list in words names five of many", () => {
  const names = ["a", "b", "c", "d", "e"];
  expect(shortList([])).toBe("");
  expect(shortList(["a"])).toBe("a");
  expect(shortList(names)).toBe("a, b, c, d, e");
  expect(shortList([...names, "f"])).toBe("a, b, c, d, e and 1 more");
  expect(shortList([...names, "f", "g"])).toBe("a, b, c, d, e and 2 more");
});
