import { describe, expect, test } from "vitest";
import type { AccountRecord, GroupResult, PartResult } from "../../src/protocol/accountRecord.js";
import { NULL_PART_TOP } from "../../src/protocol/constants.js";
import { nullGroup } from "../../src/protocol/leaf.js";
import { batches } from "../support/tinyEpoch.js";
import { replaced, withLie } from "./supportBook.js";
import { type Lies, lyingEpoch } from "./supportLyingEpoch.js";
import { groupOf, ownGains, partsRecord, partsShape, partsTable, withGroups } from "./supportParts.js";

/**
 * Parts of a group: a scenario is worth L + sum over parts of min(0, gain). What a dishonest exchange might say of parts, with
 * everything that follows from it computed anew, so that only the lie itself can be what fails.
 */
const UNIT = 10_000_000_000n;
const holder = partsRecord({ USDT: 5_000_000_000n, NEAR: 300n, FAR: -200n, ALONE: 100n }, 21n);
const other = partsRecord({ USDT: 5_000_000_000n, OTHER: 500n, FAR: 100n }, 22n);
const book = batches([partsShape, [holder, other]]);

async function caught(
  lie: (honest: AccountRecord) => AccountRecord,
  expected: readonly string[],
  lies: Lies = {},
) {
  const { caught: by } = await lyingEpoch(withLie(book, 0, 0, lie), { table: partsTable, ...lies });
  expect(by.map((name) => name.replace(/ .*/, ""))).toEqual(expected.map((name) => name.replace(/ .*/, "")));
  return by;
}

/** The holder's first group changed, and what follows from it. */
const first =
  (change: (group: GroupResult) => GroupResult) =>
  (honest: AccountRecord): AccountRecord =>
    withGroups(honest, replaced(honest.groups, 0, change(honest.groups[0]!)));

/** The same own gains, with other parts. */
const withParts = (change: (parts: readonly PartResult[]) => readonly PartResult[]) =>
  first((group) => groupOf(ownGains(group), { ...group, parts: change(group.parts!) }));

