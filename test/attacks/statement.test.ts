import { describe, expect, test } from "vitest";
import { add, fromSigned, inverse, mul, sub } from "../../src/field/element.js";
import { compileTable, parseMarket } from "../../src/market/index.js";
import type { AccountRecord, Batch, GroupResult } from "../../src/protocol/accountRecord.js";
import { type BandCounts, bandCounts } from "../../src/protocol/bands.js";
import { batchWeight } from "../../src/protocol/chain.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { toRecord } from "../../src/protocol/fitShape.js";
import { foldTable } from "../../src/protocol/fold.js";
import { emptyAccount, nullGroup } from "../../src/protocol/leaf.js";
import type { Totals } from "../../src/protocol/state.js";
import { batches, groupShape, plainShape, record } from "../support/tinyEpoch.js";
import { TINY_MARKET, tinyTable } from "../support/tinyMarket.js";
import { honestBook, laneRows, rebanded, replaced, slotOf, withLie } from "./supportBook.js";
import { twoGroupShape } from "./supportCircuit.js";
import { addClaimed, bookPadding, claimedEquation, type Lies, lyingEpoch } from "./supportLyingEpoch.js";
import { twoGroupRecord, twoGroupTable } from "./supportTwoGroups.js";

/**
 * Attacks whose witnesses satisfy every circuit. Each expectation is the complete list of what catches the lie, so a
 * title that says "balance" means: nothing else would have caught it, and the balance does.
 */
const book = honestBook();

/** Expects that exactly these checks fail for this book and these lies. */
async function caught(lying: readonly Batch[], expected: readonly string[], lies: Lies = {}): Promise<void> {
  expect((await lyingEpoch(lying, lies)).caught).toEqual(expected);
}

const group = (
  account: AccountRecord,
  lie: (honest: GroupResult) => Partial<GroupResult>,
): AccountRecord => ({
  ...account,
  groups: replaced(account.groups, 0, { ...account.groups[0]!, ...lie(account.groups[0]!) }),
});

/** An account with worse or better worst losses: maintenance and initial requirement follow, gains stay true. */
const withWorst = (account: AccountRecord, change: bigint): AccountRecord => ({
  ...group(account, ({ worst, slack }) => ({
    worst: worst + change,
    slack: slack.map((value) => value + change),
  })),
  maintenance: account.maintenance + change,
  initial: account.initial + tinyTable.imfBp * change,
});

test("the honest book passes: the harness accuses nobody", () => caught(book, []));

describe("results that the holdings do not give", () => {
  test.each<[string, (honest: AccountRecord) => AccountRecord]>([
    ["equity one unit up", (a) => ({ ...a, equity: a.equity + 1n })],
    ["equity one unit down", (a) => ({ ...a, equity: a.equity - 1n })],
    [
      "equity and requirement up together, stressed equity kept",
      (a) => ({ ...a, equity: a.equity + 1n, maintenance: a.maintenance + 1n }),
    ],
    ["maintenance requirement one unit down", (a) => ({ ...a, maintenance: a.maintenance - 1n })],
    ["maintenance requirement one unit up", (a) => ({ ...a, maintenance: a.maintenance + 1n })],
    ["maintenance requirement zero", (a) => ({ ...a, maintenance: 0n })],
    ["maintenance requirement negative", (a) => ({ ...a, maintenance: -a.maintenance })],
    ["initial requirement one ten-thousandth of a unit down", (a) => ({ ...a, initial: a.initial - 1n })],
    ["initial requirement -1, which is p - 1", (a) => ({ ...a, initial: -1n })],
    [
      "equity under the first stress scenario one unit up",
      (a) => ({ ...a, stressed: replaced(a.stressed, 0, a.stressed[0]! + 1n) }),
    ],
    [
      "equity under the last stress scenario one unit up",
      (a) => ({ ...a, stressed: replaced(a.stressed, 1, a.stressed[1]! + 1n) }),
    ],
    ["stress results exchanged", (a) => ({ ...a, stressed: [...a.stressed].reverse() })],
    ["equity sign flipped, same magnitude", (a) => ({ ...a, equity: -a.equity - 1n })],
  ])("%s: balance", async (_, lie) => {
    const consistent = (honest: AccountRecord) => rebanded(lie(honest));
    await caught(withLie(book, 0, 1, consistent), ["end: balance"]);
    await caught(withLie(book, 1, 0, consistent), ["end: balance"]);
  });

  test("equity moved from one account to another, every published total true: balance (rho)", () => {
    const moved = withLie(
      withLie(book, 1, 0, (a) => ({ ...a, equity: a.equity - 7n, maintenance: a.maintenance - 7n })),
      1,
      1,
      (a) => ({
        ...a,
        equity: a.equity + 7n,
        maintenance: a.maintenance + 7n,
      }),
    );
    return caught(moved, ["end: balance"]);
  });

  test("requirement paid for with equity inside one account: balance (beta)", () =>
    caught(
      withLie(book, 0, 1, (a) => ({ ...a, equity: a.equity + 5n, maintenance: a.maintenance - 5n })),
      ["end: balance"],
    ));
});

