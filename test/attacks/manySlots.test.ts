import { describe, expect, test } from "vitest";
import type { AccountRecord, Slot } from "../../src/protocol/accountRecord.js";
import { bandOf } from "../../src/protocol/bands.js";
import { DEEP_KEYS } from "../../src/protocol/constants.js";
import { emptyAccount, laneOfKey } from "../../src/protocol/leaf.js";
import type { RiskRow } from "../../src/protocol/riskTable.js";
import { deepTable } from "../support/deepMarket.js";
import { batches, plainShape } from "../support/tinyEpoch.js";
import { replaced } from "./supportBook.js";
import { type Lies, lyingEpoch } from "./supportLyingEpoch.js";
import { deepRows, sortedRecord, sortedShape } from "./supportManySlots.js";

/**
 * Shapes with many bracketed slots, whose lanes are sorted instead of compared pair by pair, and deep lanes. Each lie is a
 * whole epoch; what catches it is named completely.
 */
const LAST = sortedShape.bracketed - 1;
const honest = sortedRecord({ USDT: 900_000_000n, "ETH-PERP": 9000n, "BTC-PERP": -1000n, BTC: 30_000n }, 31n);
const rows = deepRows("ETH-PERP", "long");

const caughtBy = async (account: AccountRecord, lies: Lies = {}) =>
  (await lyingEpoch(batches([sortedShape, [account]]), { table: deepTable, ...lies })).caught;

/** A slot of this row, filled up to its offset. */
const slot = (row: RiskRow, offset: bigint): Slot => ({
  key: row.key,
  offset,
  complement: row.width - offset,
});
/** The row that holds the honest position, and where in it. */
const held = rows.findLast((row) => row.lo <= 9000n)!;

/** The account with its ETH position cut into these slots, its requirements and band to match, lanes in this order. */
function cutInto(parts: readonly (readonly [RiskRow, bigint])[], order = byLane): AccountRecord {
  const others = honest.bracketed.filter(({ key }) => key !== held.key).slice(parts.length - 1);
  const offset = 9000n - held.lo;
  let maintenance = honest.maintenance - held.base - held.slope * offset;
  let initial = honest.initial - 10_000n * (held.initialBase + held.initialSlope * offset);
  for (const [row, a] of parts) {
    maintenance += row.base + row.slope * a;
    initial += 10_000n * (row.initialBase + row.initialSlope * a);
  }
  const split = { ...honest, maintenance, initial };
  return {
    ...split,
    band: bandOf(split, deepTable.marginCallBp),
    bracketed: order([...others, ...parts.map(([row, a]) => slot(row, a))]),
  };
}
const byLane = (slots: readonly Slot[]): Slot[] =>
  [...slots].sort((one, other) => laneOfKey(one.key) - laneOfKey(other.key));

const RISING = /^step 0: .*accounts\[0\]\.(risingLanes|committed\.bracketed\[\d+\]\.(bits|lane|lowOfLane))/;

test("the honest account passes, and so does padding: empty slots first, then lanes that rise", async () => {
  expect(await caughtBy(honest)).toEqual([]);
  expect(await caughtBy(emptyAccount(sortedShape, 32n))).toEqual([]);
  const lanes = honest.bracketed.map(({ key }) => laneOfKey(key));
  expect(lanes.slice(0, -3)).toEqual(Array.from({ length: LAST - 2 }, () => 0));
  expect(lanes.slice(-3)).toEqual([...lanes.slice(-3)].sort((x, y) => x - y));
  expect(honest.bracketed[LAST]!.key).toBe(held.key);
  expect(held.key).toBeGreaterThan(DEEP_KEYS);
});

test("lanes may be as far apart as a deep lane is from an empty one", async () => {
  const alone = sortedRecord({ "ETH-PERP": -9000n }, 33n);
  const lanes = alone.bracketed.map(({ key }) => laneOfKey(key));
  expect(lanes.slice(-2)).toEqual([0, 2 ** 12 + 4]);
  expect(await caughtBy(alone)).toEqual([]);
});

