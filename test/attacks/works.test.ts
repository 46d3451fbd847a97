import { describe, expect, test } from "vitest";
import { MarginproofError } from "../../src/errors.js";
import { compileTable, parseMarket } from "../../src/market/index.js";
import type { AccountRecord } from "../../src/protocol/accountRecord.js";
import { NO_ACCOUNTS } from "../../src/protocol/bands.js";
import { MAX_QUANTITY, VALUE_BOUND } from "../../src/protocol/constants.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { toRecord, valueOutOfRange } from "../../src/protocol/fitShape.js";
import { emptyAccount } from "../../src/protocol/leaf.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";
import { batches, evaluator, groupShape, plainShape, record } from "../support/tinyEpoch.js";
import { TINY_MARKET, tinyTable } from "../support/tinyMarket.js";
import { lyingEpoch } from "./supportLyingEpoch.js";

/** The other side of the attacks: unusual honest accounts that every check must let through. */
async function passes(
  account: AccountRecord,
  shape = plainShape,
  table: RiskTable = tinyTable,
): Promise<void> {
  const { caught } = await lyingEpoch(batches([shape, [account]]), table === tinyTable ? {} : { table });
  expect(caught).toEqual([]);
}

describe("what must still work", () => {
  test("a quantity above the last published bracket's floor, far beyond", async () => {
    const whale = record(plainShape, { "BTC-PERP": 5_000_000n, USDT: 1n }, 1n);
    expect(whale.bracketed[0]!.key).toBe(274);
    await passes(whale);
  });

  test("the largest quantity of all, in the cheapest instrument", async () => {
    await passes(record(plainShape, { USDT: MAX_QUANTITY, "USDT-PNL": -MAX_QUANTITY }, 1n));
  });

  test("equity 0 is not bankrupt", async () => {
    const zero = record(plainShape, { USDT: 77n, "USDT-PNL": -77n }, 1n);
    expect(zero).toMatchObject({ equity: 0n, maintenance: 0n });
    const { commitments, caught } = await lyingEpoch(batches([plainShape, [zero]]));
    expect(caught).toEqual([]);
    expect(commitments.totals.bands).toEqual({ ...NO_ACCOUNTS, free: 1n });
  });

  test("equity equal to the maintenance requirement is not below it; one unit less is", async () => {
    const perp = { "BTC-PERP": -1n };
    const { equity, maintenance } = evaluator.evaluate(new Map(Object.entries(perp)));
    // 2_400_020_000 units of requirement and the position's value, in USDT steps of 10_000 units.
    const steps = (maintenance - equity) / 10_000n;
    expect((maintenance - equity) % 10_000n).toBe(0n);
    const exact = record(plainShape, { ...perp, USDT: steps }, 1n);
    const short = record(plainShape, { ...perp, USDT: steps - 1n }, 2n);
    expect(exact.equity).toBe(exact.maintenance);
    const { commitments, caught } = await lyingEpoch(batches([plainShape, [exact, short]]));
    expect(caught).toEqual([]);
    expect(commitments.totals.bands).toEqual({ ...NO_ACCOUNTS, reduceOnly: 1n, liquidation: 1n });
    expect(commitments.totals.shortfall).toBe(10_000n);
  });

  test("a negative price", async () => {
    const rows = tinyTable.rows.map((row) =>
      row.laneIndex === 6 || row.laneIndex === 7 ? { ...row, price: -row.price } : row,
    );
    const table = { ...tinyTable, rows };
    const holdings = new Map([
      ["BTC-PERP", 2000n],
      ["USDT", 9_000_000_000_000n],
    ]);
    const holder = toRecord(table, plainShape, new Evaluator(table).evaluate(holdings), 1n);
    expect(holder.equity).toBeLessThan(9_000_000_000_000n * 10_000n);
    await passes(holder, plainShape, table);
  });

  test("long and short in two instruments", () =>
    passes(record(plainShape, { BTC: 50_000n, "BTC-PERP": -500n }, 1n)));

  test("long and short in one instrument at once: both sides are charged", async () => {
    const long = record(plainShape, { "BTC-PERP": 900n }, 1n);
    const short = record(plainShape, { "BTC-PERP": -900n }, 1n);
    const both: AccountRecord = {
      ...long,
      bracketed: [long.bracketed[0]!, short.bracketed[0]!],
      equity: 0n,
      maintenance: long.maintenance + short.maintenance,
      initial: long.initial + short.initial,
      band: "liquidation",
      stressed: long.stressed.map((value, z) => value + short.stressed[z]!),
    };
    const { caught, commitments } = await lyingEpoch(batches([plainShape, [both]]));
    expect(caught).toEqual([]);
    expect(commitments.quantities[3]).toEqual({ long: 900n, short: 900n });
  });

  test("an account that holds nothing, and counts", async () => {
    for (const shape of [plainShape, groupShape]) {
      const { caught, commitments } = await lyingEpoch(
        batches([shape, [{ ...emptyAccount(shape, 9n), counted: true }]]),
      );
      expect(caught).toEqual([]);
      expect(commitments.totals.bands).toEqual({ ...NO_ACCOUNTS, free: 1n });
    }
  });

  test("a batch of padding alone counts nobody", async () => {
    const { caught, commitments } = await lyingEpoch(batches([groupShape, []]));
    expect(caught).toEqual([]);
    expect(commitments.totals.bands).toEqual(NO_ACCOUNTS);
  });

  test("a group in which no scenario loses", async () => {
    // A table in which the option gains everywhere: the worst loss is 0, and every slack a gain.
    const rows = tinyTable.rows.map((row) => ({
      ...row,
      groups: row.groups.map((g) => ({ ...g, gains: g.gains.map((v) => (v < 0n ? -v : v)) })),
    }));
    const table = { ...tinyTable, rows };
    const holder = toRecord(
      table,
      groupShape,
      new Evaluator(table).evaluate(new Map([["BTC-60000-C", 5n]])),
      1n,
    );
    expect(holder.groups[0]!.worst).toBe(0n);
    expect(holder.groups[0]!.slack.every((value) => value > 0n)).toBe(true);
    await passes(holder, groupShape, table);
  });

  test("equity and requirement at the edges of their range", async () => {
    // One step of USDT worth 2^20 units: equities of 2^72 - 2^20, and of -2^72 exactly.
    const rows = tinyTable.rows.map((row) =>
      row.laneIndex >= 0 && row.laneIndex <= 1 ? { ...row, price: 1n << 20n } : row,
    );
    const table = { ...tinyTable, rows };
    for (const holdings of [{ USDT: MAX_QUANTITY }, { USDT: -MAX_QUANTITY }]) {
      const evaluation = new Evaluator(table).evaluate(new Map(Object.entries(holdings)));
      expect(valueOutOfRange(evaluation)).toBeUndefined();
      await passes(toRecord(table, plainShape, evaluation, 1n), plainShape, table);
    }
  });
});

