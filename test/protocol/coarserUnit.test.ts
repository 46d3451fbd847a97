import { describe, expect, test } from "vitest";
import { coarserUnit } from "../../src/protocol/coarserUnit.js";
import { INITIAL_SCALE, VALUE_BOUND } from "../../src/protocol/constants.js";
import type { Evaluation } from "../../src/protocol/evaluate.js";
import type { RiskRow } from "../../src/protocol/riskTable.js";
import { evaluated, SMALL_TABLE } from "./smallTable.js";

const NOTHING = evaluated({});
/** The small table with one row of each instrument, all with these figures. */
const tableOf = (change: Partial<RiskRow>, instruments = ["USDT", "PERP", "CALL"]) => ({
  ...SMALL_TABLE,
  lanes: instruments.map((instrument) => ({ ...SMALL_TABLE.lanes[0]!, instrument })),
  rows: [
    SMALL_TABLE.rows[0]!,
    ...instruments.map((_, laneIndex) => ({ ...SMALL_TABLE.rows[3]!, laneIndex, ...change })),
  ],
});
const WHOLE = tableOf({ price: 10n ** 30n, slope: 0n, initialSlope: 0n });
const group = (worst: bigint, ...gains: bigint[]): Partial<Evaluation> => ({
  groups: [{ group: 7, worst, gains, parts: [], factorBp: 0n }],
});

describe("a coarser value unit for an account out of range", () => {
  test.each<[times: number, what: string, change: Partial<Evaluation>]>([
    [10, "equity", { equity: VALUE_BOUND }],
    [10, "equity, at most of what ten times have room for", { equity: 10n * VALUE_BOUND - 1n }],
    [100, "equity, the next", { equity: 10n * VALUE_BOUND }],
    [1000, "debt", { equity: -100n * VALUE_BOUND }],
    [100, "equity under stress", { equity: VALUE_BOUND, stressed: [0n, 10n * VALUE_BOUND] }],
    [100, "debt under stress", { stressed: [-10n * VALUE_BOUND, 5n] }],
    [100, "the initial requirement", { initial: 10n * INITIAL_SCALE * VALUE_BOUND }],
    [10, "the initial requirement, below", { initial: 10n * INITIAL_SCALE * VALUE_BOUND - 1n }],
    [100, "what a group spans, gains", group(0n, 0n, 10n * VALUE_BOUND)],
    [100, "what a group spans, losses", group(5n * VALUE_BOUND, -5n * VALUE_BOUND)],
    [100, "what a group spans, both", group(1n, 0n, 10n * VALUE_BOUND - 1n)],
  ])("%i times, for %s", (times, _, change) => {
    expect(coarserUnit({ ...NOTHING, ...change }, WHOLE)).toBe(
      `In the rules or the market file, use a valueUnit ${times} times coarser: every price of it allows that.`,
    );
  });

  const TEN = { ...NOTHING, equity: VALUE_BOUND };
  const M = 1_000_000n;
  test.each<[string, Partial<RiskRow>]>([
    ["a price that is no multiple", { price: 10n * M + 1n }],
    ["a negative price that is no multiple", { price: -10n * M - 1n }],
    ["a fine rate of a step worth little", { price: M - 10n, slope: 11n }],
    ["a fine initial rate of a step worth little", { price: M - 10n, slope: 10n, initialSlope: 11n }],
    ["a fine rate of a step worth less than nothing", { price: 10n - M, slope: 11n }],
  ])("is refused by %s", (_, change) => {
    expect(coarserUnit(TEN, tableOf(change))).toBe(
      "No valueUnit has room for this account and the prices of USDT, PERP, CALL. Give these fewer decimals or larger " +
        "quantity steps, so that a step is worth a multiple of 10 value units, and use a valueUnit 10 times coarser.",
    );
  });

  test.each<[string, Partial<RiskRow>]>([
    ["a fine rate of a step worth 1,000,000", { price: M, slope: 11n }],
    ["a fine rate of a short step worth as much", { price: -M, slope: 11n }],
    ["whole rates of a step worth little", { price: 10n, slope: 10n, initialSlope: 10n }],
    ["a rate above the price", { price: 10n, slope: 11n, initialSlope: 13n }],
    ["a rate above the size of a negative price", { price: -10n, slope: 11n, initialSlope: 13n }],
  ])("is allowed by %s", (_, change) => {
    expect(coarserUnit(TEN, tableOf(change))).toContain("10 times coarser: every price of it allows that");
  });

  test("names three instruments at most, each once, and how many more there are", () => {
    const words = (names: string[]) => coarserUnit(TEN, tableOf({ price: 1n }, names));
    expect(words(["A", "A"])).toContain("the prices of A. Give");
    expect(words(["A", "B", "C"])).toContain("the prices of A, B, C. Give");
    expect(words(["A", "B", "C", "D", "E"])).toContain("the prices of A, B, C and 2 more. Give");
  });
});