describe("a position split over many slots, to be charged at a lower bracket", () => {
  test("one lane twice, in the same bracket: rising lanes", async () => {
    const half = rows.findLast((row) => row.lo <= 4500n)!;
    const split = cutInto([
      [half, 4500n - half.lo],
      [half, 4500n - half.lo],
    ]);
    expect(split.maintenance).toBeLessThan(honest.maintenance);
    expect(await caughtBy(split)).toEqual([expect.stringMatching(RISING)]);
  });

  test("two brackets of one deep lane, whose keys differ above the lowest four bits: rising lanes", async () => {
    const [one, other] = [rows[2]!, rows.findLast((row) => row.lo + rows[2]!.lo <= 9000n)!];
    const split = cutInto([
      [one, 0n],
      [other, 9000n - one.lo - other.lo],
    ]);
    expect(one.key >> 4).not.toBe(other.key >> 4);
    expect(split.maintenance).toBeLessThan(honest.maintenance);
    expect(await caughtBy(split)).toEqual([expect.stringMatching(RISING)]);
  });

  const two = [
    [rows[0]!, 200n],
    [rows.findLast((row) => row.lo <= 8800n)!, 8800n - rows.findLast((row) => row.lo <= 8800n)!.lo],
  ] as const;

  test.each<[string, (slots: Slot[]) => Slot[]]>([
    ["an empty slot between them", (slots) => [slots.at(-2)!, ...slots.slice(0, -2), slots.at(-1)!]],
    [
      "a higher lane between them",
      (slots) => [...slots.slice(0, -3), slots.at(-1)!, slots.at(-3)!, slots.at(-2)!],
    ],
    ["the one in the first slot, the other in the last", (slots) => [slots.at(-1)!, ...slots.slice(0, -1)]],
    ["empty slots last", (slots) => [...slots.slice(-4), ...slots.slice(0, -4)]],
  ])("the lane twice, with %s: rising lanes", async (_, order) => {
    expect(await caughtBy(cutInto(two, (slots) => order(byLane(slots))))).toEqual([
      expect.stringMatching(RISING),
    ]);
  });

  test("the lane twice, with every lie about what is used, the gap and the lane's number", async () => {
    const split = cutInto(two);
    const name = `accounts[0].risingLanes`;
    const lane = BigInt(laneOfKey(held.key));
    for (const forced of [
      { [`${name}.used[${LAST - 1}]`]: 0n },
      { [`${name}.used[${LAST - 1}]`]: -1n },
      { [`${name}.gap[${LAST - 1}].in`]: 0n },
      { [`${name}.gap[${LAST - 1}].digits.out[0]`]: -1n },
      { [`accounts[0].committed.bracketed[${LAST}].lane`]: lane + 4n },
      { [`accounts[0].committed.bracketed[${LAST}].lane`]: 1n << 13n },
      { [`accounts[0].committed.bracketed[${LAST - 1}].lane`]: lane - 1n },
      { [`accounts[0].committed.bracketed[${LAST - 1}].lowOfLane[0]`]: -1n },
    ])
      expect(await caughtBy(split, { forced: (step) => (step === 0 ? forced : {}) })).toEqual([
        expect.stringMatching(RISING),
      ]);
  });
});

describe("deep and other lanes confused", () => {
  const withSlot = (at: number, change: Partial<Slot>): AccountRecord => ({
    ...honest,
    bracketed: replaced(honest.bracketed, at, { ...honest.bracketed[at]!, ...change }),
  });

  test("a deep key without its mark, in a lane that has no such row: lookup", async () => {
    // Without the mark the lane comes first, and the slots stand in its order.
    const { bracketed } = withSlot(LAST, { key: held.key - DEEP_KEYS });
    const lie = { ...honest, bracketed: byLane(bracketed) };
    expect(await caughtBy(lie)).toContain("end: lookup");
  });

  test("a bracketed key with the mark: lookup", async () => {
    const at = LAST - 1;
    const { bracketed } = withSlot(at, { key: honest.bracketed[at]!.key + DEEP_KEYS });
    expect(await caughtBy({ ...honest, bracketed: byLane(bracketed) })).toContain("end: lookup");
  });

  test("a deep row in a shape without deep lanes, which has no bit for them: lookup", async () => {
    const [low] = rows;
    const empty = emptyAccount(plainShape, 33n);
    const bare = { ...slot(low!, 5n), key: low!.key - DEEP_KEYS };
    const lie = { ...empty, counted: true, bracketed: [bare, empty.bracketed[1]!] };
    const { caught } = await lyingEpoch(batches([plainShape, [lie, emptyAccount(plainShape, 34n)]]), {
      table: deepTable,
    });
    expect(caught).toContain("end: lookup");
  });

  test("a quantity in an empty slot, all of which share a null lane: lookup", async () => {
    expect(await caughtBy(withSlot(0, { offset: 7n }))).toContain("end: lookup");
    expect(await caughtBy(withSlot(3, { complement: 7n }))).toContain("end: lookup");
  });

  test("a holding hidden in padding: every word must be the empty account's", async () => {
    const [broken] = await caughtBy({ ...honest, counted: false });
    expect(broken).toMatch(/^step 0: .*(counted|bits)/);
  });
});
