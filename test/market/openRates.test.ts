import { describe, expect, it } from "vitest";
import { poseidon } from "../../src/field/poseidon/poseidon.js";
import {
  compileTable,
  openRates,
  openTable,
  type PrivateModel,
  parseMarket,
  parsePrivateModel,
} from "../../src/market/index.js";
import { assertListed, rateSteps } from "../../src/market/privateModel.js";
import { MAX_QUANTITY } from "../../src/protocol/constants.js";
import { openPrivateMarket, PRIVATE_MODEL, privateMarket } from "../support/privateMarket.js";
import { tinyMarket, tinyTable } from "../support/tinyMarket.js";

const { market, rules } = privateMarket();
const table = compileTable(market);
const edited = (edit: (model: PrivateModel) => unknown): PrivateModel => {
  const model = structuredClone(PRIVATE_MODEL);
  edit(model);
  return model;
};
const differs = (message: string) =>
  expect.objectContaining({
    code: "PRIVATE_MODEL_DIFFERS",
    message: expect.stringContaining(message),
    exitCode: 2,
  });

describe("a market's secret rates", () => {
  it("are those of the exchange's own model, filled into the table", () => {
    const opened = openRates(market, table, PRIVATE_MODEL, poseidon)!;
    expect(opened.table).toEqual(rules.table);
    expect(opened.commitments).toEqual(market.privateRules!.commitments.map(BigInt));
    expect(opened.steps).toEqual(rules.steps);
    const secret = table.rows.findIndex((row) => row.notional !== undefined);
    expect(opened.steps.slice(secret, secret + 3)).toEqual([
      { maintenance: 437n, initial: 813n },
      { maintenance: 82n, initial: 230n },
      { maintenance: 488n, initial: 968n },
    ]);
    expect(opened.table.rows.some(({ slope }, r) => slope !== table.rows[r]!.slope)).toBe(true);
    expect(opened.blinding(0)).not.toBe(opened.blinding(1));
  });

  it("are none where the market has none, and then there is no model either", () => {
    expect(openRates(tinyMarket, tinyTable, undefined, poseidon)).toBeUndefined();
    expect(openTable(tinyMarket, undefined, poseidon)).toEqual({ table: tinyTable, rules: undefined });
    const none = differs("the market file has no secret rates");
    expect(() => openRates(tinyMarket, tinyTable, PRIVATE_MODEL, poseidon)).toThrow(none);
    expect(() => openRates(market, table, undefined, poseidon)).toThrow(
      expect.objectContaining({ code: "PRIVATE_MODEL_MISSING", exitCode: 2 }),
    );
    expect(openTable(market, PRIVATE_MODEL, poseidon).table).toEqual(rules.table);
  });

  it("are those that the market commits to, or nothing can be proved with them", () => {
    const other = differs("commits to other rates");
    const rate = edited((m) => (m.instruments[1]!.brackets[5]!.initial = "1.00001"));
    expect(() => openRates(market, table, rate, poseidon)).toThrow(other);
    const blinding = edited((m) => (m.blinding = `0x${"5f".repeat(32)}`));
    expect(() => openRates(market, table, blinding, poseidon)).toThrow(other);
  });

  it.each<[string, (model: PrivateModel) => unknown, string]>([
    [
      "another order",
      (m) => m.instruments.reverse(),
      "the market lists BTC-PERP where the model lists ETH-PERP",
    ],
    ["one too few", (m) => m.instruments.pop(), "the market lists ETH-PERP where the model lists nothing"],
    [
      "one more",
      (m) => m.instruments.push(m.instruments[0]!),
      "the model lists BTC-PERP, the market does not",
    ],
    ["another step", (m) => (m.instruments[1]!.quantityStep = "0.1"), "ETH-PERP has another quantity step"],
    ["another bracket", (m) => (m.instruments[1]!.brackets[1]!.from = "6"), "ETH-PERP has other brackets"],
    ["a bracket less", (m) => m.instruments[0]!.brackets.pop(), "BTC-PERP has other brackets"],
  ])("are listed as the market lists them, not in a model with %s", (_, edit, problem) => {
    expect(() => openRates(market, table, edited(edit), poseidon)).toThrow(differs(problem));
  });

  it("are read from a file only as rates that can be proved", () => {
    expect(parsePrivateModel(JSON.stringify(PRIVATE_MODEL))).toEqual(PRIVATE_MODEL);
    for (const at of [0, 1]) {
      const falling = edited((m) => (m.instruments[at]!.brackets[1]!.maintenance = "0.00001"));
      expect(() => parsePrivateModel(JSON.stringify(falling))).toThrow(
        expect.objectContaining({ code: "PRIVATE_MODEL_RATES", exitCode: 2 }),
      );
    }
  });

  it("may be the same initially as for maintenance", () => {
    const brackets = [{ from: "0", maintenance: "0.01", initial: "0.01" }];
    expect(rateSteps("X", brackets)).toEqual([{ maintenance: 1000n, initial: 1000n }]);
    // What counts is by how much they rise, not how high they are.
    const high = ["2", "4", "6"].map((rate, k) => ({ from: `${k}`, maintenance: rate, initial: rate }));
    expect(rateSteps("X", high)).toEqual(Array(3).fill({ maintenance: 200_000n, initial: 200_000n }));
  });

  it("may rise at the largest quantity, and at none twice", () => {
    const at = (...privateBrackets: string[]) => {
      const json = openPrivateMarket();
      Object.assign(json.instruments.at(-1)!, { quantityStep: "1", markPrice: "3003", privateBrackets });
      return () => parseMarket(json).instruments.at(-1)!.privateBrackets;
    };
    const rising = expect.objectContaining({ code: "MARKET_PRIVATE" });
    expect(at("0", `${MAX_QUANTITY}`)()).toHaveLength(2);
    expect(at("0", `${MAX_QUANTITY + 1n}`)).toThrow(rising);
    for (const field of ["maintenance", "initial"]) {
      const json = openPrivateMarket();
      Object.assign(json.instruments.at(-1)!, { [field]: { liquidationFeeRate: "0.1" } });
      expect(() => parseMarket(json), field).toThrow(rising);
    }
    expect(at("0", "5", "5")).toThrow(rising);
    expect(at("0", "0")).toThrow(rising);
  });

  it("are listed for nothing where nothing is listed", () => {
    expect(() => assertListed([], { ...PRIVATE_MODEL, instruments: [] })).not.toThrow();
    expect(() => assertListed([], PRIVATE_MODEL)).toThrow(differs("the model lists BTC-PERP"));
  });
});