describe("risk groups", () => {
  const writer = book[1]!.accounts[0]!;

  test("one scenario's loss understated: balance", () => {
    const lie = (a: AccountRecord) =>
      group(a, ({ slack }) => ({ slack: replaced(slack, 1, slack[1]! + 1n) }));
    return caught(withLie(book, 1, 0, lie), ["end: balance"]);
  });

  test("worst loss one unit down, with the worst scenario's gain bent to fit: balance", () => {
    const lie = (a: AccountRecord) => ({
      ...group(a, ({ worst, slack }) => ({
        worst: worst - 1n,
        slack: slack.map((v) => (v === 0n ? 0n : v - 1n)),
      })),
      maintenance: a.maintenance - 1n,
      initial: a.initial - tinyTable.imfBp,
    });
    return caught(withLie(book, 1, 0, lie), ["end: balance"]);
  });

  test("worst loss one unit up, gains true: no scenario attains it (product)", async () => {
    const { caught: by } = await lyingEpoch(withLie(book, 1, 0, (a) => withWorst(a, 1n)));
    expect(by).toEqual([expect.stringMatching(/^step 1: .*accounts\[0\]\.worstLoss\[0\]\.product/)]);
  });

  test("worst loss said to be zero, gains true up to a shift: balance", () => {
    const zero = (a: AccountRecord): AccountRecord => ({
      ...group(a, () => ({ worst: 0n, slack: a.groups[0]!.slack.map(() => 0n) })),
      maintenance: a.maintenance - a.groups[0]!.worst,
      initial: a.initial - tinyTable.imfBp * a.groups[0]!.worst,
    });
    return caught(
      withLie(book, 1, 0, (a) => rebanded(zero(a))),
      ["end: balance"],
    );
  });

  test("group omitted (an unused place in its stead): balance", () => {
    const omitted: AccountRecord = {
      ...writer,
      groups: emptyAccount(groupShape, 0n).groups,
      maintenance: writer.maintenance - writer.groups[0]!.worst,
      initial: writer.initial - tinyTable.imfBp * writer.groups[0]!.worst,
    };
    return caught(
      withLie(book, 1, 0, () => rebanded(omitted)),
      ["end: balance"],
    );
  });

  test("account with a group's instruments put in a shape without group places: balance", () => {
    const { bracketed, flat, equity, stressed, tag, band } = writer;
    const own = {
      maintenance: writer.maintenance - writer.groups[0]!.worst,
      initial: writer.initial - tinyTable.imfBp * writer.groups[0]!.worst,
    };
    const hidden: AccountRecord = {
      tag,
      counted: true,
      bracketed,
      flat,
      groups: [],
      equity,
      stressed,
      band,
      ...own,
    };
    return caught(
      [book[0]!, ...batches([plainShape, [rebanded(hidden)]]).map((b) => ({ ...b, index: 1 }))],
      ["end: balance"],
    );
  });

  test.each([
    ["of no group", 77],
    ["that marks an unused place", nullGroup(0)],
    ["just above the market's groups", tinyTable.groupScenarios.length],
  ])("true gains under a number %s: balance (gamma)", (_, number) =>
    caught(
      withLie(book, 1, 0, (a) => group(a, () => ({ group: number }))),
      ["end: balance"],
    ),
  );

  test("a loss in an unused group place, to move the requirement: balance", () => {
    const lie = (a: AccountRecord) => ({
      ...group(a, () => ({ worst: 3n, slack: [0n, 3n, 3n, 3n] })),
      maintenance: 3n,
      initial: 3n * tinyTable.imfBp,
    });
    const single = batches([groupShape, [record(groupShape, { USDT: 100n }, 5n)]]);
    return caught(withLie(single, 0, 0, lie), ["end: balance"]);
  });

  describe("two group places", () => {
    const honest = twoGroupRecord(twoGroupShape, { USDT: 9_000_000_000n, "BTC-60000-C": -150n }, 21n);
    const both = twoGroupRecord(twoGroupShape, { "BTC-60000-C": -150n, "ETH-4000-P": -100n }, 22n);
    const pair = (a: AccountRecord): Batch[] => batches([twoGroupShape, [a, both]]);
    const table = { table: twoGroupTable };

    test("honest accounts of the wider shape pass", () => caught(pair(honest), [], table));

    test("a doubled group, its loss halved in each place: group numbers differ (Distinct)", async () => {
      const half = honest.groups[0]!;
      const doubled = {
        ...honest,
        groups: [0, 1].map(() => ({ ...half, worst: half.worst / 2n, slack: half.slack.map((v) => v / 2n) })),
      };
      expect((half.worst % 2n) + half.slack.reduce((sum, v) => sum + (v % 2n), 0n)).toBe(0n);
      const { caught: by } = await lyingEpoch(pair(doubled), table);
      expect(by).toEqual([expect.stringMatching(/^step 0: .*accounts\[0\]\.groupIds\./)]);
    });

    test("a doubled group, split so that the scenarios' losses no longer meet: Distinct", async () => {
      // Each place takes the gains of two scenarios: neither sees the true worst loss alone.
      const { worst, slack } = honest.groups[0]!;
      const gains = slack.map((value) => value - worst);
      const part = (keep: (s: number) => boolean): GroupResult => {
        const own = gains.map((gain, s) => (keep(s) ? gain : 0n));
        let loss = 0n;
        for (const gain of own) if (loss + gain < 0n) loss = -gain;
        return { group: 0, worst: loss, slack: own.map((gain) => loss + gain) };
      };
      const groups = [part((s) => s < 2), part((s) => s >= 2)];
      const change = groups[0]!.worst + groups[1]!.worst - worst;
      const split = {
        ...honest,
        groups,
        maintenance: honest.maintenance + change,
        initial: honest.initial + tinyTable.imfBp * change,
      };
      const { caught: by } = await lyingEpoch(pair(split), table);
      expect(by).toEqual([expect.stringMatching(/^step 0: .*accounts\[0\]\.groupIds\./)]);
    });

    test("one group's gains hidden in another group's place: balance (gamma)", () => {
      const merged = (a: AccountRecord): AccountRecord => ({
        ...a,
        groups: [a.groups[1]!, a.groups[0]!].map((g, n) => ({ ...g, group: n })),
      });
      return caught(withLie(pair(honest), 0, 1, merged), ["end: balance"], table);
    });

    test("numbers in another order than the market's are harmless: the equation is a sum", () => {
      const turned = (a: AccountRecord): AccountRecord => ({ ...a, groups: [...a.groups].reverse() });
      return caught(withLie(pair(honest), 0, 1, turned), [], table);
    });
  });
});

