import { describe, expect, test } from "vitest";
import { compileTable, parseMarket } from "../../src/market/index.js";
import type { AccountRecord, Batch } from "../../src/protocol/accountRecord.js";
import { bandOf } from "../../src/protocol/bands.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { toRecord } from "../../src/protocol/fitShape.js";
import { batches, groupShape } from "../support/tinyEpoch.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { withLie } from "./supportBook.js";
import { lyingEpoch } from "./supportLyingEpoch.js";

/** Scenarios in which either side has a gain of its own: a minimum charge of both sides, and one of the short side. */
const market = {
  ...TINY_MARKET,
  groups: [{ name: "BTC options", scenarios: ["-20%", "+20%", "minimum", "short minimum"] }],
  instruments: TINY_MARKET.instruments.map((i) =>
    i.symbol === "BTC-60000-C"
      ? {
          ...i,
          scenarioGains: {
            "BTC options": [
              "-2900.1",
              "8800.4",
              { long: "-4000.5", short: "-9000.5" },
              { long: "0", short: "-12000" },
            ],
          },
        }
      : i,
  ),
};
const table = compileTable(parseMarket(market));
const evaluator = new Evaluator(table);
const account = (holdings: Readonly<Record<string, bigint>>, tag: bigint): AccountRecord =>
  toRecord(table, groupShape, evaluator.evaluate(new Map(Object.entries(holdings))), tag);

const writer = account({ USDT: 9_000_000_000n, "BTC-60000-C": -150n }, 13n);
const buyer = account({ USDT: 100_000_000n, "BTC-60000-C": 150n }, 14n);
const book = batches([groupShape, [writer, buyer]]);

/** The account with these gains in its group, and everything that follows from them. */
function withGains(honest: AccountRecord, gains: readonly bigint[]): AccountRecord {
  const { group, worst: before } = honest.groups[0]!;
  const worst = gains.reduce((most, gain) => (-gain > most ? -gain : most), 0n);
  const maintenance = honest.maintenance + worst - before;
  const initial = honest.initial + table.imfBp * (worst - before);
  const groups = [{ group, worst, slack: gains.map((gain) => worst + gain) }];
  const results = { equity: honest.equity, maintenance, initial };
  return { ...honest, ...results, groups, band: bandOf(results, table.marginCallBp) };
}

const gainsOf = ({ groups: [only] }: AccountRecord): bigint[] => only!.slack.map((x) => x - only!.worst);

async function caught(lying: readonly Batch[], expected: readonly string[]): Promise<void> {
  expect((await lyingEpoch(lying, { table })).caught).toEqual(expected);
}

describe("gains of one side", () => {
  test("honest: each side pays its own, and the larger of charge and scan decides", async () => {
    const unit = 10_000_000_000n;
    expect(gainsOf(writer).slice(2)).toEqual(
      [-9000_5n * unit, -12_000n * unit * 10n].map((x) => (x * 15n) / 100n),
    );
    expect(writer.groups[0]!.worst).toBe(18_000n * unit);
    expect(buyer.groups[0]!.worst).toBe((4000_5n * unit * 15n) / 100n);
    await caught(book, []);
  });

  test("the other side's gain for one's own: balance", async () => {
    const buyers = gainsOf(buyer);
    const lie = (honest: AccountRecord) =>
      withGains(honest, [...gainsOf(honest).slice(0, 2), ...buyers.slice(2)]);
    await caught(withLie(book, 0, 0, lie), ["end: balance"]);
  });

  test("a charge of both sides counted with the sign of the holding, as an ordinary gain: balance", async () => {
    const lie = (honest: AccountRecord) => {
      const [down, up, both, short] = gainsOf(honest) as [bigint, bigint, bigint, bigint];
      return withGains(honest, [down, up, -both, short]);
    };
    await caught(withLie(book, 0, 0, lie), ["end: balance"]);
    await caught(withLie(book, 0, 1, lie), ["end: balance"]);
  });

  test("a short holding looked up in the long lane, with the results of a short one: balance", async () => {
    const long =
      table.rows[table.lanes.find((l) => l.instrument === "BTC-60000-C" && l.side === "long")!.firstRow]!;
    const short =
      table.rows[table.lanes.find((l) => l.instrument === "BTC-60000-C" && l.side === "short")!.firstRow]!;
    const lie = (honest: AccountRecord): AccountRecord => ({
      ...honest,
      flat: honest.flat.map((slot) => (slot.key === short.key ? { ...slot, key: long.key } : slot)),
    });
    await caught(withLie(book, 0, 0, lie), ["end: balance"]);
  });

  test("a long and a short of one instrument, with the results of their difference: balance", async () => {
    const both = account({ "BTC-60000-C": -150n }, 15n);
    const longKey = buyer.flat.find((slot) => slot.offset === 150n)!.key;
    const shortKey = both.flat.find((slot) => slot.offset === 150n)!.key;
    const shorter = account({ "BTC-60000-C": -50n }, 15n);
    const flat = [
      { key: shortKey, offset: 150n, complement: 0n },
      { key: longKey, offset: 100n, complement: 0n },
    ];
    await caught(batches([groupShape, [{ ...shorter, flat }]]), ["end: balance"]);
    // With what both lanes charge it is an account like any other.
    const gains = gainsOf(both).map((gain, s) => gain + (gainsOf(buyer)[s]! * 100n) / 150n);
    const honest = { ...withGains({ ...shorter, flat }, gains) };
    await caught(batches([groupShape, [honest]]), []);
  });

  test("a market in which both sides together gain is refused", () => {
    const option = {
      ...market.instruments.at(-1)!,
      scenarioGains: { "BTC options": ["1", "2", "3", { long: "5", short: "-4.9" }] },
    };
    const instruments = [...market.instruments.slice(0, -1), option];
    expect(() => parseMarket({ ...market, instruments })).toThrow(
      expect.objectContaining({ code: "MARKET_SIDES_GAIN" }),
    );
  });
});
