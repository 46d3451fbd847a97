import { describe, expect, test } from "vitest";
import { mul, sub } from "../../src/field/element.js";
import { poseidon } from "../../src/field/poseidon/poseidon.js";
import { spongeMany } from "../../src/field/sponge.js";
import type { AccountRecord, GroupResult } from "../../src/protocol/accountRecord.js";
import { CELL_BOUND, DEEP_KEYS, MAX_QUANTITY } from "../../src/protocol/constants.js";
import { type Evaluation, Evaluator } from "../../src/protocol/evaluate.js";
import { fits, roomNeeded, toRecord, valueOutOfRange } from "../../src/protocol/fitShape.js";
import { foldTable, lookupValue } from "../../src/protocol/fold.js";
import { emptyAccount, laneOfKey, leafHash, nullParts, sortsLanes } from "../../src/protocol/leaf.js";
import { leafRole } from "../../src/protocol/roles.js";
import type { AccountShape } from "../../src/protocol/shapes.js";
import { evaluated, SMALL_SHAPE, SMALL_TABLE } from "./smallTable.js";

/** Shapes with more than the small one: parts of groups, deep lanes, more than 16 bracketed slots. */
const NOTHING = evaluated({});
const CALL = 12_000n;
const PARTS: AccountShape = {
  ...SMALL_SHAPE,
  id: "accounts-a2-b0-f1-g1-s2-z0-p3",
  bracketed: 0,
  flat: 1,
  groups: 1,
  scenarios: 2,
  stress: 0,
  parts: 3,
};