describe("places of a shape beyond the market's", () => {
  const option = TINY_MARKET.instruments.find(({ symbol }) => symbol === "BTC-60000-C")!;
  const cash = TINY_MARKET.instruments.find(({ symbol }) => symbol === "USDT")!;
  const narrow = compileTable(
    parseMarket({
      ...TINY_MARKET,
      groups: [{ name: "BTC options", scenarios: ["-20%", "+20%"] }],
      stress: [{ name: "BTC -30%" }],
      reserves: {},
      instruments: [
        cash,
        { ...option, scenarioGains: { "BTC options": ["-2900.1", "8800.4"] }, stressGains: ["-3000"] },
      ],
    }),
  );
  const evaluation = new Evaluator(narrow).evaluate(new Map([["BTC-60000-C", -150n]]));
  const writer = toRecord(narrow, groupShape, evaluation, 31n);
  const withNarrow = (account: AccountRecord, expected: readonly string[]) =>
    caught(batches([groupShape, [account]]), expected, { table: narrow });

  test("an honest account leaves them empty", () => {
    expect(writer.groups[0]!.slack.slice(2)).toEqual([writer.groups[0]!.worst, writer.groups[0]!.worst]);
    expect(writer.stressed[1]).toBe(writer.equity);
    return withNarrow(writer, []);
  });

  test("a gain in a scenario that the group does not have: balance", () => {
    const lie = group(writer, ({ slack }) => ({ slack: replaced(slack, 3, slack[3]! + 1n) }));
    return withNarrow(lie, ["end: balance"]);
  });

  test("a true gain moved to a scenario that the group does not have: balance", () => {
    const lie = group(writer, ({ slack }) => ({ slack: [slack[0]!, slack[2]!, slack[1]!, slack[3]!] }));
    return withNarrow(lie, ["end: balance"]);
  });

  test("equity changed under a stress scenario that the market does not have: balance", () =>
    withNarrow({ ...writer, stressed: replaced(writer.stressed, 1, writer.equity + 1n) }, ["end: balance"]));
});

