import { describe, expect, test } from "vitest";
import { bytesToHex, hexToBytes } from "../../src/field/encoding.js";
import { keccak256 } from "../../src/field/keccak.js";
import { BANDS } from "../../src/protocol/bands.js";
import {
  BATCHES_A_BLOCK,
  type Commitments,
  firstChallenges,
  firstSeed,
  secondChallenges,
  secondSeed,
} from "../../src/protocol/challenges.js";
import { TOTAL_NAMES } from "../../src/protocol/state.js";
import { accountTag } from "../../src/protocol/tag.js";

const concat = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const bytes = (n: number): Uint8Array => new Uint8Array(32).fill(n);

/** Every value differs from every other. */
const COMMITMENTS: Commitments = {
  exchange: "exchange",
  epoch: "epoch",
  time: "time",
  marketDigest: bytes(1),
  tableDigest: bytes(2),
  batches: [
    { shape: "accounts-1", keyDigest: bytes(3), leafRoot: 101n },
    { shape: "accounts-2", keyDigest: bytes(4), leafRoot: 102n },
  ],
  tableSteps: [
    { shape: "table-1", keyDigest: bytes(5), totals: 103n },
    { shape: "table-2", keyDigest: bytes(6), totals: 104n },
  ],
  totals: {
    bands: { bankrupt: 201n, liquidation: 202n, reduceOnly: 203n, marginCall: 204n, free: 205n },
    positiveEquity: 206n,
    badDebt: 207n,
    maintenance: 208n,
    shortfall: 209n,
    initial: 210n,
    stressBadDebt: [211n, 212n],
  },
  quantities: [
    { long: 301n, short: 302n },
    { long: 303n, short: 304n },
  ],
};
const hex = (commitments: Commitments): string => bytesToHex(firstSeed(commitments));
const { batches, tableSteps, totals, quantities } = COMMITMENTS;
const moved = <T>([first, second]: readonly T[]): T[] => [second!, first!];
const edited = <T>([first, second]: readonly T[], change: Partial<T>): T[] => [
  first!,
  { ...second!, ...change },
];

const OTHERS: [string, Partial<Commitments>][] = [
  ["exchange", { exchange: "exchang" }],
  ["epoch", { epoch: "epoch2" }],
  ["time", { time: "time2" }],
  ["letters moved from the exchange to the epoch", { exchange: "exch", epoch: "angeepoch" }],
  ["market", { marketDigest: bytes(9) }],
  ["table", { tableDigest: bytes(9) }],
  ["market and table swapped", { marketDigest: bytes(2), tableDigest: bytes(1) }],
  ["batches in another order", { batches: moved(batches) }],
  ["a batch less", { batches: batches.slice(0, 1) }],
  ["a batch's shape", { batches: edited(batches, { shape: "accounts-3" }) }],
  ["a batch's key", { batches: edited(batches, { keyDigest: bytes(9) }) }],
  ["a batch's leaves", { batches: edited(batches, { leafRoot: 9n }) }],
  ["table steps in another order", { tableSteps: moved(tableSteps) }],
  ["a table step less", { tableSteps: tableSteps.slice(0, 1) }],
  ["a table step's shape", { tableSteps: edited(tableSteps, { shape: "table-3" }) }],
  ["a table step's key", { tableSteps: edited(tableSteps, { keyDigest: bytes(9) }) }],
  ["a table step's sums", { tableSteps: edited(tableSteps, { totals: 9n }) }],
  ...BANDS.map((band): [string, Partial<Commitments>] => [
    band,
    { totals: { ...totals, bands: { ...totals.bands, [band]: 9n } } },
  ]),
  ...TOTAL_NAMES.map((name): [string, Partial<Commitments>] => [name, { totals: { ...totals, [name]: 9n } }]),
  ["a stress", { totals: { ...totals, stressBadDebt: [211n, 9n] } }],
  ["stresses in another order", { totals: { ...totals, stressBadDebt: [212n, 211n] } }],
  ["a quantity long", { quantities: edited(quantities, { long: 9n }) }],
  ["a quantity short", { quantities: edited(quantities, { short: 9n }) }],
  ["quantities in another order", { quantities: moved(quantities) }],
  ["long and short swapped", { quantities: edited(quantities, { long: 304n, short: 303n }) }],
];

describe("the seed of the challenges", () => {
  test.each(OTHERS)("is another one for another %s", (_, change) => {
    expect(hex({ ...COMMITMENTS, ...change })).not.toBe(hex(COMMITMENTS));
  });

  test("does not depend on what one list could lend to the next", () => {
    // A stress place read as a quantity, and the other way round: only the counts tell them apart.
    const a = { ...COMMITMENTS, totals: { ...totals, stressBadDebt: [1n, 2n, 3n, 4n] }, quantities: [] };
    const b = {
      ...COMMITMENTS,
      totals: { ...totals, stressBadDebt: [1n, 2n] },
      quantities: [{ long: 3n, short: 4n }],
    };
    expect(hex(a)).not.toBe(hex(b));
  });

  test("and every challenge are those of every bundle that was ever published", () => {
    const seed1 = firstSeed(COMMITMENTS);
    const seed2 = secondSeed(seed1, [401n, 402n]);
    expect(bytesToHex(seed1)).toBe("beea1179564900cb2318d86ec892c9e3c28fcfef51b482cd3812b24ba1fd6827");
    expect(bytesToHex(seed2)).toBe("2590f0e8fe4769a0bcae1a1ca0fd79e590cc80622f665ef1454af09331b76ea0");
    const all = { ...firstChallenges(seed1), ...secondChallenges(seed2) };
    expect(
      Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value % 1_000_003n])),
    ).toEqual({ rho: 52414n, beta: 908274n, gamma: 520287n, tau: 572011n, r: 782768n, x: 233364n });
    expect(new Set(Object.values(all)).size).toBe(6);
  });

  test("the second is bound to the first, and to each weight in its order", () => {
    const [one, two] = [bytes(1), bytes(2)];
    const seeds = [
      secondSeed(one, [1n, 2n]),
      secondSeed(two, [1n, 2n]),
      secondSeed(one, [2n, 1n]),
      secondSeed(one, [1n]),
      secondSeed(one, [2n]),
    ].map(bytesToHex);
    expect(new Set(seeds).size).toBe(seeds.length);
  });
});

