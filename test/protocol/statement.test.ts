import { describe, expect, test } from "vitest";
import { FIELD_ORDER } from "../../src/field/order.js";
import { type Instance, instanceFault, parameterValues, stepSize } from "../../src/protocol/circuits.js";
import {
  CROSS_POCKET,
  comparePockets,
  marginAccountTitle,
  pocketProblem,
} from "../../src/protocol/pocket.js";
import { parseStatement, type StatementJson, statementToJson } from "../../src/protocol/statement.js";

const hex = (n: number): string => `0x${n.toString(16).padStart(64, "0")}`;
const step = (n: number) => ({ shape: "table", key: hex(n), totals: hex(n + 1), weights: hex(n + 2) });
const HONEST: StatementJson = {
  format: "marginproof/statement/1",
  exchange: "x",
  epoch: "e",
  time: "2026-11-23T08:00:00Z",
  marketDigest: hex(1),
  tableDigest: hex(2),
  batches: [
    { shape: "accounts", key: hex(3), leafRoot: hex(4) },
    { shape: "accounts", key: hex(5), leafRoot: hex(6) },
  ],
  tableSteps: [step(10), step(20)],
  totals: {
    bands: { bankrupt: "1", liquidation: "2", reduceOnly: "3", marginCall: "4", free: "5" },
    positiveEquity: "6",
    badDebt: "7",
    maintenance: "8",
    shortfall: "9",
    initial: "10",
    stressBadDebt: ["11", "12", "13", "14"],
  },
  quantities: [
    { instrument: "A", long: "15", short: "16" },
    { instrument: "B", long: "17", short: "18" },
  ],
};
// biome-ignore lint/suspicious/noExplicitAny: a cheat writes whatever it likes into these
type Json = any;
const edited = (edit: (json: Json) => void): unknown => {
  const json = structuredClone(HONEST);
  edit(json);
  return json;
};
const label = (length: number): string => "a".repeat(length);

describe("a statement", () => {
  test("is read field by field, and written as it was", () => {
    const statement = parseStatement(HONEST);
    expect(statementToJson(statement)).toEqual(HONEST);
    expect(statement.batches.map(({ leafRoot }) => leafRoot)).toEqual([4n, 6n]);
    expect(statement.batches[1]!.keyDigest.at(-1)).toBe(5);
    expect(statement.tableSteps.map(({ totals }) => totals)).toEqual([11n, 21n]);
    expect(statement.weights).toEqual([12n, 22n]);
    expect(statement.instruments).toEqual(["A", "B"]);
    expect(statement.quantities).toEqual([
      { long: 15n, short: 16n },
      { long: 17n, short: 18n },
    ]);
    expect(statement.totals).toEqual({
      bands: { bankrupt: 1n, liquidation: 2n, reduceOnly: 3n, marginCall: 4n, free: 5n },
      positiveEquity: 6n,
      badDebt: 7n,
      maintenance: 8n,
      shortfall: 9n,
      initial: 10n,
      stressBadDebt: [11n, 12n, 13n, 14n],
    });
  });

  test.each<[string, (json: Json) => void]>([
    ["another format", (json) => (json.format = "marginproof/statement/2")],
    ["a further field", (json) => (json.more = 1)],
    ["a further field of a batch", (json) => (json.batches[1].more = 1)],
    ["a further field of a table step", (json) => (json.tableSteps[1].more = 1)],
    ["a further total", (json) => (json.totals.more = "1")],
    ["a further band", (json) => (json.totals.bands.more = "1")],
    ["a further field of a quantity", (json) => (json.quantities[1].more = 1)],
    ["no batch", (json) => (json.batches = [])],
    ["no table step", (json) => (json.tableSteps = [])],
    ["three stresses", (json) => json.totals.stressBadDebt.pop()],
    ["five stresses", (json) => json.totals.stressBadDebt.push("1")],
    ["no exchange", (json) => (json.exchange = "")],
    ["an epoch of 129 characters", (json) => (json.epoch = label(129))],
    ["a day that there is not", (json) => (json.time = "2026-02-30T08:00:00Z")],
    ["a digest of 31 bytes", (json) => (json.marketDigest = hex(1).slice(0, -2))],
    ["a number that is no text", (json) => (json.totals.badDebt = 7)],
    ["no instrument's name", (json) => (json.quantities[0].instrument = "")],
    ["65,537 batches", (json) => (json.batches = Array(65_537).fill(json.batches[0]))],
    ["65,537 table steps", (json) => (json.tableSteps = Array(65_537).fill(json.tableSteps[0]))],
    ["65,537 quantities", (json) => (json.quantities = Array(65_537).fill(json.quantities[0]))],
  ])("is refused with %s", (_, edit) => {
    expect(() => parseStatement(edited(edit))).toThrow(
      expect.objectContaining({ code: "STATEMENT_INVALID" }),
    );
  });

  test("has the longest names and the largest numbers, and none above", () => {
    const most = ((1n << 180n) - 1n).toString();
    const sums: ((json: Json, text: string) => void)[] = [
      (json, text) => (json.totals.positiveEquity = text),
      (json, text) => (json.totals.initial = text),
      (json, text) => (json.totals.stressBadDebt[3] = text),
      (json, text) => (json.quantities[1].long = text),
      (json, text) => (json.quantities[1].short = text),
    ];
    for (const put of sums) {
      expect(() => parseStatement(edited((json) => put(json, most)))).not.toThrow();
      expect(() => parseStatement(edited((json) => put(json, (1n << 180n).toString())))).toThrow();
    }
    const count = (text: string) => parseStatement(edited((json) => (json.totals.bands.free = text)));
    expect(count(((1n << 32n) - 1n).toString()).totals.bands.free).toBe((1n << 32n) - 1n);
    expect(() => count((1n << 32n).toString())).toThrow(/totals\.bands\.free/);
    expect(parseStatement(edited((json) => (json.exchange = label(128)))).exchange).toHaveLength(128);
  });

  test.each<[string, (json: Json, value: string) => void]>([
    ["batches[1].leafRoot", (json, value) => (json.batches[1].leafRoot = value)],
    ["tableSteps[1].totals", (json, value) => (json.tableSteps[1].totals = value)],
    ["tableSteps[1].weights", (json, value) => (json.tableSteps[1].weights = value)],
  ])("%s is a field element", (place, put) => {
    const order = `0x${FIELD_ORDER.toString(16).padStart(64, "0")}`;
    const below = `0x${(FIELD_ORDER - 1n).toString(16).padStart(64, "0")}`;
    expect(() => parseStatement(edited((json) => put(json, order)))).toThrow(place);
    expect(() => parseStatement(edited((json) => put(json, below)))).not.toThrow();
  });
});

