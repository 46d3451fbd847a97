import { describe, expect, test } from "vitest";
import { assertTiers } from "../../src/market/checkTiers.js";
import { Place } from "../../src/market/marketError.js";
import type { MarketInstrument } from "../../src/market/marketFile.js";

type Tiers = readonly (readonly [floor: string, rate: string])[];
const brackets = (tiers: Tiers) => ({
  brackets: tiers.map(([notionalFloor, rate]) => ({ notionalFloor, rate })),
});
const FINE: Tiers = [
  ["0", "0.01"],
  ["50000", "0.01"],
  ["600000", "0.02"],
];
const FALLING: Tiers = [
  ["0", "0.02"],
  ["50000", "0.02"],
  ["600000", "0.019999"],
];
const LATE: Tiers = [["1", "0.01"]];
const TWICE: Tiers = [
  ["0", "0.01"],
  ["50000", "0.02"],
  ["50000.0", "0.03"],
];
const BACK: Tiers = [
  ["0", "0.01"],
  ["9", "0.02"],
  ["10", "0.03"],
  ["9.5", "0.04"],
];

/** Where each of a contract's, or an asset's, tiers stand. */
const PLACES: readonly (readonly [path: string, make: (tiers: Tiers) => object])[] = [
  ["x.maintenance.brackets", (tiers) => ({ maintenance: brackets(tiers) })],
  ["x.maintenance.long.brackets", (tiers) => ({ maintenance: { long: brackets(tiers) } })],
  ["x.maintenance.short.brackets", (tiers) => ({ maintenance: { short: brackets(tiers) } })],
  ["x.initial.brackets", (tiers) => ({ initial: brackets(tiers) })],
  ["x.initial.long.brackets", (tiers) => ({ initial: { long: brackets(tiers) } })],
  ["x.initial.short.brackets", (tiers) => ({ initial: { short: brackets(tiers) } })],
  ["x.borrowRate", (tiers) => ({ borrowRate: tiers.map(([valueFloor, rate]) => ({ valueFloor, rate })) })],
];
const check = (fields: object): void => assertTiers(fields as unknown as MarketInstrument, Place.of("x"));
const refused = (path: string) =>
  expect.objectContaining({ code: "MARKET_TIERS", message: expect.stringContaining(path) });

describe.each(PLACES)("tiers at %s", (path, make) => {
  test("rise, or stay", () => {
    expect(() => check(make(FINE))).not.toThrow();
  });
  test("begin at 0", () => {
    expect(() => check(make(LATE))).toThrow(refused(`${path}[0].`));
  });
  test("have floors that rise at each step", () => {
    expect(() => check(make(TWICE))).toThrow(refused(`${path}[2].`));
    expect(() => check(make(BACK))).toThrow(refused(`${path}[3].`));
  });
  test("have rates that never fall", () => {
    expect(() => check(make(FALLING))).toThrow(refused(`${path}[2].rate`));
  });
});

test("both sides' tiers count, each side's own", () => {
  for (const field of ["maintenance", "initial"]) {
    const sides = (long: Tiers, short: Tiers) =>
      check({ [field]: { long: brackets(long), short: brackets(short) } });
    expect(() => sides(FINE, FINE)).not.toThrow();
    expect(() => sides(FINE, FALLING)).toThrow(refused(`x.${field}.short.brackets[2].rate`));
    expect(() => sides(FALLING, FINE)).toThrow(refused(`x.${field}.long.brackets[2].rate`));
  }
});

describe("haircuts", () => {
  const ratios = (...tiers: (readonly [valueFloor: string, ratio: string])[]) => ({
    haircut: tiers.map(([valueFloor, ratio]) => ({ valueFloor, ratio })),
  });
  test("fall, or stay, from 1 at most", () => {
    expect(() => check(ratios(["0", "1"], ["5", "1"], ["9", "0.5"]))).not.toThrow();
    expect(() => check(ratios(["0", "1.000001"]))).toThrow(refused("x.haircut[0].ratio"));
    expect(() => check(ratios(["0", "0.5"], ["5", "0.5"], ["9", "0.500001"]))).toThrow(
      refused("x.haircut[2].ratio"),
    );
  });
  test("begin at 0, with floors that rise", () => {
    expect(() => check(ratios(["1", "0.5"]))).toThrow(refused("x.haircut[0].valueFloor"));
    expect(() => check(ratios(["0", "0.5"], ["0.0", "0.4"]))).toThrow(refused("x.haircut[1].valueFloor"));
  });
});

test("one rate for borrowing, and no rule at all, have no tiers", () => {
  expect(() => check({ borrowRate: "0.05" })).not.toThrow();
  expect(() => check({})).not.toThrow();
});