describe("positions", () => {
  /** Replaces the bankrupt account's perpetual slot. */
  const perp = (
    slot: { key?: number; offset?: bigint; complement?: bigint },
    results: Partial<AccountRecord> = {},
  ): Batch[] =>
    withLie(book, 0, 1, (a) => {
      const found = slotOf(a, "BTC-PERP", "long");
      return { ...a, bracketed: replaced(a.bracketed, found.at, { ...found.slot, ...slot }), ...results };
    });
  const lanes = laneRows("BTC-PERP", "long");

  test("wrong bracket, too low: a + c can't be the lower bracket's width (lookup)", () => {
    const low = lanes[0]!.row;
    const requirement = { maintenance: low.slope * 1000n, initial: 10_000n * low.initialSlope * 1000n };
    return caught(perp({ key: low.key, offset: 1000n, complement: 0n }, requirement), ["end: lookup"]);
  });

  test("wrong bracket, too high, at its lower bound: another quantity, so other results (balance)", () => {
    const high = lanes[2]!.row;
    return caught(perp({ key: high.key, offset: 0n, complement: high.width }), ["end: balance"]);
  });

  test.each([
    ["the offset one beyond the width", 9166n, 0n],
    ["offset and complement below the width", 166n, 8998n],
    ["offset and complement beyond the width", 166n, 9000n],
    ["offset and complement both the largest", (1n << 52n) - 1n, (1n << 52n) - 1n],
    ["no complement", 166n, 0n],
  ])("a + c is not the width: %s (lookup)", async (_, offset, complement) => {
    const { caught: by } = await lyingEpoch(perp({ offset, complement }));
    expect(by).toContain("end: lookup");
    expect(by.filter((name) => name.startsWith("step"))).toEqual([]);
  });

  test("an offset at the width is honest: the last quantity of the bracket", () => {
    const holder = record(plainShape, { "BTC-PERP": 834n + 9165n }, 31n);
    expect(holder.bracketed[0]).toMatchObject({ offset: 9165n, complement: 0n });
    return caught(batches([plainShape, [holder]]), []);
  });

  test.each([
    ["bracket that its lane does not have", 272 + 3, 9165n],
    ["lane that the table does not have", 16 * 300, 0n],
    ["null lane's second bracket", 1, 0n],
    ["largest key", 65_535, 0n],
  ])("a key outside the table: %s (lookup)", (_, key, width) =>
    caught(perp({ key, offset: 0n, complement: width }, { ...withoutPerp }), ["end: lookup"]),
  );

  test("a key outside the table whose sums are booked under a row: lookup", () =>
    caught(perp({ key: 4000, offset: 166n, complement: 8999n }), ["end: lookup"], {
      rowSums: (sums, rows) => {
        const row = rows.bracketed.get(273)!;
        sums.count[row]! += 1n;
        sums.offsets[row]! += 166n;
      },
      weights: (sums, rows, { rho }) => {
        const row = rows.bracketed.get(273)!;
        sums.count[row] = add(sums.count[row]!, rho);
        sums.offsets[row] = add(sums.offsets[row]!, mul(rho, 166n));
      },
    }));

  const withoutPerp = ((): Partial<AccountRecord> => {
    const { equity, maintenance, initial, stressed } = record(
      plainShape,
      { USDT: 60_000_000n, "USDT-PNL": -60_500_500_000n },
      1n,
    );
    return { equity, maintenance, initial, stressed };
  })();

  test("a bracketed key in a flat slot, to escape the higher brackets: lookup (the mark)", () =>
    caught(
      withLie(book, 0, 1, (a) => ({
        ...a,
        ...record(plainShape, { USDT: 60_000_000n }, 1n),
        tag: a.tag,
        bracketed: emptyAccount(plainShape, 0n).bracketed,
        flat: [slotOf(a, "USDT", "long").slot, { key: lanes[0]!.row.key, offset: 1000n, complement: 0n }],
      })),
      ["end: lookup"],
    ));

  test("a flat key in a bracketed slot: lookup", () =>
    caught(perp({ key: 1, offset: 5n, complement: (1n << 52n) - 6n }, withoutPerp), ["end: lookup"]));

  test("a quantity in an empty flat slot, with N and A to match: lanes (tau^0)", () =>
    caught(
      withLie(batches([plainShape, [record(plainShape, { USDT: 5n }, 41n)]]), 0, 0, (a) => ({
        ...a,
        flat: [a.flat[0]!, { key: 0, offset: 9n, complement: 0n }],
      })),
      ["end: lanes"],
    ));

  test("a quantity in an empty bracketed slot: a null row has width 0 (lookup)", () =>
    caught(
      withLie(book, 0, 1, (a) => ({
        ...a,
        bracketed: [a.bracketed[0]!, { key: 16, offset: 9n, complement: 0n }],
      })),
      ["end: lookup", "end: lanes"],
    ));

  test("a holding given to another account, results kept: balance", () => {
    const usdt = (a: AccountRecord, steps: bigint): AccountRecord => {
      const { at, slot } = slotOf(a, "USDT", "long");
      return { ...a, flat: replaced(a.flat, at, { ...slot, offset: slot.offset + steps }) };
    };
    return caught(
      withLie(
        withLie(book, 1, 0, (a) => usdt(a, -1n)),
        1,
        1,
        (a) => usdt(a, 1n),
      ),
      ["end: balance"],
    );
  });

  test("a holding given to another account, weighted sums kept as they were: lookup and nothing else", () => {
    const usdt = (a: AccountRecord, steps: bigint): AccountRecord => {
      const { at, slot } = slotOf(a, "USDT", "long");
      return { ...a, flat: replaced(a.flat, at, { ...slot, offset: slot.offset + steps }) };
    };
    const moved = withLie(
      withLie(book, 1, 0, (a) => usdt(a, -1n)),
      1,
      1,
      (a) => usdt(a, 1n),
    );
    return caught(moved, ["end: lookup"], {
      weights: (sums, rows, { rho }) => {
        const row = rows.flat.get(1)!;
        const second = batchWeight(rho, 1);
        sums.offsets[row] = sub(add(sums.offsets[row]!, second), mul(second, rho));
      },
    });
  });

  test("one bracketed lane in two slots, to be charged at the lowest bracket: Distinct", async () => {
    const low = lanes[0]!.row;
    const half = { key: low.key, offset: 500n, complement: low.width - 500n };
    const split = withLie(book, 0, 1, (a) => ({
      ...a,
      bracketed: [half, half],
      maintenance: low.slope * 1000n,
      initial: 10_000n * low.initialSlope * 1000n,
    }));
    const { caught: by } = await lyingEpoch(split);
    expect(by).toEqual([expect.stringMatching(/^step 0: .*accounts\[1\]\.lanes\./)]);
    const { caught: stillBy } = await lyingEpoch(split, {
      forced: (step) => (step === 0 ? { "accounts[1].lanes.inverse": 1n } : {}),
    });
    expect(stillBy).toEqual([expect.stringMatching(/^step 0: .*accounts\[1\]\.lanes\./)]);
  });

  test("two brackets of one lane in two slots: Distinct", async () => {
    const [low, middle] = [lanes[0]!.row, lanes[1]!.row];
    const split = withLie(book, 0, 1, (a) => ({
      ...a,
      bracketed: [
        { key: low.key, offset: 166n, complement: low.width - 166n },
        { key: middle.key, offset: 0n, complement: middle.width },
      ],
      maintenance: low.slope * 166n + middle.base,
      initial: 10_000n * (low.initialSlope * 166n + middle.initialBase),
    }));
    const { caught: by } = await lyingEpoch(split);
    expect(by).toEqual([expect.stringMatching(/^step 0: .*accounts\[1\]\.lanes\./)]);
  });

  test("a lane in the first and third of three bracketed slots: Distinct sees every pair", async () => {
    const low = laneRows("BTC-PERP", "long")[0]!.row;
    const half = { key: low.key, offset: 500n, complement: low.width - 500n };
    const honest = twoGroupRecord(twoGroupShape, { "BTC-PERP": 1000n, BTC: 3n }, 23n);
    const btc = honest.bracketed[0]!;
    const split: AccountRecord = {
      ...honest,
      bracketed: [half, btc, half],
      maintenance: low.slope * 1000n + laneRows("BTC", "long")[0]!.row.slope * 3n,
      initial: 10_000n * (low.initialSlope * 1000n + laneRows("BTC", "long")[0]!.row.initialSlope * 3n),
    };
    const { caught: by } = await lyingEpoch(batches([twoGroupShape, [split]]), { table: twoGroupTable });
    expect(by).toEqual([expect.stringMatching(/^step 0: .*accounts\[0\]\.lanes\./)]);
  });

  test("a flat lane in two slots is harmless: it is linear and starts at 0", () => {
    const split = batches([plainShape, [record(plainShape, { USDT: 9n }, 42n)]]);
    return caught(
      withLie(split, 0, 0, (a) => ({
        ...a,
        flat: [
          { key: 1, offset: 4n, complement: 0n },
          { key: 1, offset: 5n, complement: 0n },
        ],
      })),
      [],
    );
  });
});

