import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { add, inverse, mul, sub } from "../../src/field/element.js";
import { FIELD_ORDER } from "../../src/field/order.js";
import type { AccountRecord } from "../../src/protocol/accountRecord.js";
import { addToTotals, afterBatch, afterTableStep, batchWeight, lanesEnd } from "../../src/protocol/chain.js";
import { toRecord } from "../../src/protocol/fitShape.js";
import { foldTable, stepRows } from "../../src/protocol/fold.js";
import { emptyAccount } from "../../src/protocol/leaf.js";
import { indexRows, laneQuantities, RowSums } from "../../src/protocol/rowSums.js";
import { ZERO_STATE, ZERO_TOTALS } from "../../src/protocol/state.js";
import { tableParts } from "../../src/protocol/tableParts.js";
import { evaluated, SMALL_SHAPE, SMALL_TABLE } from "./smallTable.js";

const CHALLENGES = { rho: 1009n, beta: 1013n, gamma: 1019n, tau: 1021n, r: 1031n, x: 1033n };
const { rho, beta, gamma, tau, r, x } = CHALLENGES;
const folded = foldTable(SMALL_TABLE, CHALLENGES);
const inverses = folded.map(({ lookupValue }) => inverse(sub(r, lookupValue)));
const rows = indexRows(SMALL_TABLE);
const TABLE = { rows, folded, inverses };
const field = (value: bigint): bigint => ((value % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER;

type Holdings = Readonly<Record<string, bigint>>;
const record = (holdings: Holdings, shape = SMALL_SHAPE): AccountRecord =>
  toRecord(SMALL_TABLE, shape, evaluated(holdings), 5n);
const PADDING = emptyAccount(SMALL_SHAPE, 6n);

/** The state after the account steps, and the rows' sums. */
function afterAccounts(batches: readonly (readonly AccountRecord[])[]) {
  let state = ZERO_STATE;
  const [totals, weights] = [new RowSums(folded.length), new RowSums(folded.length)];
  batches.forEach((accounts, index) => {
    state = afterBatch(state, { index, accounts }, TABLE, CHALLENGES);
    accounts.forEach((account, i) => {
      totals.addAccount(account, rows, 1n);
      weights.addAccount(account, rows, weightOf(index, i));
    });
  });
  return { state, totals, weights };
}
const weightOf = (batch: number, account: number): bigint =>
  Array.from({ length: account }).reduce<bigint>((weight) => mul(weight, rho), batchWeight(rho, batch));

/** The state after the table steps too, with rows in steps of `size`. */
function afterAll({ state, totals, weights }: ReturnType<typeof afterAccounts>, size: number) {
  let end = state;
  let lane = 1n;
  for (const part of tableParts(SMALL_TABLE, size, 16)) {
    const sums = [totals.step(part), weights.step(part)] as const;
    const rowsOfStep = stepRows(folded, part);
    const places = rowsOfStep.map(({ lookupValue }) => inverse(sub(r, lookupValue)));
    ({ state: end, laneEnd: lane } = afterTableStep(end, rowsOfStep, ...sums, places, lane, CHALLENGES));
  }
  return { end, lane };
}

const holdings = fc.record({
  USDT: fc.bigInt({ min: -100_000n, max: 100_000n }),
  PERP: fc.bigInt({ min: -300n, max: 300n }),
  CALL: fc.bigInt({ min: -9n, max: 9n }),
});

describe("the chain of states", () => {
  test("of an honest epoch ends at nothing, nothing, and the quantities that are published", () => {
    const books = fc.array(fc.array(holdings, { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(books, fc.integer({ min: 1, max: 12 }), (given, size) => {
        const batches = given.map((accounts) => [...accounts.map((each) => record(each)), PADDING]);
        const accounts = afterAccounts(batches);
        const { end, lane } = afterAll(accounts, size);
        expect([end.lookup, end.balance]).toEqual([0n, 0n]);
        const quantities = laneQuantities(SMALL_TABLE, accounts.totals);
        expect(end.lanes).toBe(lanesEnd(tau, quantities));
        expect(lane).toBe(lanesEnd(tau, [0n, 0n, 0n, 0n, 0n, 1n]));
        // Per instrument, longs and shorts, as the accounts hold them.
        const held = (symbol: "USDT" | "PERP" | "CALL", sign: bigint): bigint =>
          given.flat().reduce((sum, { [symbol]: q }) => (sign * q > 0n ? sum + sign * q : sum), 0n);
        const symbols = ["USDT", "PERP", "CALL"] as const;
        expect(quantities).toEqual(symbols.flatMap((symbol) => [held(symbol, 1n), held(symbol, -1n)]));
        expect(end.totals).toEqual(accounts.state.totals);
        expect(end.totals).toEqual(batches.flat().reduce(addToTotals, ZERO_TOTALS));
      }),
      { numRuns: 40 },
    );
  });

  test("does not end there when a table's sum is off by one, wherever", () => {
    const accounts = afterAccounts([[record({ USDT: 40n, PERP: 150n, CALL: -2n })]]);
    for (const kind of ["totals", "weights"] as const)
      for (const column of ["count", "offsets"] as const)
        for (const row of folded.keys()) {
          const sums = new RowSums(folded.length);
          for (const each of ["count", "offsets"] as const)
            accounts[kind][each].forEach((value, i) => {
              sums[each][i] = each === column && i === row ? add(value, 1n) : value;
            });
          const { end } = afterAll({ ...accounts, [kind]: sums }, 4);
          expect(end.lookup, `${kind} ${column} ${row}`).not.toBe(0n);
        }
  });

  test("a step adds an account's equation, weighted by its place: what it has and what it requires", () => {
    const given = { USDT: 1000n, PERP: -150n, CALL: 3n };
    const { equity, stressed, groups } = evaluated(given);
    const over = (value: bigint, group: number) => mul(field(value), inverse(sub(gamma, BigInt(group))));
    const folds = groups.map(({ group, gains }) =>
      over(
        gains.reduce((sum, gain, s) => sum + gain * beta ** BigInt(s), 0n),
        group,
      ),
    );
    // Of the holdings alone: 400 + 7 * 50 + 14 * 3, and 800 + 12 * 50 + 15 * 3.
    const equation = field(
      equity +
        792n * beta +
        14_450_000n * beta ** 2n +
        stressed.reduce((sum, value, z) => sum + (value - equity) * beta ** BigInt(3 + z), 0n) +
        folds.reduce(add, 0n),
    );
    const after = (batch: number, ...accounts: AccountRecord[]) =>
      afterBatch(ZERO_STATE, { index: batch, accounts }, TABLE, CHALLENGES);
    expect(after(0, record(given)).balance).toBe(equation);
    expect(after(2, PADDING, record(given)).balance).toBe(mul(batchWeight(rho, 2), mul(rho, equation)));
    expect(after(0, record(given), record(given)).balance).toBe(mul(equation, 1n + rho));
    expect(after(5, PADDING).balance).toBe(0n);
    const before = { ...ZERO_STATE, lookup: 7n, balance: 11n, lanes: 13n };
    const next = afterBatch(before, { index: 0, accounts: [PADDING] }, TABLE, CHALLENGES);
    expect([next.balance, next.lanes]).toEqual([11n, 13n]);
    expect(sub(next.lookup, 7n)).toBe(after(0, PADDING).lookup);
  });

  test("every slot adds its fraction, that of an empty slot too", () => {
    const fraction = (row: number, offset: bigint, weight: bigint) =>
      mul(mul(offset + x, add(weight, mul(x, x))), inverses[row]!);
    const slots = [
      [8, 50n],
      [2, 0n],
      [3, 1000n],
      [9, 3n],
      [0, 0n],
    ] as const;
    const sum = (weight: bigint) =>
      slots.reduce((total, [row, offset]) => add(total, fraction(row, offset, weight)), 0n);
    const account = record({ USDT: 1000n, PERP: -150n, CALL: 3n });
    const { state } = afterAccounts([[account, account]]);
    expect(state.lookup).toBe(add(sum(1n), sum(rho)));
  });

  test("a table step takes away what its rows' sums say, and counts lanes on from where the last one was", () => {
    const before = { ...ZERO_STATE, lookup: 7n, balance: 11n, lanes: 13n };
    const some = [folded[5]!, folded[6]!, folded[7]!];
    const totals = { count: [2n, 3n, 5n], offsets: [17n, 19n, 23n] };
    const weights = { count: [29n, 31n, 37n], offsets: [41n, 43n, 47n] };
    const { state, laneEnd } = afterTableStep(
      before,
      some,
      totals,
      weights,
      [53n, 59n, 61n],
      tau,
      CHALLENGES,
    );
    const all = [0, 1, 2].map((i) => ({
      count: totals.count[i]!,
      offsets: totals.offsets[i]!,
      weighted: weights.count[i]!,
      weightedOffsets: weights.offsets[i]!,
      place: [53n, 59n, 61n][i]!,
      row: some[i]!,
    }));
    const total = (of: (each: (typeof all)[number]) => bigint) =>
      all.reduce((sum, each) => sum + of(each), 0n);
    expect(state.lookup).toBe(
      field(
        7n -
          total(
            (s) => (x ** 3n * s.count + x ** 2n * s.offsets + x * s.weighted + s.weightedOffsets) * s.place,
          ),
      ),
    );
    expect(state.balance).toBe(
      field(11n - total((s) => s.row.foldBase * s.weighted + s.row.foldSlope * s.weightedOffsets)),
    );
    // PERP long is the lane after tau, short the next one; 100 is where its second bracket begins.
    expect(state.lanes).toBe(field(13n + tau ** 2n * (17n + 3n * 100n + 19n) + tau ** 3n * 23n));
    expect(laneEnd).toBe(tau ** 3n);
    expect(state.totals).toEqual(ZERO_TOTALS);
  });

  test("stressed bad debt is added up by place, places without a stress stay at nothing", () => {
    const after = addToTotals(ZERO_TOTALS, record({ USDT: 1n, CALL: -1n }, { ...SMALL_SHAPE, stress: 2 }));
    expect(after.stressBadDebt).toEqual([22n + 47n, 0n, 0n, 0n]);
    expect(addToTotals(after, record({ USDT: 1n, CALL: 1n })).stressBadDebt).toEqual([69n, 29n, 0n, 0n]);
    expect(ZERO_TOTALS.stressBadDebt).toEqual([0n, 0n, 0n, 0n]);
  });
});
