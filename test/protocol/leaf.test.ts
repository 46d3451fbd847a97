import { describe, expect, test } from "vitest";
import { poseidon } from "../../src/field/poseidon/poseidon.js";
import { spongeMany } from "../../src/field/sponge.js";
import type { AccountRecord } from "../../src/protocol/accountRecord.js";
import { emptyAccount, leafHash, leafHashes, nullGroup, signedParts } from "../../src/protocol/leaf.js";
import { leafRole } from "../../src/protocol/roles.js";
import type { AccountShape } from "../../src/protocol/shapes.js";

const SHAPE: AccountShape = {
  id: "accounts-a2-b2-f1-g1-s2-z1",
  template: "accounts",
  accounts: 2,
  bracketed: 2,
  flat: 1,
  groups: 1,
  scenarios: 2,
  stress: 1,
};
const ACCOUNT: AccountRecord = {
  tag: 77n,
  counted: true,
  bracketed: [
    { key: 33, offset: 5n, complement: 6n },
    { key: 48, offset: 7n, complement: 8n },
  ],
  flat: [{ key: 9, offset: 10n, complement: 0n }],
  groups: [{ group: 3, worst: 11n, slack: [12n, 13n] }],
  equity: 20n,
  maintenance: 5n,
  initial: 100_000n,
  band: "free",
  stressed: [-14n],
};
const CALL = 12_000n;
const hash = (change: Partial<AccountRecord> = {}) =>
  leafHash(poseidon, SHAPE, { ...ACCOUNT, ...change }, CALL);
const [one, two] = ACCOUNT.bracketed;
const [group] = ACCOUNT.groups;