describe("sums over accounts and rows", () => {
  const withCounts = (totals: Totals, change: Partial<BandCounts>): Totals => ({
    ...totals,
    bands: bandCounts((band) => totals.bands[band] + (change[band] ?? 0n)),
  });
  test.each<[string, Lies["totals"]]>([
    ["an account left out of the published count", (t) => withCounts(t!, { free: -1n })],
    ["an account counted twice", (t) => withCounts(t!, { free: 1n })],
    ["an account moved to the next better band", (t) => withCounts(t!, { bankrupt: -1n, liquidation: 1n })],
    ["an account moved to the best band", (t) => withCounts(t!, { bankrupt: -1n, free: 1n })],
    ["an account moved to the worst band", (t) => withCounts(t!, { bankrupt: 1n, free: -1n })],
    ["positive equity one unit up", (t) => ({ ...t!, positiveEquity: t!.positiveEquity + 1n })],
    ["bad debt zero", (t) => ({ ...t!, badDebt: 0n })],
    [
      "bad debt and positive equity both smaller",
      (t) => ({ ...t!, badDebt: t!.badDebt - 1n, positiveEquity: t!.positiveEquity - 1n }),
    ],
    ["maintenance one unit down", (t) => ({ ...t!, maintenance: t!.maintenance - 1n })],
    ["shortfall zero", (t) => ({ ...t!, shortfall: 0n })],
    ["initial one ten-thousandth of a unit down", (t) => ({ ...t!, initial: t!.initial - 1n })],
    [
      "bad debt under the first stress zero",
      (t) => ({ ...t!, stressBadDebt: replaced(t!.stressBadDebt, 0, 0n) }),
    ],
    [
      "bad debt under the last stress zero",
      (t) => ({ ...t!, stressBadDebt: replaced(t!.stressBadDebt, 1, 0n) }),
    ],
    [
      "bad debt in a stress place that the market does not use",
      (t) => ({ ...t!, stressBadDebt: replaced(t!.stressBadDebt, 3, 1n) }),
    ],
  ])("published totals: %s (last state)", (_, totals) => caught(book, ["end: totals"], { totals: totals! }));

  test("published long and short open interest both lower: lanes", () =>
    caught(book, ["end: lanes"], {
      quantities: (lanes) => {
        lanes[6]! -= 1n;
        lanes[7]! -= 1n;
      },
    }));

  test("a customer liability moved between assets: lanes", () =>
    caught(book, ["end: lanes"], {
      quantities: (lanes) => {
        lanes[0]! -= 1n;
        lanes[4]! += 1n;
      },
    }));

  test("an account's slots left out of the row sums, published quantities smaller: lookup (and its equation)", () => {
    const [hidden] = book[1]!.accounts;
    const lies = (minus: AccountRecord): Lies => ({
      rowSums: (sums, rows) => addClaimed(sums, minus, rows, fromSigned(-1n)),
    });
    return caught(book, ["end: lookup"], lies(hidden!));
  });

  test("offsets shifted between rows of one lane, the lane's total kept: lookup", () =>
    caught(book, ["end: lookup"], {
      rowSums: (sums) => {
        sums.offsets[25]! += 3n;
        sums.offsets[26] = sub(sums.offsets[26]!, 3n);
      },
    }));

  test("a phantom slot in an unused row: lookup", () =>
    caught(book, ["end: lookup"], { rowSums: (sums) => (sums.count[26]! += 1n) }));

  test("a phantom offset in an unused row: lookup", () =>
    caught(book, ["end: lookup"], { rowSums: (sums) => (sums.offsets[26]! += 10n) }));

  test("count and offsets traded within a row (lo times one slot for offsets), lane total kept: lookup", () =>
    caught(book, ["end: lookup"], {
      rowSums: (sums) => {
        sums.count[25]! -= 1n;
        sums.offsets[25]! += 834n;
      },
    }));
});

