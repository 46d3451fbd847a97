import { expect, test } from "vitest";
import { Place } from "../../src/market/marketError.js";
import { assertTableSize } from "../../src/market/tableSize.js";
import { MAX_ROWS, MAX_TABLE_GAINS } from "../../src/protocol/constants.js";

test("a table has 65,536 rows and 2^24 gains at most, and rows are told first", () => {
  const told = (rows: number, gains: number): string => {
    try {
      assertTableSize(rows, gains, Place.of("instruments", 7));
    } catch (error) {
      return (error as { code: string }).code;
    }
    return "";
  };
  expect([MAX_ROWS, MAX_TABLE_GAINS]).toEqual([65_536, 2 ** 24]);
  expect(told(MAX_ROWS, MAX_TABLE_GAINS)).toBe("");
  expect(told(MAX_ROWS + 1, 0)).toBe("TOO_MANY_ROWS");
  expect(told(0, MAX_TABLE_GAINS + 1)).toBe("TOO_MANY_GAINS");
  expect(told(MAX_ROWS + 1, MAX_TABLE_GAINS + 1)).toBe("TOO_MANY_ROWS");
});