describe("what is refused by name instead of being proved wrongly", () => {
  const code = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      if (error instanceof MarginproofError) return error.code;
      throw error;
    }
    return "nothing";
  };

  test("a quantity of 2^52 steps", () => {
    expect(code(() => evaluator.evaluate(new Map([["USDT", MAX_QUANTITY + 1n]])))).toBe(
      "ACCOUNT_QUANTITY_TOO_LARGE",
    );
  });

  test("equity, initial requirement and stressed equity at 2^72 units; -2^72 still fits", () => {
    const evaluation = evaluator.evaluate(new Map());
    expect(valueOutOfRange({ ...evaluation, equity: VALUE_BOUND })).toMatch(/^equity is outside/);
    expect(valueOutOfRange({ ...evaluation, initial: 10_000n * VALUE_BOUND })).toMatch(
      /^the initial requirement is 2\^72/,
    );
    expect(valueOutOfRange({ ...evaluation, initial: 10_000n * VALUE_BOUND - 1n })).toBeUndefined();
    expect(valueOutOfRange({ ...evaluation, stressed: [0n, -VALUE_BOUND - 1n] })).toMatch(
      /^equity under stress 1/,
    );
    expect(valueOutOfRange({ ...evaluation, equity: -VALUE_BOUND, maintenance: 0n })).toBeUndefined();
  });

  test("an entry of the table beyond 72 bits", () => {
    const instruments = TINY_MARKET.instruments.map((i) =>
      i.symbol === "BTC-60000-C" ? { ...i, markPrice: "1000000000000000" } : i,
    );
    expect(code(() => compileTable(parseMarket({ ...TINY_MARKET, instruments })))).toBe("ENTRY_TOO_LARGE");
  });
});

test("a shape without a place for every stress scenario would leave debt out unseen: why the verifier refuses it", async () => {
  // Holders of cash alone don't move under stress, so no equation misses their stressed equity.
  const narrow = { ...plainShape, id: "accounts-a2-b2-f2-g0-s0-z1", stress: 1 };
  const bankrupt = record(plainShape, { "USDT-PNL": -500n }, 1n);
  const hiding = { ...bankrupt, stressed: bankrupt.stressed.slice(0, 1) };
  // Publishing totals as they come out: no circuit is needed to see that the chain closes.
  const { caught, commitments } = await lyingEpoch(batches([narrow, [hiding]]), { totals: (t) => t });
  expect(caught).toEqual([]);
  expect(commitments.totals.badDebt).toBe(5_000_000n);
  expect(commitments.totals.stressBadDebt.slice(0, 2)).toEqual([5_000_000n, 0n]);
  // verifyEpoch: SHAPE_STRESS, attacked with a whole bundle in bundle.test.ts.
});
