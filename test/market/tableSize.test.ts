import { expect, test } from "vitest";
import { Place } from "../../src/market/marketError.js";
import { tableSize } from "../../src/market/tableSize.js";
import { MAX_ROWS, MAX_TABLE_GAINS } from "../../src/protocol/constants.js";

const path = Place.of("instruments", 7);

/** A row with so many gains in each of its groups, and so many stressed gains. */
const row = (inGroups: readonly number[], inStress = 0) => ({
  groups: inGroups.map((count, group) => ({ group, gains: new Array<bigint>(count).fill(0n) })),
  stress: new Array<bigint>(inStress).fill(0n),
});
const rows = (count: number, of = row([])) => new Array<ReturnType<typeof row>>(count).fill(of);

/** What a table of these parts is refused for, the last of them being the first refused. */
function told(first: number, ...parts: readonly ReturnType<typeof rows>[]): string {
  const withRoom = tableSize(first);
  for (const part of parts.slice(0, -1)) withRoom(part, path);
  try {
    withRoom(parts.at(-1)!, path);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "";
}

test("a table has 65,536 rows at most, the first ones counted", () => {
  expect(MAX_ROWS).toBe(65_536);
  expect(told(17, rows(MAX_ROWS - 18), rows(1))).toBe("");
  expect(told(17, rows(MAX_ROWS - 18), rows(1), rows(1))).toBe("TOO_MANY_ROWS");
});

test("a table has 2^24 gains at most: of every row, in all its groups and under stress", () => {
  expect(MAX_TABLE_GAINS).toBe(2 ** 24);
  const large = row([2 ** 12, 2 ** 12 - 4], 4);
  expect(told(0, rows(2 ** 11 - 1, large), rows(1, large))).toBe("");
  expect(told(0, rows(2 ** 11, large), rows(1))).toBe("");
  expect(told(0, rows(2 ** 11, large), rows(1, row([1])))).toBe("TOO_MANY_GAINS");
  expect(told(0, rows(2 ** 11, large), rows(1, row([], 1)))).toBe("TOO_MANY_GAINS");
});

test("rows are told first, and what there is room for is handed on", () => {
  const both = rows(MAX_ROWS + 1, row([2 ** 12]));
  expect(told(0, both)).toBe("TOO_MANY_ROWS");
  const few = rows(3);
  expect(tableSize(0)(few, path)).toBe(few);
});