describe("parts of a group", () => {
  /** Group 0 has its own gains and two parts, groups 2 and 3; group 1 has an initial factor of its own. */
  const gains = (group: number, ...perStep: bigint[]) => ({ group, gains: perStep });
  const row = (key: number, laneIndex: number, groups: { group: number; gains: bigint[] }[]) => ({
    ...SMALL_TABLE.rows[3]!,
    key,
    laneIndex,
    price: 0n,
    width: MAX_QUANTITY,
    groups,
    stress: [],
  });
  const table = {
    ...SMALL_TABLE,
    rows: [
      SMALL_TABLE.rows[0]!,
      row(1, 0, [gains(0, 5n, -3n), gains(2, -7n, 2n)]),
      row(2, 1, []),
      row(3, 2, [gains(3, 1n, -11n)]),
      row(4, 3, []),
      row(5, 4, [gains(1, -1n, -2n)]),
      row(6, 5, []),
    ],
    lanes: SMALL_TABLE.lanes.map((lane, n) => ({ ...lane, flat: true, firstRow: n + 1, rowCount: 1 })),
    groupScenarios: [2, 2, 2, 2],
    groupPlaces: [
      { parent: 0, part: 0, factorBp: 0n },
      { parent: 1, part: 0, factorBp: 500n },
      { parent: 0, part: 1, factorBp: 0n },
      { parent: 0, part: 2, factorBp: 0n },
    ],
    groupNames: ["all", "other", "May", "June"],
    stressNames: [],
  };
  const of = (holdings: Readonly<Record<string, bigint>>): Evaluation =>
    new Evaluator(table).evaluate(new Map(Object.entries(holdings)));
  const parts = [
    { group: 2, part: 1, gains: [-7n, 2n] },
    { group: 3, part: 2, gains: [1n, -11n] },
  ];

  test("lose what they lose, and gain nothing, scenario by scenario", () => {
    const both = of({ USDT: 1n, PERP: 1n });
    expect(both.groups).toEqual([{ group: 0, worst: 14n, gains: [5n - 7n, -3n - 11n], parts, factorBp: 0n }]);
    expect(both.maintenance).toBe(14n);
    // A part alone: the group is there, with nothing of its own.
    expect(of({ PERP: 2n }).groups).toEqual([
      { group: 0, worst: 22n, gains: [0n, -22n], parts: [{ ...parts[1], gains: [2n, -22n] }], factorBp: 0n },
    ]);
  });

  test("stand in the order of their numbers, whatever is held first", () => {
    expect(of({ PERP: 1n, USDT: 1n })).toEqual(of({ USDT: 1n, PERP: 1n }));
    // Group 0 is there by its part alone, whose own number is above group 1's.
    for (const held of [
      { CALL: 1n, PERP: 1n },
      { PERP: 1n, CALL: 1n },
    ] as const)
      expect(of(held).groups.map(({ group }) => group)).toEqual([0, 1]);
  });

  test("stand in the equation under a number of group, part and factor, which no other has", () => {
    const [beta, gamma] = [1000n, 5n];
    const places = [
      { parent: 3, part: 0, factorBp: 0n },
      { parent: 3, part: 2, factorBp: 0n },
      { parent: 3, part: 2, factorBp: 7n },
      { parent: 4095, part: 255, factorBp: (1n << 20n) - 1n },
    ];
    const poles = [3n, 3n + (2n << 12n), 3n + (2n << 12n) + (7n << 20n), (1n << 40n) - 1n];
    places.forEach((place, n) => {
      const own = { ...table, groupPlaces: [place], groupScenarios: [2] };
      const rows = [table.rows[0]!, row(1, 0, [gains(0, 11n, 13n)])];
      const [, folded] = foldTable({ ...own, rows, lanes: [table.lanes[0]!] }, { beta, gamma });
      expect(mul(folded!.gain, sub(gamma, poles[n]!))).toBe(11n + 13n * beta);
    });
  });

  test("take a place each, and so does an initial factor of a group's own", () => {
    expect(roomNeeded(of({ USDT: 1n, PERP: 1n }))).toMatchObject({ groups: 1, scenarios: 2, parts: 2 });
    expect(roomNeeded(of({ CALL: 1n }))).toMatchObject({ groups: 1, parts: 1 });
    expect(of({ CALL: 1n }).initial).toBe((13_000n + 500n) * 2n);
    expect(roomNeeded(evaluated({ CALL: 1n }))).toMatchObject({ groups: 2, parts: 0 });
    const least = of({ CALL: 1n }).groups.map((group) => ({ ...group, factorBp: 1n }));
    expect(roomNeeded({ ...of({ CALL: 1n }), groups: least }).parts).toBe(1);
    expect(fits(PARTS, of({ USDT: 1n, CALL: 1n }))).toBe(false);
    expect(fits({ ...PARTS, groups: 2, flat: 2 }, of({ USDT: 1n, CALL: 1n }))).toBe(true);
    expect(fits({ ...PARTS, flat: 2, parts: 1 }, of({ USDT: 1n, PERP: 1n }))).toBe(false);
  });

  test("are written first, then their unused places", () => {
    const unused = { part: 253, gains: [0n, 0n] };
    const record = toRecord(table, { ...PARTS, flat: 2 }, of({ USDT: 1n, PERP: 1n }), 9n);
    expect(record.groups).toEqual([
      {
        group: 0,
        worst: 14n,
        slack: [12n, 0n],
        factorBp: 0n,
        parts: [{ part: 1, gains: [-7n, 2n] }, { part: 2, gains: [1n, -11n] }, unused],
      },
    ]);
    expect(toRecord(table, PARTS, of({ CALL: 1n }), 9n).groups[0]).toMatchObject({
      factorBp: 500n,
      parts: [{ part: 255, gains: [0n, 0n] }, { part: 254 }, unused],
    });
    const shape = { ...SMALL_SHAPE, stress: 0 };
    expect(toRecord(table, shape, of({ USDT: 1n }), 9n).groups[0]).not.toHaveProperty("parts");
    expect(nullParts(PARTS)!.map(({ part }) => part)).toEqual([255, 254, 253]);
    expect([nullParts(SMALL_SHAPE), nullParts({ ...PARTS, parts: 0 })]).toEqual([undefined, undefined]);
    expect(emptyAccount(PARTS, 9n).groups).toEqual([
      expect.objectContaining({ factorBp: 0n, parts: nullParts(PARTS) }),
    ]);
    expect(emptyAccount(SMALL_SHAPE, 9n).groups[0]).not.toHaveProperty("parts");
  });

  test("gain and lose less than 2^48 each, told by name", () => {
    const told = (...own: bigint[]) => {
      const part = { group: 8, part: 1, gains: own };
      const harmless = { ...part, group: 6, gains: [0n] };
      const groups = [{ group: 7, worst: 0n, gains: [0n], parts: [harmless, part], factorBp: 0n }];
      return valueOutOfRange({ ...NOTHING, groups });
    };
    const words = "scenario results of risk group 8, a part of group 7, are outside +-2^48 value units";
    expect([told(0n, CELL_BOUND), told(-CELL_BOUND - 1n)]).toEqual([words, words]);
    expect(told(CELL_BOUND - 1n, -CELL_BOUND)).toBeUndefined();
  });

  const ACCOUNT: AccountRecord = {
    tag: 77n,
    counted: true,
    bracketed: [],
    flat: [{ key: 9, offset: 10n, complement: 0n }],
    groups: [
      {
        group: 3,
        worst: 11n,
        slack: [12n, 13n],
        factorBp: 700n,
        parts: [
          { part: 1, gains: [5n, -6n] },
          { part: 2, gains: [-7n, 8n] },
          { part: 253, gains: [0n, 0n] },
        ],
      },
    ],
    equity: 20n,
    maintenance: 5n,
    initial: 100_000n,
    band: "free",
    stressed: [],
  };
  const [group] = ACCOUNT.groups;
  const [may, june, none] = group!.parts!;
  const hash = (change: Partial<GroupResult> = {}) =>
    leafHash(poseidon, PARTS, { ...ACCOUNT, groups: [{ ...group!, ...change }] }, CALL);

  test("stand in the leaf after their group, its factor before them: the bits of protocol.md", () => {
    const widths: (readonly [bigint, number])[] = [
      ...([
        [1n, 1],
        [9n, 16],
        [10n, 52],
        [16n, 5],
        [20n, 86],
        [800_000_000n, 99],
        [3n, 12],
      ] as const),
      ...[11n, 12n, 13n].map((value): [bigint, number] => [value, 72]),
      [700n, 20],
      ...([
        [1n, 8],
        [0n, 1],
        [5n, 48],
        [1n, 1],
        [5n, 48],
      ] as const),
      ...([
        [2n, 8],
        [1n, 1],
        [6n, 48],
        [0n, 1],
        [8n, 48],
      ] as const),
      ...([
        [253n, 8],
        [0n, 1],
        [0n, 48],
        [0n, 1],
        [0n, 48],
      ] as const),
    ];
    let [bits, at] = [0n, 0n];
    for (const [value, width] of widths) {
      bits |= value << at;
      at += BigInt(width);
    }
    const words: bigint[] = [];
    for (let done = 0n; done < at; done += 253n) words.push((bits >> done) & ((1n << 253n) - 1n));
    const [expected] = spongeMany(poseidon, leafRole(PARTS), [[77n, 100_005n, ...words]]);
    expect(hash()).toBe(expected);
  });

  test("of several groups stand with each, and a group without a factor has none", () => {
    const shape = { ...PARTS, groups: 2 };
    const other: GroupResult = { ...group!, group: 4, parts: [{ part: 9, gains: [1n, 2n] }, june!, none!] };
    const leaf = (second: Partial<typeof other>, own: typeof other = other) =>
      leafHash(poseidon, shape, { ...ACCOUNT, groups: [group!, { ...own, ...second }] }, CALL);
    expect(leaf({ parts: [may!, june!, none!] })).not.toBe(leaf({}));
    expect(leaf({ factorBp: 701n })).not.toBe(leaf({}));
    expect(leaf({ worst: 12n })).not.toBe(leaf({}));
    const { factorBp: _, ...without } = other;
    expect(leaf({}, without)).toBe(leaf({ factorBp: 0n }));
  });

  test("have room for more scenarios than they have, in which nothing is gained", () => {
    const shape = { ...PARTS, scenarios: 3 };
    expect(toRecord(table, shape, of({ PERP: 1n }), 9n).groups[0]!.parts).toEqual([
      { part: 2, gains: [1n, -11n, 0n] },
      { part: 254, gains: [0n, 0n, 0n] },
      { part: 253, gains: [0n, 0n, 0n] },
    ]);
  });

  test.each<[string, Partial<GroupResult>]>([
    ["a part too few", { parts: [may!, june!] }],
    ["no parts", { parts: [] }],
    ["a scenario of a part too few", { parts: [may!, { ...june!, gains: [1n] }, none!] }],
    ["a scenario of a part too many", { parts: [may!, { ...june!, gains: [1n, 2n, 3n] }, none!] }],
    ["a part's gain of 2^48", { parts: [may!, june!, { ...none!, gains: [0n, CELL_BOUND] }] }],
    ["a factor of 2^20", { factorBp: 1n << 20n }],
  ])("make no leaf: %s", (_, change) => {
    expect(() => hash(change)).toThrow(RangeError);
  });
});

