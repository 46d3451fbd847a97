import { describe, expect, test } from "vitest";
import { decimal, decimalText } from "../../src/decimal/decimal.js";
import { exactMedian, roundHalfEven } from "../../src/prices/median.js";
import { filled, isPattern, namePattern } from "../../src/prices/namePattern.js";
import { daysSince1970 } from "../../src/protocol/instant.js";

const match = (pattern: string, name: string) => namePattern(pattern)?.match(name);

describe("names with holes", () => {
  test("say what a name fills them with, the expiry as a day", () => {
    const pattern = namePattern("BTC-{DDMMMYY}-{strike}-{side}")!;
    expect(pattern.holes).toEqual({ date: 1, strike: 1, side: 1 });
    const filling = pattern.match("BTC-05DEC26-64000-C")!;
    expect(filling).toEqual({
      texts: { DDMMMYY: "05DEC26", strike: "64000", side: "C" },
      expiryDay: daysSince1970(2026, 12, 5),
    });
    expect(filled("FUT-{DDMMMYY}/{side}", filling)).toBe("FUT-05DEC26/C");
    expect(filled("{YYMMDD}", filling)).toBe("{YYMMDD}");
    expect(namePattern("X-{strike}")!.holes).toEqual({ date: 0, strike: 1, side: 0 });
    expect(match("X-{strike}", "X-5")).toEqual({ texts: { strike: "5" } });
  });

  test.each([
    ["{DDMMMYY}", "01JAN27", 2027, 1, 1],
    ["{DMMMYY}", "1JAN27", 2027, 1, 1],
    ["{DMMMYY}", "31OCT26", 2026, 10, 31],
    ["{YYMMDD}", "280229", 2028, 2, 29],
    ["{YYYYMMDD}", "20261205", 2026, 12, 5],
  ] as const)("%s of %s", (pattern, name, year, month, day) => {
    expect(match(pattern, name)?.expiryDay).toBe(daysSince1970(year, month, day));
    expect(daysSince1970(year, month, day)).toBeDefined();
  });

  test.each([
    ["{DDMMMYY}", "5DEC26"],
    ["{DMMMYY}", "05DEC26"],
    ["{DDMMMYY}", "31FEB26"],
    ["{DDMMMYY}", "00DEC26"],
    ["{DDMMMYY}", "05Dec26"],
    ["{DDMMMYY}", "05DEX26"],
    ["{YYMMDD}", "270229"],
    ["{YYMMDD}", "20270228"],
    ["{YYYYMMDD}", "270228"],
    ["{YYMMDD}", "271301"],
    ["{strike}", "064"],
    ["{strike}", "64.0"],
    ["{strike}", "64.50"],
    ["{strike}", ".5"],
    ["{strike}", "64."],
    ["{strike}", "-64"],
    ["{strike}", ""],
    ["{side}", "c"],
    ["{side}", "CP"],
    ["X-{side}", "X-CX"],
    ["X-{side}", "AX-C"],
    ["X.{side}", "XAC"],
    ["X+{side}", "XX-C"],
  ])("%s is not filled by %s: one spelling only", (pattern, name) => {
    expect(namePattern(pattern)).toBeDefined();
    expect(match(pattern, name)).toBeUndefined();
  });

  test.each([
    ["{strike}", "0"],
    ["{strike}", "0.5"],
    ["{strike}", "64000"],
    ["{strike}", "1.05"],
    ["X.(1)+{side}", "X.(1)+P"],
  ])("%s is filled by %s", (pattern, name) => {
    expect(match(pattern, name)).toBeDefined();
  });

  test.each(["{day}", "{strike}{strike}", "{strike", "strike}", "{}", "{{strike}}", "{toString}", "{a b}"])(
    "%s is none",
    (pattern) => {
      expect(isPattern(pattern)).toBe(true);
      expect(namePattern(pattern)).toBeUndefined();
    },
  );

  test("a name without holes is no pattern, and fills itself alone", () => {
    expect(isPattern("BTC-PERP")).toBe(false);
    expect(match("BTC-PERP", "BTC-PERP")).toEqual({ texts: {} });
    expect(match("BTC-PERP", "BTC-PERP2")).toBeUndefined();
  });
});

describe("medians", () => {
  const median = (...values: string[]) => decimalText(exactMedian(values.map(decimal)));
  test("are the middle one, or exactly between the middle two, in whatever order", () => {
    expect(median("3")).toBe("3");
    expect(median("9", "1", "5")).toBe("5");
    expect(median("1", "2")).toBe("1.5");
    expect(median("100", "9", "2", "10")).toBe("9.5");
    expect(median("5", "1", "4", "2", "3")).toBe("3");
    expect(median("0.01", "0.02")).toBe("0.015");
    expect(() => exactMedian([])).toThrow(RangeError);
  });

  test("are rounded half to even, and only where there are more digits", () => {
    const rounded = (value: string, decimals: number) => decimalText(roundHalfEven(decimal(value), decimals));
    expect(["0.5", "1.5", "2.5", "2.51", "2.49"].map((value) => rounded(value, 0))).toEqual([
      "0",
      "2",
      "2",
      "3",
      "2",
    ]);
    expect(rounded("1.25", 2)).toBe("1.25");
    expect(rounded("1.25", 3)).toBe("1.25");
    expect(rounded("1.245", 2)).toBe("1.24");
    expect(rounded("-1.255", 2)).toBe("-1.26");
  });
});