describe("a leaf's tag", () => {
  const SALT = bytes(7);
  const tag = (exchange = "x", epoch = "e", account = "a", pocket = "p", salt = SALT): bigint =>
    accountTag(exchange, epoch, account, pocket, salt);

  test("is bound to exchange, epoch, account, pocket and salt", () => {
    const tags = [
      tag(),
      tag("y"),
      tag("x", "f"),
      tag("x", "e", "b"),
      tag("x", "e", "a", "q"),
      tag("x", "e", "a", ""),
      tag("x", "e", "a", "p", bytes(8)),
      tag("xe", ""),
      tag("e", "x"),
      tag("x", "e", "p", "a"),
    ];
    expect(new Set(tags).size).toBe(tags.length);
    expect(tag() % 1_000_003n).toBe(830400n);
  });

  test("stands for one spelling of the account and a salt of 32 bytes", () => {
    expect(() => tag("x", "e", "a\ud800")).toThrow(RangeError);
    expect(() => tag("x", "e", "\udfff")).toThrow(RangeError);
    expect(tag("x", "e", "a\u{1f600}")).not.toBe(tag());
    expect(() => tag("x", "e", "a", "cross")).toThrow(RangeError);
    expect(() => tag("x", "e", "a", "p", new Uint8Array(31))).toThrow(RangeError);
    expect(() => tag("x", "e", "a", "p", new Uint8Array(33))).toThrow(RangeError);
  });
});

describe("the first seed of more batches than a block", () => {
  const many = Array.from({ length: 2 * BATCHES_A_BLOCK + 2 }, (_, n) => ({
    ...batches[n % 2]!,
    leafRoot: BigInt(1000 + n),
  }));
  const seed = (of: Commitments["batches"]) => hex({ ...COMMITMENTS, batches: of });
  const swapped = (one: number, other: number) =>
    many.map((batch, n) => (n === one ? many[other]! : n === other ? many[one]! : batch));

  test("changes with every batch, wherever it is, with their order, their blocks' order and their number", () => {
    const ends = [0, BATCHES_A_BLOCK - 1, BATCHES_A_BLOCK, 2 * BATCHES_A_BLOCK, many.length - 1];
    const blocks = [0, 1].map((n) => many.slice(n * BATCHES_A_BLOCK, (n + 1) * BATCHES_A_BLOCK));
    const others: (typeof many)[] = [
      ...ends.map((at) => many.with(at, { ...many[at]!, leafRoot: 9n })),
      ...ends.map((at) => many.with(at, { ...many[at]!, shape: "accounts-3" })),
      ...ends.map((at) => many.with(at, { ...many[at]!, keyDigest: bytes(9) })),
      swapped(0, 1),
      swapped(0, BATCHES_A_BLOCK),
      [...blocks[1]!, ...blocks[0]!, ...many.slice(2 * BATCHES_A_BLOCK)],
      many.slice(1),
      many.slice(0, -1),
      many.slice(0, BATCHES_A_BLOCK),
      many.slice(0, BATCHES_A_BLOCK + 1),
    ];
    const seeds = new Set([many, ...others].map(seed));
    expect(seeds.size).toBe(others.length + 1);
  });

  test.each([
    ["one by one up to 2,048", 2048, [2048]],
    ["in blocks from there on", 2049, [2048, 1]],
    ["in whole blocks", 4096, [2048, 2048]],
  ] as const)("is, by hand, of batches %s", (_, count, blocks) => {
    const some = many.slice(0, count);
    const text = new TextEncoder();
    const word = (value: number | bigint) => hexToBytes(BigInt(value).toString(16).padStart(64, "0"));
    const list = (parts: readonly Uint8Array[]) =>
      concat(parts.flatMap((part) => [word(part.length).subarray(28), part]));
    const parts = some.map(({ shape, keyDigest, leafRoot }, n) => [
      word(n),
      text.encode(shape),
      keyDigest,
      word(leafRoot),
    ]);
    let first = 0;
    const hashes = blocks.map((size) => {
      const own = parts.slice(first, (first += size)).flat();
      return keccak256(list([text.encode("marginproof/v1/batches"), ...own]));
    });
    const { bands, stressBadDebt, ...sums } = totals;
    const all = [
      ...["marginproof/v1/statement", "exchange", "epoch", "time"].map((name) => text.encode(name)),
      ...[bytes(1), bytes(2), word(count), word(2), word(2), word(2)],
      ...(blocks.length === 1 ? parts.flat() : hashes),
      ...tableSteps.flatMap((step, n) => [
        word(n),
        text.encode(step.shape),
        step.keyDigest,
        word(step.totals),
      ]),
      ...[
        ...BANDS.map((band) => bands[band]),
        ...TOTAL_NAMES.map((name) => sums[name]),
        ...stressBadDebt,
      ].map(word),
      ...quantities.flatMap(({ long, short }) => [word(long), word(short)]),
    ];
    expect(seed(some)).toBe(bytesToHex(keccak256(list(all))));
  });
});
