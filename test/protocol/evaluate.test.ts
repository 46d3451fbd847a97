import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bandOf } from "../../src/protocol/bands.js";
import { MAX_QUANTITY } from "../../src/protocol/constants.js";
import { evaluated, SMALL_TABLE } from "./smallTable.js";

const { rows, lanes } = SMALL_TABLE;
const size = (quantity: bigint): bigint => (quantity < 0n ? -quantity : quantity);

/** The row of a holding, found by looking at all of them. */
function rowOf(symbol: string, quantity: bigint): number {
  const side = quantity > 0n ? "long" : "short";
  const lane = lanes.findIndex((each) => each.instrument === symbol && each.side === side);
  return rows.findIndex(
    ({ laneIndex, lo, width }) => laneIndex === lane && lo <= size(quantity) && size(quantity) <= lo + width,
  );
}

describe("an account", () => {
  test("by hand: collateral, a short in its second bracket, and a call", () => {
    // USDT 1000; 150 PERP short: row 8, offset 50; CALL 3 long.
    const { holdings, ...figures } = evaluated({ PERP: -150n, CALL: 3n, USDT: 1000n });
    expect(holdings.map(({ rowIndex, offset }) => [rowIndex, offset])).toEqual([
      [3, 1000n],
      [8, 50n],
      [9, 3n],
    ]);
    expect(holdings.map(({ row }) => row)).toEqual([rows[3], rows[8], rows[9]]);
    // Group 0: 3 * (-29, 31, -37). Group 1: -150 * (-11, 13) + 3 * (41, -43).
    const [calls, all] = [111n, 2079n];
    expect(figures).toEqual({
      equity: 1000n - 150n * 7n + 3n * 23n,
      maintenance: 400n + 7n * 50n + 14n * 3n + calls + all,
      initial: 10_000n * (800n + 12n * 50n + 15n * 3n) + 13_000n * (calls + all),
      band: "liquidation",
      groups: [
        { group: 0, worst: calls, gains: [-87n, 93n, -111n], parts: [], factorBp: 0n },
        { group: 1, worst: all, gains: [1773n, -2079n], parts: [], factorBp: 0n },
      ],
      stressed: [19n + 150n * 17n + 3n * 47n, 19n - 150n * 19n - 3n * 53n],
    });
  });

  test("that holds nothing, or nothing but zeros, has nothing and is free", () => {
    const nothing = {
      holdings: [],
      equity: 0n,
      maintenance: 0n,
      initial: 0n,
      band: "free",
      groups: [],
      stressed: [0n, 0n],
    };
    expect(evaluated({})).toEqual(nothing);
    expect(evaluated({ USDT: 0n, CALL: 0n })).toEqual(nothing);
    expect(evaluated({ USDT: 5n, CALL: 0n }).holdings).toHaveLength(1);
  });

  test("that gains in every scenario of a group requires nothing for it", () => {
    const { groups, maintenance } = evaluated({ USDT: 10n, CALL: 1n, PERP: 2n });
    expect(groups.map(({ gains }) => gains)).toEqual([
      [-29n, 31n, -37n],
      [19n, -17n],
    ]);
    expect(groups.map(({ worst }) => worst)).toEqual([37n, 17n]);
    expect(maintenance).toBe(2n * 5n + 14n + 37n + 17n);
    const [, hedged] = evaluated({ CALL: 1n, PERP: 3n }).groups;
    expect(hedged).toMatchObject({ group: 1, worst: 4n, gains: [8n, -4n] });
    const [, won] = evaluated({ CALL: 2n, PERP: 7n }).groups;
    expect(won).toMatchObject({ group: 1, worst: 0n, gains: [5n, 5n] });
  });

  test("each holding is in the bracket that its size reaches, to the step", () => {
    const offset = (quantity: bigint) => {
      const [only] = evaluated({ PERP: quantity }).holdings;
      return [only!.rowIndex, only!.offset];
    };
    expect([1n, 99n, 100n, 101n].map(offset)).toEqual([
      [5, 1n],
      [5, 99n],
      [6, 0n],
      [6, 1n],
    ]);
    expect([-1n, -99n, -100n, -101n].map(offset)).toEqual([
      [7, 1n],
      [7, 99n],
      [8, 0n],
      [8, 1n],
    ]);
  });

  test("an instrument that the market lacks, and a quantity too large, are refused by name", () => {
    const refused = (holdings: Readonly<Record<string, bigint>>, code: string, message: RegExp) =>
      expect(() => evaluated(holdings)).toThrow(
        expect.objectContaining({ code, message: expect.stringMatching(message) }),
      );
    refused({ X: 1n }, "ACCOUNT_UNKNOWN_INSTRUMENT", /^instrument X is not in the market$/);
    for (const most of [MAX_QUANTITY, -MAX_QUANTITY]) {
      expect(evaluated({ PERP: most }).holdings[0]!.offset).toBe(MAX_QUANTITY - 100n);
      refused(
        { PERP: most + (most > 0n ? 1n : -1n) },
        "ACCOUNT_QUANTITY_TOO_LARGE",
        /^PERP: 4503599627370496 /,
      );
    }
  });

  test("of any holdings comes to what the table says of each, added up", () => {
    const quantity = fc.oneof(
      fc.bigInt({ min: -300n, max: 300n }),
      fc.bigInt({ min: -MAX_QUANTITY, max: MAX_QUANTITY }),
    );
    const book = fc.uniqueArray(fc.tuple(fc.constantFrom("USDT", "PERP", "CALL"), quantity), {
      selector: ([symbol]) => symbol,
    });
    fc.assert(
      fc.property(book, (given) => {
        const held = given.filter(([, q]) => q !== 0n).map(([symbol, q]) => ({ q, row: rowOf(symbol, q) }));
        const sum = (of: (row: (typeof rows)[number], q: bigint) => bigint): bigint =>
          held.reduce((total, { q, row }) => total + of(rows[row]!, q), 0n);
        const worst = SMALL_TABLE.groupScenarios.map((scenarios, number) =>
          Array.from({ length: scenarios }, (_, s) =>
            sum(({ groups }, q) => q * (groups.find(({ group }) => group === number)?.gains[s] ?? 0n)),
          ),
        );
        const losses = worst.reduce(
          (total, gains) => total + gains.reduce((most, gain) => (-gain > most ? -gain : most), 0n),
          0n,
        );
        const equity = sum(({ price }, q) => price * q);
        const own = sum(({ base, slope, lo }, q) => base + slope * (size(q) - lo));
        const initial = sum((row, q) => row.initialBase + row.initialSlope * (size(q) - row.lo));
        const expected = {
          equity,
          maintenance: own + losses,
          initial: 10_000n * initial + 13_000n * losses,
        };
        const found = evaluated(Object.fromEntries(given));
        expect(found).toMatchObject({ ...expected, band: bandOf(expected, 12_000n) });
        expect(found.stressed).toEqual([0, 1].map((z) => equity + sum(({ stress }, q) => q * stress[z]!)));
        expect(found.holdings.map(({ rowIndex }) => rowIndex)).toEqual(
          held.map(({ row }) => row).sort((one, other) => one - other),
        );
      }),
    );
  });
});