describe("parts of a group", () => {
  test("honest: what an expiry loses counts, what it gains does not, and the group's own factor", async () => {
    const [group] = holder.groups;
    // Own: NEAR 3 * (-400, 700), FAR -2 * (-300, 500). Parts: near 3 * (-30, -50) + (-10, -15), far -2 * (-20, -40) > 0.
    expect(ownGains(group!)).toEqual([-600n * UNIT, 1100n * UNIT]);
    expect(group!.parts!.map(({ part }) => part)).toEqual([1, 2, NULL_PART_TOP - 2]);
    expect(group!.parts![0]!.gains).toEqual([-100n * UNIT, -165n * UNIT]);
    expect(group!.parts![1]!.gains).toEqual([40n * UNIT, 80n * UNIT]);
    expect(group!.worst).toBe(700n * UNIT);
    expect(holder.initial).toBe(20_000n * 700n * UNIT);
    expect(await caught((honest) => honest, [])).toEqual([]);
  });

  test("honest: a batch filled up with padding, whose part slots are unused", async () => {
    const padded = batches([partsShape, [holder]]);
    expect(padded[0]!.accounts[1]!.groups[1]!.parts!.map(({ part }) => part)).toEqual([255, 254, 253]);
    expect((await lyingEpoch(padded, { table: partsTable })).caught).toEqual([]);
    const [, empty] = padded[0]!.accounts as [AccountRecord, AccountRecord];
    const parts = replaced(empty.groups[0]!.parts!, 0, { part: 254, gains: [0n, 0n] });
    const lie = { ...empty, groups: replaced(empty.groups, 0, { ...empty.groups[0]!, parts }) };
    const { caught: by } = await lyingEpoch(
      withLie(padded, 0, 1, () => lie),
      { table: partsTable },
    );
    expect(by[0]).toMatch(/^step 0: /);
  });

  test("a part left out: balance", () =>
    caught(
      withParts(([, far, unused]) => [{ ...unused!, part: NULL_PART_TOP }, far!, unused!]),
      ["end: balance"],
    ));

  test("a part's loss under the number of another part, of none, or of an unused slot: balance", async () => {
    for (const part of [2, 3, 200, NULL_PART_TOP])
      await caught(
        withParts(([near, far, unused]) => [
          { ...near!, part },
          { ...far!, part: part === 2 ? 1 : far!.part },
          { ...unused!, part: NULL_PART_TOP - 2 },
        ]),
        ["end: balance"],
      );
  });

  test("a part given to another group of the account, where a gain stands against it: balance", () =>
    caught(
      (honest) => {
        const [a, unused] = honest.groups as [GroupResult, GroupResult];
        const [near, far, none] = a.parts as [PartResult, PartResult, PartResult];
        const moved = { ...unused, group: 3, factorBp: 0n, parts: [near, ...unused.parts!.slice(1)] };
        const left = { ...a, parts: [{ ...none, part: NULL_PART_TOP }, far, none] };
        return withGroups(honest, [groupOf(ownGains(a), left), groupOf([0n, 0n], moved)]);
      },
      ["end: balance"],
    ));

  test("a loss netted with another part's gain, as if both were one part: balance", () =>
    caught(
      withParts(([near, far, none]) => [
        { ...near!, gains: near!.gains.map((gain, s) => gain + far!.gains[s]!) },
        { ...far!, gains: [0n, 0n] },
        none!,
      ]),
      ["end: balance"],
    ));

  test("a loss moved to a scenario in which it costs nothing: balance", () =>
    caught(
      withParts(([near, ...rest]) => [{ ...near!, gains: [0n, -265n * UNIT] }, ...rest]),
      ["end: balance"],
    ));

  test("one part in two slots, one gaining what the other loses: the numbers must differ", async () => {
    const by = await caught(
      withParts(([near, far]) => [
        { part: 1, gains: near!.gains.map((gain) => gain - 500n * UNIT) },
        far!,
        { part: 1, gains: [500n * UNIT, 500n * UNIT] },
      ]),
      ["step 0: accounts"],
    );
    expect(by[0]).toMatch(/^step 0: .*accounts\[0\]\.parts\[0\]/);
  });

  /** The last part slot of a group says 0 and gains v everywhere; the group's own gains are v less, so that nothing is missing. */
  const numberedZero =
    (slot: number, v: bigint, factorBp?: bigint) =>
    (honest: AccountRecord): AccountRecord => {
      const group = honest.groups[slot]!;
      const parts = [...group.parts!.slice(0, -1), { part: 0, gains: group.slack.map(() => v) }];
      const own = ownGains(group).map((gain) => gain - v);
      const lie = groupOf(own, { ...group, parts, ...(factorBp === undefined ? {} : { factorBp }) });
      return withGroups(honest, replaced(honest.groups, slot, lie));
    };

  test.each([1n, (1n << 48n) - 1n])(
    "a part called 0, the group's own pole, to ask for %s more: no part is",
    async (v) => {
      expect(numberedZero(0, v)(holder).maintenance).toBe(holder.maintenance + v);
      const by = await caught(numberedZero(0, v), ["step 0: accounts"]);
      expect(by[0]).toMatch(/^step 0: .*accounts\[0\]\.parts\[0\]/);
    },
  );

  test.each([0n, (1n << 20n) - 1n])(
    "a part called 0 in an unused slot of an account that holds cash alone, factor %s: no part is",
    async (factorBp) => {
      const cash = partsRecord({ USDT: 5_000_000_000n }, 23n);
      const own = batches([partsShape, [cash, other]]);
      const lie = withLie(own, 0, 0, numberedZero(0, (1n << 48n) - 1n, factorBp));
      const { caught: by } = await lyingEpoch(lie, { table: partsTable });
      expect(by).toHaveLength(1);
      expect(by[0]).toMatch(/^step 0: .*accounts\[0\]\.parts\[0\]/);
    },
  );

  test("a gain that counts, or a loss that does not: the sign is that of the gain", async () => {
    const own = ownGains(holder.groups[0]!);
    // The exchange claims slacks as if the far part's gain counted.
    const better = own.map(
      (gain, s) => gain + holder.groups[0]!.parts![0]!.gains[s]! + [40n, 80n][s]! * UNIT,
    );
    const worst = -better[0]!;
    await caught(
      first((group) => ({ ...group, worst, slack: better.map((gain) => worst + gain) })),
      ["end: balance"],
    );
    // And as if the near part's loss did not.
    await caught(
      first((group) => ({ ...group, worst: 600n * UNIT, slack: own.map((gain) => 600n * UNIT + gain) })),
      ["end: balance"],
    );
  });

  test("a loss above the true one, to put an account into liquidation: balance", () =>
    caught(
      withParts(([near, ...rest]) => [{ ...near!, gains: near!.gains.map((gain) => gain - 1n) }, ...rest]),
      ["end: balance"],
    ));

  test.each([0n, 6_999n, 7_001n, (1n << 20n) - 1n])(
    "another initial factor, %s: balance",
    async (factorBp) => {
      await caught(
        first((group) => ({ ...group, factorBp })),
        ["end: balance"],
      );
    },
  );

  test("another factor for a group of which only a part is held: its pole holds the factor too", async () => {
    const alone = partsRecord({ USDT: 5_000_000_000n, ALONE: 100n }, 23n);
    expect(alone.groups[0]).toMatchObject({ group: 0, worst: 15n * UNIT, factorBp: 7_000n });
    const epoch = (account: AccountRecord) =>
      lyingEpoch(batches([partsShape, [account, other]]), { table: partsTable });
    expect((await epoch(alone)).caught).toEqual([]);
    const lie = withGroups(alone, replaced(alone.groups, 0, { ...alone.groups[0]!, factorBp: 0n }));
    expect((await epoch(lie)).caught).toEqual(["end: balance"]);
  });

  test("a part of no group held in an unused group slot: balance", () =>
    caught(
      (honest) => {
        const [a, unused] = honest.groups as [GroupResult, GroupResult];
        const parts = [{ part: 1, gains: [5n, -5n] }, ...unused.parts!.slice(1)];
        return withGroups(honest, [a, groupOf([0n, 0n], { ...unused, group: nullGroup(1), parts })]);
      },
      ["end: balance"],
    ));

  test("parts in another order are harmless: the group's value is a sum", () =>
    caught(
      withParts((parts) => [...parts].reverse()),
      [],
    ));

  test("parts chosen when all challenges are known: the leaf holds them", async () => {
    const lie = withParts(([near, ...rest]) => [{ ...near!, gains: [0n, 0n] }, ...rest]);
    const { caught: by } = await lyingEpoch(book, {
      table: partsTable,
      afterwards: (honest) => withLie(honest, 0, 0, lie),
    });
    expect(by).toContain("step 0: public signals");
  });
});