describe("more than 16 bracketed slots", () => {
  const shape = (bracketed: number): AccountShape => ({ ...SMALL_SHAPE, bracketed, stress: 2 });
  const holdings = evaluated({ PERP: -150n }).holdings.concat(evaluated({ PERP: 7n }).holdings);

  test("are sorted: empty ones first, all of key 0, then lanes that rise", () => {
    expect([sortsLanes(shape(16)), sortsLanes(shape(17))]).toEqual([false, true]);
    const keys = (bracketed: number) =>
      toRecord(SMALL_TABLE, shape(bracketed), { ...NOTHING, holdings }, 9n).bracketed.map(({ key }) => key);
    expect(keys(17)).toEqual([...new Array(15).fill(0), 256, 273]);
    expect(keys(16)).toEqual([273, 256, ...Array.from({ length: 14 }, (_, i) => 16 * (i + 2))]);
    expect(emptyAccount(shape(17), 9n).bracketed.map(({ key }) => key)).toEqual(new Array(17).fill(0));
  });
});

describe("deep lanes", () => {
  test("are looked up by their key below a mark of its own", () => {
    const deep = { ...SMALL_TABLE.rows[5]!, key: DEEP_KEYS + 67, width: 9n };
    expect(lookupValue(deep)).toBe(67n + (1n << 70n) + (9n << 16n));
    expect(lookupValue({ ...deep, key: DEEP_KEYS })).toBe((1n << 70n) + (9n << 16n));
    expect(lookupValue({ ...deep, key: DEEP_KEYS - 1 })).toBe(65_535n + (9n << 16n));
  });

  test("have keys of their own, and lanes that no other key has", () => {
    expect([0, 15, 16, 65_535].map(laneOfKey)).toEqual([0, 0, 1, 4095]);
    expect([0, 63, 64, 64 * 1023 + 63].map((k) => laneOfKey(DEEP_KEYS + k))).toEqual([
      4096, 4096, 4100, 8188,
    ]);
  });

  test("have keys of 17 bits in the leaf of a shape for them, and in no other", () => {
    const shape = { ...SMALL_SHAPE, bracketed: 1, flat: 0, groups: 0, scenarios: 0, stress: 0, deep: 1 };
    const account = (key: number): AccountRecord => ({
      ...emptyAccount(shape, 77n),
      bracketed: [{ key, offset: 5n, complement: 6n }],
    });
    const bits = BigInt(DEEP_KEYS + 67) << 1n;
    const slot = bits | (5n << 18n) | (6n << 70n) | (16n << 122n);
    const [expected] = spongeMany(poseidon, leafRole(shape), [[77n, 0n, slot, 0n]]);
    expect(leafHash(poseidon, shape, account(DEEP_KEYS + 67), CALL)).toBe(expected);
    expect(() => leafHash(poseidon, { ...shape, deep: 0 }, account(DEEP_KEYS), CALL)).toThrow(RangeError);
    expect(() => leafHash(poseidon, shape, account(2 * DEEP_KEYS), CALL)).toThrow(RangeError);
  });

  test("take a shape for them, however many are held", () => {
    const [holding] = evaluated({ PERP: 7n }).holdings;
    const deep = { ...holding!, row: { ...holding!.row, key: DEEP_KEYS } };
    const last = { ...deep, row: { ...deep.row, key: DEEP_KEYS - 1 } };
    expect(roomNeeded({ ...NOTHING, holdings: [holding!, deep] }).deep).toBe(1);
    expect(roomNeeded({ ...NOTHING, holdings: [holding!, last] }).deep).toBe(0);
    expect(fits(SMALL_SHAPE, { ...NOTHING, holdings: [deep] })).toBe(false);
    expect(fits({ ...SMALL_SHAPE, deep: 1 }, { ...NOTHING, holdings: [deep] })).toBe(true);
  });
});
