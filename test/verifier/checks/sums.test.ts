import { describe, expect, test } from "vitest";
import { NO_ACCOUNTS } from "../../../src/protocol/bands.js";
import { type Totals, ZERO_TOTALS } from "../../../src/protocol/state.js";
import type { Statement } from "../../../src/protocol/statement.js";
import { assertSums, checkSums } from "../../../src/verifier/checks/sums.js";
import type { TrustedKeys } from "../../../src/verifier/checks/trustedKeys.js";
import { tinyTable } from "../../support/tinyMarket.js";

/** Two of five accounts below maintenance, one of them owing 5 units; 3 steps of USDT, worth 10,000 units each. */
const HONEST: Totals = {
  ...ZERO_TOTALS,
  bands: { ...NO_ACCOUNTS, bankrupt: 1n, liquidation: 1n, free: 3n },
  positiveEquity: 30_005n,
  badDebt: 5n,
  maintenance: 100n,
  shortfall: 16n,
  initial: 1_000_000n,
};
const quantities = tinyTable.instruments.map(({ symbol }) => ({
  long: symbol === "USDT" ? 3n : 0n,
  short: 0n,
}));
const check = (change: Partial<Totals>, places = 5n) =>
  assertSums({ totals: { ...HONEST, ...change }, quantities }, tinyTable, places);
const bands = (change: object) => ({ bands: { ...HONEST.bands, ...change } });

describe("published sums", () => {
  test("honest ones agree, and so do those of nobody", () => {
    expect(() => check({})).not.toThrow();
    const nobody = { ...ZERO_TOTALS, positiveEquity: 30_000n };
    expect(() => check(nobody, 0n)).not.toThrow();
  });

  test("no more accounts are counted than the batches have places", () => {
    const batches = (...accounts: number[]) =>
      ({ batches: accounts.map((n) => ({ shape: { accounts: n } })) }) as unknown as TrustedKeys;
    const statement = { totals: HONEST, quantities } as unknown as Statement;
    expect(checkSums(statement, tinyTable, batches(2, 3))).toMatchObject({ value: 5n });
    expect(() => checkSums(statement, tinyTable, batches(2, 2))).toThrow("have room for 4");
  });

  test("the least bad debt and shortfall that the bands allow: a unit for each account", () => {
    const least = { positiveEquity: 30_001n, badDebt: 1n, shortfall: 2n };
    expect(() => check(least)).not.toThrow();
    expect(() => check({ ...least, shortfall: 1n })).toThrow(expect.objectContaining({ code: "SUM_ORDER" }));
    expect(() => check({ ...least, positiveEquity: 30_000n, badDebt: 0n })).toThrow(
      expect.objectContaining({ code: "SUM_ORDER" }),
    );
  });

  test("short quantities count against long ones, each instrument at its own price", () => {
    const book = quantities.map((each, i) =>
      tinyTable.instruments[i]!.symbol === "BTC" ? { long: 1n, short: 4n } : each,
    );
    const { longLane } = tinyTable.instruments.find(({ symbol }) => symbol === "BTC")!;
    const { price } = tinyTable.rows[tinyTable.lanes[longLane]!.firstRow]!;
    expect(price).toBeGreaterThan(0n);
    const totals = { ...HONEST, badDebt: 3n * price - 30_000n + HONEST.positiveEquity };
    const run = (badDebt: bigint) =>
      assertSums(
        { totals: { ...totals, badDebt, shortfall: badDebt + 1n }, quantities: book },
        tinyTable,
        5n,
      );
    expect(() => run(totals.badDebt)).not.toThrow();
    expect(() => run(totals.badDebt + 1n)).toThrow(expect.objectContaining({ code: "SUM_EQUITY" }));
  });

  test("equity that the quantities are not worth", () => {
    for (const wrong of [{ positiveEquity: 30_006n }, { badDebt: 4n }])
      expect(() => check(wrong)).toThrow(expect.objectContaining({ code: "SUM_EQUITY" }));
  });

  test.each<[string, Partial<Totals>]>([
    ["more accounts than places", bands({ marginCall: 1n })],
    ["more bankrupt accounts than units of bad debt", bands({ bankrupt: 6n, free: 0n, liquidation: 0n })],
    ["bad debt of nobody", bands({ bankrupt: 0n, free: 4n })],
    [
      "the least bad debt of nobody",
      { ...bands({ bankrupt: 0n, free: 4n }), positiveEquity: 30_001n, badDebt: 1n },
    ],
    [
      "the least shortfall of nobody",
      { ...bands({ bankrupt: 0n, liquidation: 0n }), positiveEquity: 30_000n, badDebt: 0n, shortfall: 1n },
    ],
    ["a shortfall below the bad debt and a unit an account in liquidation", { shortfall: 5n }],
    [
      "a shortfall of nobody",
      { ...bands({ bankrupt: 0n, liquidation: 0n }), positiveEquity: 30_000n, badDebt: 0n },
    ],
    ["initial requirements below maintenance", { initial: 999_999n }],
  ])("%s", (_, wrong) => {
    expect(() => check(wrong, wrong.bands?.bankrupt === 6n ? 6n : 5n)).toThrow(
      expect.objectContaining({ code: "SUM_ORDER" }),
    );
  });
});
