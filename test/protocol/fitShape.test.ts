import { describe, expect, test } from "vitest";
import { INITIAL_SCALE, VALUE_BOUND } from "../../src/protocol/constants.js";
import type { Evaluation } from "../../src/protocol/evaluate.js";
import {
  assertInRange,
  fits,
  type Room,
  roomNeeded,
  toRecord,
  valueOutOfRange,
} from "../../src/protocol/fitShape.js";
import { emptyAccount } from "../../src/protocol/leaf.js";
import { evaluated, SMALL_SHAPE, SMALL_TABLE } from "./smallTable.js";

const NOTHING = evaluated({});
const MIXED = evaluated({ USDT: 1000n, PERP: -150n, CALL: 3n });

describe("the room that an account takes", () => {
  test("is one place a holding, by kind of lane, and one a group, with its longest list of scenarios", () => {
    const none = { bracketed: 0, flat: 0, groups: 0, scenarios: 0, stress: 2, deep: 0, parts: 0 };
    expect(roomNeeded(MIXED)).toEqual({ ...none, bracketed: 1, flat: 2, groups: 2, scenarios: 3 });
    expect(roomNeeded(evaluated({ PERP: 1n }))).toEqual({ ...none, bracketed: 1, groups: 1, scenarios: 2 });
    expect(roomNeeded(NOTHING)).toEqual(none);
  });

  test("fits a shape that has as much of everything, and none that has less of one", () => {
    const needed = roomNeeded(MIXED);
    expect(fits(needed, MIXED)).toBe(true);
    expect(fits(SMALL_SHAPE, MIXED)).toBe(true);
    for (const place of Object.keys(needed) as (keyof Room)[]) {
      expect(fits({ ...needed, [place]: needed[place]! - 1 }, MIXED), place).toBe(false);
      expect(fits({ ...needed, [place]: needed[place]! + 1 }, MIXED), place).toBe(true);
    }
  });
});

describe("values that no circuit can hold", () => {
  const group = (worst: bigint, ...gains: bigint[]): Partial<Evaluation> => ({
    groups: [
      { group: 4, worst: 0n, gains: [0n], parts: [], factorBp: 0n },
      { group: 7, worst, gains, parts: [], factorBp: 0n },
    ],
  });
  const TOP = VALUE_BOUND - 1n;
  const results = "scenario results of risk group 7 span more than 2^72 value units";

  test.each<[string, Partial<Evaluation>]>([
    ["equity is outside +-2^72 value units", { equity: VALUE_BOUND }],
    ["equity is outside +-2^72 value units", { equity: -VALUE_BOUND - 1n }],
    ["equity under stress 1 is outside +-2^72 value units", { stressed: [0n, VALUE_BOUND] }],
    ["equity under stress 0 is outside +-2^72 value units", { stressed: [-VALUE_BOUND - 1n, 0n] }],
    ["the initial requirement is 2^72 value units or more", { initial: INITIAL_SCALE * VALUE_BOUND }],
    [results, group(VALUE_BOUND, -VALUE_BOUND)],
    [results, group(VALUE_BOUND)],
    [results, group(0n, 0n, VALUE_BOUND)],
    [results, group(1n, -1n, TOP)],
  ])("%s: %#", (words, change) => {
    const evaluation = { ...NOTHING, ...change };
    expect(valueOutOfRange(evaluation)).toBe(words);
    expect(() => assertInRange({ account: "a", pocket: "p" }, evaluation, SMALL_TABLE)).toThrow(
      expect.objectContaining({
        code: "ACCOUNT_VALUE_RANGE",
        message: `isolated pocket "p" of account "a": ${words}`,
        options: expect.objectContaining({ kind: "usage", hint: expect.stringContaining("valueUnit") }),
      }),
    );
  });

  test.each<[Partial<Evaluation>]>([
    [{}],
    [{ equity: TOP, stressed: [TOP, -VALUE_BOUND] }],
    [{ equity: -VALUE_BOUND }],
    [{ initial: INITIAL_SCALE * VALUE_BOUND - 1n }],
    [group(TOP, -TOP, 0n)],
    [group(5n, TOP - 5n)],
  ])("what stands next to them is held: %#", (change) => {
    const evaluation = { ...NOTHING, ...change };
    expect(valueOutOfRange(evaluation)).toBeUndefined();
    expect(() => assertInRange({ account: "a", pocket: "" }, evaluation, SMALL_TABLE)).not.toThrow();
  });
});

describe("an account in the form of a shape", () => {
  test("has its holdings and groups first, then empty places as padding has them", () => {
    const empty = emptyAccount(SMALL_SHAPE, 9n);
    const record = toRecord(SMALL_TABLE, SMALL_SHAPE, MIXED, 9n);
    const width = SMALL_TABLE.rows[8]!.width;
    expect(record).toEqual({
      tag: 9n,
      counted: true,
      bracketed: [{ key: 273, offset: 50n, complement: width - 50n }, empty.bracketed[1]],
      flat: [
        { key: 1, offset: 1000n, complement: 0n },
        { key: 3, offset: 3n, complement: 0n },
        empty.flat[2],
      ],
      groups: [
        { group: 0, worst: 111n, slack: [24n, 204n, 0n] },
        // A place more than the group has scenarios: nothing is gained there.
        { group: 1, worst: 2079n, slack: [3852n, 0n, 2079n] },
        empty.groups[2],
      ],
      equity: 19n,
      maintenance: MIXED.maintenance,
      initial: MIXED.initial,
      band: "liquidation",
      // A place more than the market has stresses: equity stays.
      stressed: [2710n, -2990n, 19n],
    });
    expect(record.stressed.slice(0, 2)).toEqual(MIXED.stressed);
  });

  test("takes two holdings of a kind in the order of the table", () => {
    const table = { ...SMALL_TABLE, stressNames: [] };
    const both = { ...NOTHING, holdings: [...MIXED.holdings, ...evaluated({ PERP: 7n }).holdings] };
    const { bracketed } = toRecord(table, SMALL_SHAPE, both, 9n);
    expect(bracketed).toEqual([
      expect.objectContaining({ key: 273, offset: 50n }),
      { key: 256, offset: 7n, complement: 92n },
    ]);
  });

  test("does not exist where the shape has fewer stresses than the market", () => {
    const shape = { ...SMALL_SHAPE, stress: 1 };
    expect(() => toRecord(SMALL_TABLE, shape, MIXED, 9n)).toThrow(RangeError);
    expect(toRecord(SMALL_TABLE, { ...SMALL_SHAPE, stress: 2 }, MIXED, 9n).stressed).toEqual(MIXED.stressed);
  });
});
