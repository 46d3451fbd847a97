import { describe, expect, test } from "vitest";
import {
  accountCount,
  BANDS,
  type Band,
  bandGaps,
  bandList,
  bandOf,
  belowMaintenance,
  NO_ACCOUNTS,
  packCounts,
} from "../../src/protocol/bands.js";

const INITIAL = 100_000n;
const MARGIN_CALL = 12_000n;

describe("bands", () => {
  /** Equities around every threshold: 0, maintenance 5, initial 10, margin call 12. */
  const expected: [bigint, Band][] = [
    [-1n, "bankrupt"],
    [0n, "liquidation"],
    [4n, "liquidation"],
    [5n, "reduceOnly"],
    [9n, "reduceOnly"],
    [10n, "marginCall"],
    [11n, "marginCall"],
    [12n, "free"],
  ];
  test.each(expected)("equity %s: %s, and only there is no gap negative", (equity, band) => {
    const standing = { equity, maintenance: 5n, initial: INITIAL };
    expect(bandOf(standing, MARGIN_CALL)).toBe(band);
    for (const other of BANDS) {
      const { first, second } = bandGaps({ ...standing, band: other }, MARGIN_CALL);
      expect(first >= 0n && second >= 0n, other).toBe(other === band);
    }
  });

  test("the initial requirement is compared to a ten-thousandth", () => {
    const at = (initial: bigint) => bandOf({ equity: 10n, maintenance: 5n, initial }, 10_000n);
    expect([at(100_000n), at(100_001n)]).toEqual(["free", "reduceOnly"]);
    expect(bandOf({ equity: 0n, maintenance: 0n, initial: 0n }, MARGIN_CALL)).toBe("free");
  });

  test("gaps are the circuit's, to the unit", () => {
    const standing = { equity: 20n, maintenance: 5n, initial: INITIAL };
    const gaps = BANDS.map((band) => bandGaps({ ...standing, band }, MARGIN_CALL));
    expect(gaps).toEqual([
      { first: -21n, second: -16n },
      { first: 20n, second: -16n },
      { first: -100_001n, second: 15n },
      { first: 100_000n, second: -800_000_001n },
      { first: 20n, second: 800_000_000n },
    ]);
  });
});

describe("counts", () => {
  const counts = { bankrupt: 1n, liquidation: 2n, reduceOnly: 3n, marginCall: 4n, free: 5n };
  test("are added up, and packed 32 bits apart", () => {
    expect(accountCount(counts)).toBe(15n);
    expect(accountCount(NO_ACCOUNTS)).toBe(0n);
    expect(belowMaintenance(counts)).toBe(3n);
    expect(packCounts(counts)).toBe(1n + (2n << 32n) + (3n << 64n) + (4n << 96n) + (5n << 128n));
    expect(bandList(counts)).toBe("5 free, 4 in margin call, 3 reduce only, 2 in liquidation, 1 bankrupt");
  });

  test.each(BANDS)("of %s never reach into the next", (band) => {
    const most = (1n << 32n) - 1n;
    expect(packCounts({ ...NO_ACCOUNTS, [band]: most })).toBe(most << BigInt(32 * BANDS.indexOf(band)));
    expect(() => packCounts({ ...NO_ACCOUNTS, [band]: most + 1n })).toThrow(RangeError);
    expect(() => packCounts({ ...NO_ACCOUNTS, [band]: -1n })).toThrow(RangeError);
  });
});