describe("a pocket's name", () => {
  test("is visible ASCII without comma and quote, and is not the cross pocket's", () => {
    expect(pocketProblem(CROSS_POCKET)).toBeUndefined();
    for (const fine of ["1", "BTC-PERP", "!", "~", "#", "+", "-", label(64), "crossed"])
      expect(pocketProblem(fine), fine).toBeUndefined();
    for (const bad of [" ", "a b", "a,b", 'a"b', "é", "a\n", "\u200b", label(65), "Cross", "cross"])
      expect(pocketProblem(bad), bad).toBeDefined();
  });

  test("is named in quotes, and pockets are listed cross first", () => {
    expect(marginAccountTitle({ account: "a", pocket: "" })).toBe('account "a"');
    expect(marginAccountTitle({ account: "a", pocket: "p" })).toBe('isolated pocket "p" of account "a"');
    expect(["b", "", "B", "b"].sort(comparePockets)).toEqual(["", "B", "b", "b"]);
    expect(comparePockets("b", "b")).toBe(0);
  });
});

describe("an instance of a circuit", () => {
  const accounts = (parts: object = {}): Instance => {
    const shape = { accounts: 2, bracketed: 3, flat: 4, groups: 1, scenarios: 5, stress: 2, ...parts };
    const { accounts: a, bracketed: b, flat: f, groups: g, scenarios: s, stress: z } = shape;
    return { template: "accounts", id: `accounts-a${a}-b${b}-f${f}-g${g}-s${s}-z${z}`, ...shape };
  };
  const table = (rows: number): Instance => ({ template: "table", id: `table-r${rows}`, rows });
  const secret = (rows: number): Instance => ({
    template: "privateTable",
    id: `private-table-r${rows}`,
    rows,
  });

  test("has one name, and parameters within what is proved", () => {
    const fine = [
      accounts(),
      accounts({ accounts: 1, bracketed: 0, flat: 0, groups: 0, scenarios: 0, stress: 0 }),
      accounts({ accounts: 4096, bracketed: 1024, flat: 1024, groups: 96, scenarios: 255, stress: 4 }),
      { ...accounts({ deep: 1 }), id: "accounts-a2-b3-f4-g1-s5-z2-d1" },
      accounts({ deep: 0 }),
      table(1),
      table(65_536),
      secret(16),
      secret(65_536),
    ];
    for (const instance of fine) expect(instanceFault(instance), instance.id).toBeUndefined();
    const bad = [
      accounts({ accounts: 0 }),
      accounts({ accounts: 4097 }),
      accounts({ bracketed: 1025 }),
      accounts({ flat: 1025 }),
      accounts({ groups: 97 }),
      accounts({ scenarios: 256 }),
      accounts({ stress: 5 }),
      accounts({ stress: -1 }),
      accounts({ flat: 1.5 }),
      accounts({ deep: 1 }),
      { ...accounts({ deep: 2 }), id: "accounts-a2-b3-f4-g1-s5-z2-d2" },
      { ...accounts(), id: "accounts-a2-b3-f4-g1-s5-z2-d0" },
      table(0),
      table(65_537),
      secret(15),
      { ...table(16), id: "table-r17" },
    ];
    for (const instance of bad) expect(instanceFault(instance), instance.id).toContain(instance.id);
  });

  test("takes as many accounts or rows as its parameter says", () => {
    expect([accounts(), table(5), secret(16)].map(stepSize)).toEqual([2, 5, 16]);
    expect(parameterValues(accounts())).toEqual({
      accounts: 2,
      bracketed: 3,
      flat: 4,
      groups: 1,
      scenarios: 5,
      stress: 2,
      deep: 0,
      parts: 0,
    });
  });
});