describe("what is fixed before which challenge", () => {
  test("equity up after rho, balanced by a weighted sum chosen to fit: lookup (r, x come after the weights)", () =>
    caught(
      withLie(book, 0, 1, (a) => ({ ...a, equity: a.equity + 1n, stressed: a.stressed.map((v) => v + 1n) })),
      ["end: lookup"],
      {
        weights: (sums, rows, challenges) => {
          const row = rows.bracketed.get(256)!;
          const { foldSlope } = foldTable(tinyTable, challenges)[row]!;
          // Account 1 has weight rho; its equation is 1 too large, now so are the table's.
          sums.offsets[row] = add(sums.offsets[row]!, mul(challenges.rho, inverse(foldSlope)));
        },
      },
    ));

  test("equity up and IMR bent to balance it, before the challenges are known: balance", () =>
    caught(
      withLie(book, 0, 1, (a) => ({ ...a, equity: a.equity + 1n, initial: fromSigned(a.initial - 1n) })),
      ["end: balance"],
    ));

  test("equity up and IMR bent after the challenges: the chain closes, but the leaves are not the committed ones", async () => {
    const lie = (b: readonly Batch[], { beta }: { beta: bigint }): Batch[] =>
      withLie(b, 0, 1, (a) => ({
        ...a,
        equity: a.equity + 1n,
        maintenance: a.maintenance + 1n,
        stressed: a.stressed.map((v) => v + 1n),
        initial: add(a.initial, mul(fromSigned(-1n), add(inverse(mul(beta, beta)), inverse(beta)))),
      }));
    // The totals are published before the challenges, so for this lie they are guessed right in advance.
    const { caught: by } = await lyingEpoch(book, {
      afterwards: lie,
      totals: (t) => ({ ...t, badDebt: t.badDebt - 1n, maintenance: t.maintenance + 1n }),
    });
    expect(by).toEqual(["step 0: public signals", "end: totals"]);
  });

  test("the same bending, then committed: the challenges change with it", async () => {
    const { challenges } = await lyingEpoch(book);
    const beta2 = mul(challenges.beta, challenges.beta);
    const bent = withLie(book, 0, 1, (a) => ({
      ...a,
      equity: a.equity + 1n,
      maintenance: a.maintenance + 1n,
      stressed: a.stressed.map((v) => v + 1n),
      initial: sub(a.initial, add(inverse(beta2), inverse(challenges.beta))),
    }));
    const account = bent[0]!.accounts[1]!;
    const honest = book[0]!.accounts[1]!;
    const equation = (a: AccountRecord): bigint =>
      claimedEquation(a, tinyTable.imfBp, challenges.beta, challenges.gamma);
    expect(equation(account)).toBe(equation(honest));
    await caught(bent, ["end: balance"]);
  });

  test("a batch's accounts exchanged after the challenges: public leaf root", async () => {
    const turned = (b: readonly Batch[]): Batch[] =>
      b.map((part, i) => (i === 0 ? { ...part, accounts: [...part.accounts].reverse() } : part));
    const { caught: by } = await lyingEpoch(book, { afterwards: turned });
    expect(by).toEqual(["step 0: public signals", "end: lookup", "end: balance"]);
  });

  test("two batches under one index, a lie in each that cancels there: the verifier derives rhoStart", async () => {
    const shift =
      (by: bigint) =>
      (a: AccountRecord): AccountRecord => ({
        ...a,
        equity: a.equity + by,
        maintenance: a.maintenance + by,
        stressed: a.stressed.map((v) => v + by),
      });
    const twin = withLie(withLie(book, 0, 1, shift(1n)), 1, 1, shift(-1n));
    const { caught: by } = await lyingEpoch(twin, { weightIndex: () => 0 });
    // Under equal weights nothing else notices.
    expect(by).toEqual(["step 1: public signals"]);
    await caught(twin, ["end: balance"]);
  });

  test("batches weighted in each other's place: public rhoStart", async () => {
    const { caught: by } = await lyingEpoch(book, { weightIndex: (batch) => 1 - batch });
    expect(by).toEqual(["step 0: public signals", "step 1: public signals"]);
  });
});

describe("padding rows of the last table step", () => {
  const table = { table: twoGroupTable };
  const holder = batches([twoGroupShape, [twoGroupRecord(twoGroupShape, { USDT: 7n }, 51n)]]);

  test.each(["count", "offsets"] as const)(
    "%s above zero in a padding row, committed and published: lookup",
    async (column) => {
      const outcome = await lyingEpoch(holder, {
        ...table,
        rowSums: (sums) => bookPadding(sums, column, () => 5n),
        quantities: (lanes) => {
          if (column === "offsets") lanes[lanes.length - 1]! += 5n;
        },
      });
      expect(outcome.caught).toEqual(["end: lookup"]);
    },
  );
});