describe("a leaf", () => {
  test("holds every part in its place: the bits of protocol.md, lowest first", () => {
    let bits = 0n;
    let at = 0n;
    const put = (value: bigint, width: number): void => {
      bits |= value << at;
      at += BigInt(width);
    };
    put(1n, 1);
    for (const [key, offset, complement] of [
      [33n, 5n, 6n],
      [48n, 7n, 8n],
    ] as const) {
      put(key, 16);
      put(offset, 52);
      put(complement, 52);
    }
    put(9n, 16);
    put(10n, 52);
    put(16n, 5);
    put(20n, 86);
    put(800_000_000n, 99);
    put(3n, 12);
    for (const value of [11n, 12n, 13n]) put(value, 72);
    put(1n, 1);
    put(13n, 72);
    const words: bigint[] = [];
    for (let done = 0n; done < at; done += 253n) words.push((bits >> done) & ((1n << 253n) - 1n));
    const [expected] = spongeMany(poseidon, leafRole(SHAPE), [[77n, 100_005n, ...words]]);
    expect(hash()).toBe(expected);
  });

  test.each<[bits: number, shape: Partial<AccountShape>]>([
    [7 * 253, { bracketed: 4, flat: 5, groups: 3, scenarios: 1, stress: 4 }],
    [9 * 253 + 1, { bracketed: 4, flat: 4, groups: 3, scenarios: 4, stress: 3 }],
  ])(
    "of a larger shape holds every one of its places, in as many words as %i bits need",
    (length, places) => {
      const shape = { ...SHAPE, ...places };
      const list = <T>(length: number, of: (i: number) => T): T[] => Array.from({ length }, (_, i) => of(i));
      const own: AccountRecord = {
        ...ACCOUNT,
        counted: false,
        bracketed: list(shape.bracketed, (i) => ({
          key: 20 + i,
          offset: BigInt(30 + i),
          complement: BigInt(40 + i),
        })),
        flat: list(shape.flat, (i) => ({ key: 50 + i, offset: BigInt(60 + i), complement: 0n })),
        groups: list(shape.groups, (i) => ({
          group: 70 + i,
          worst: BigInt(80 + i),
          slack: list(shape.scenarios, (s) => BigInt(90 + 10 * i + s)),
        })),
        stressed: list(shape.stress, (i) => BigInt(200 + i)),
      };
      const parts: [value: bigint, width: number][] = [
        [0n, 1],
        ...own.bracketed.flatMap(({ key, offset, complement }): typeof parts => [
          [BigInt(key), 16],
          [offset, 52],
          [complement, 52],
        ]),
        ...own.flat.flatMap(({ key, offset }): typeof parts => [
          [BigInt(key), 16],
          [offset, 52],
        ]),
        [16n, 5],
        [20n, 86],
        [800_000_000n, 99],
        ...own.groups.flatMap(({ group: number, worst, slack }): typeof parts => [
          [BigInt(number), 12],
          [worst, 72],
          ...slack.map((value): [bigint, number] => [value, 72]),
        ]),
        ...own.stressed.flatMap((value): typeof parts => [
          [0n, 1],
          [value, 72],
        ]),
      ];
      const bits = parts
        .map(([value, width]) => value.toString(2).padStart(width, "0"))
        .reverse()
        .join("");
      expect(bits).toHaveLength(length);
      const words = list(Math.ceil(length / 253), (i) =>
        BigInt(`0b${bits.slice(Math.max(0, length - 253 * (i + 1)), length - 253 * i)}`),
      );
      const [expected] = spongeMany(poseidon, leafRole(shape), [[77n, 100_005n, ...words]]);
      expect(leafHash(poseidon, shape, own, CALL)).toBe(expected);
    },
  );

  test.each<[string, Partial<AccountRecord>]>([
    ["tag", { tag: 78n }],
    ["padding", { counted: false }],
    ["key", { bracketed: [one!, { ...two!, key: 49 }] }],
    ["offset", { bracketed: [one!, { ...two!, offset: 9n }] }],
    ["slots in another order", { bracketed: [two!, one!] }],
    ["flat quantity", { flat: [{ key: 9, offset: 11n, complement: 0n }] }],
    ["group", { groups: [{ ...group!, group: 4 }] }],
    ["worst loss", { groups: [{ ...group!, worst: 12n }] }],
    ["scenario", { groups: [{ ...group!, slack: [12n, 14n] }] }],
    ["equity", { equity: 21n }],
    ["maintenance", { maintenance: 6n }],
    ["initial", { initial: 100_001n }],
    ["stress", { stressed: [13n] }],
  ])("is another one for another %s", (_, change) => {
    expect(hash(change)).not.toBe(hash());
  });

  test("is another one under another margin call, and in another shape", () => {
    expect(leafHash(poseidon, SHAPE, ACCOUNT, CALL + 1n)).not.toBe(hash());
    const roles = [
      SHAPE,
      { ...SHAPE, bracketed: 3 },
      { ...SHAPE, flat: 2 },
      { ...SHAPE, groups: 2 },
      { ...SHAPE, scenarios: 3 },
      { ...SHAPE, stress: 2 },
    ].map(leafRole);
    expect(new Set(roles).size).toBe(roles.length);
  });

  test("the leaves of a batch are its accounts', in order", () => {
    const other = { ...ACCOUNT, tag: 5n };
    expect(leafHashes(poseidon, SHAPE, [ACCOUNT, other], CALL)).toEqual([hash(), hash({ tag: 5n })]);
  });

  test.each<[string, Partial<AccountRecord>]>([
    ["an offset of 2^52", { bracketed: [one!, { ...two!, offset: 1n << 52n }] }],
    ["a negative complement", { bracketed: [one!, { ...two!, complement: -1n }] }],
    ["a worst loss of 2^72", { groups: [{ ...group!, worst: 1n << 72n }] }],
    ["a stressed equity of 2^72", { stressed: [1n << 72n] }],
    ["a band that is not the account's own", { band: "bankrupt" }],
    ["a slot too few", { bracketed: [one!] }],
    ["a flat slot too many", { flat: [...ACCOUNT.flat, ...ACCOUNT.flat] }],
    ["a group too few", { groups: [] }],
    ["a scenario too few", { groups: [{ ...group!, slack: [12n] }] }],
    ["a stress too many", { stressed: [1n, 1n] }],
  ])("does not exist: %s", (_, change) => {
    expect(() => hash(change)).toThrow(RangeError);
  });

  test("does not exist where one group of several has a scenario too few", () => {
    const shape = { ...SHAPE, groups: 2 };
    const groups = [group!, { ...group!, slack: [12n] }];
    expect(() => leafHash(poseidon, shape, { ...ACCOUNT, groups }, CALL)).toThrow(RangeError);
  });

  test("the widest values fit", () => {
    const widest = (1n << 72n) - 1n;
    expect(() => hash({ bracketed: [one!, { ...two!, offset: (1n << 52n) - 1n }] })).not.toThrow();
    expect(() => hash({ groups: [{ ...group!, worst: widest }] })).not.toThrow();
    for (const stressed of [[widest], [-widest - 1n]]) expect(() => hash({ stressed })).not.toThrow();
  });
});

test("signed values: minus one and nought are next to each other", () => {
  expect([-2n, -1n, 0n, 1n].map(signedParts)).toEqual([
    { negative: 1n, magnitude: 1n },
    { negative: 1n, magnitude: 0n },
    { negative: 0n, magnitude: 0n },
    { negative: 0n, magnitude: 1n },
  ]);
});

test("padding holds nothing, is not counted, and names no lane and no group twice", () => {
  const shape = { ...SHAPE, groups: 2 };
  expect(emptyAccount(shape, 9n)).toEqual({
    tag: 9n,
    counted: false,
    bracketed: [
      { key: 0, offset: 0n, complement: 0n },
      { key: 16, offset: 0n, complement: 0n },
    ],
    flat: [{ key: 0, offset: 0n, complement: 0n }],
    groups: [
      { group: 4095, worst: 0n, slack: [0n, 0n] },
      { group: 4094, worst: 0n, slack: [0n, 0n] },
    ],
    equity: 0n,
    maintenance: 0n,
    initial: 0n,
    band: "free",
    stressed: [0n],
  });
  expect([nullGroup(0), nullGroup(1)]).toEqual([4095, 4094]);
});
