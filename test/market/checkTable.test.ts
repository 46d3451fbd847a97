import { describe, expect, it } from "vitest";
import { assertTableInvariants } from "../../src/market/checkTable.js";
import { compileTable } from "../../src/market/compileTable.js";
import { parseMarket } from "../../src/market/schema.js";
import { tableDigest } from "../../src/market/tableDigest.js";
import { ENTRY_BOUND } from "../../src/protocol/constants.js";
import { lookupValue } from "../../src/protocol/fold.js";
import type { GroupPlace, RiskRow, TableContents } from "../../src/protocol/riskTable.js";
import { smallMarket } from "./smallMarket.js";

const TABLE = compileTable(parseMarket(smallMarket()));
const rowIndex = (symbol: string, side: string, bracket = 0) =>
  TABLE.lanes.find((l) => l.instrument === symbol && l.side === side)!.firstRow + bracket;

const forged = (parts: Partial<TableContents>): TableContents => ({ ...TABLE, ...parts });

function withRow(index: number, fields: Partial<RiskRow>): TableContents {
  return forged({ rows: TABLE.rows.map((row, r) => (r === index ? { ...row, ...fields } : row)) });
}

const PLAIN: GroupPlace = { parent: 0, part: 0, factorBp: 0n };
/** The only group at another place. */
const placed = (place: Partial<GroupPlace>): TableContents =>
  forged({ groupPlaces: [{ ...PLAIN, ...place }] });
/** A part beside it. */
const withPart = (place: Partial<GroupPlace>, scenarios = TABLE.groupScenarios[0]!): TableContents =>
  forged({
    groupNames: [...TABLE.groupNames, "part"],
    groupScenarios: [...TABLE.groupScenarios, scenarios],
    groupPlaces: [PLAIN, { parent: 0, part: 1, factorBp: 0n, ...place }],
  });

describe("assertTableInvariants", () => {
  it("accepts what the compiler makes, with unique lookup values", () => {
    expect(() => assertTableInvariants(TABLE)).not.toThrow();
    expect(new Set(TABLE.rows.map(lookupValue)).size).toBe(TABLE.rows.length);
    expect(() => assertTableInvariants(withPart({}))).not.toThrow();
  });

  const perp = rowIndex("BTC-PERP", "long");
  const call = rowIndex("CALL", "long");
  const row = (index: number) => TABLE.rows[index]!;
  const tables: [string, TableContents, string][] = [
    ["a null row with a price", withRow(0, { price: 1n }), "all zero"],
    ["a null row with width", withRow(3, { width: 1n }), "all zero"],
    ["a missing null row", forged({ rows: TABLE.rows.slice(1) }), "null row"],
    ["overlapping brackets", withRow(perp, { width: row(perp).width + 1n }), "begin where"],
    ["a gap between brackets", withRow(perp + 1, { lo: row(perp + 1).lo + 1n }), "begin where"],
    ["a last bracket that ends early", withRow(perp + 2, { width: 5n }), "largest quantity"],
    ["a first bracket that charges nothing held", withRow(perp, { base: 1n }), "empty holding"],
    ["an initial base in the first bracket", withRow(perp, { initialBase: 1n }), "empty holding"],
    ["a negative slope", withRow(perp, { slope: -1n }), "negative or too large"],
    ["a negative base", withRow(perp + 1, { base: -1n }), "negative or too large"],
    ["an initial slope of 2^72", withRow(perp, { initialSlope: ENTRY_BOUND }), "negative or too large"],
    ["a price of 2^72", withRow(call, { price: ENTRY_BOUND }), "too large"],
    ["another price on one side", withRow(call, { price: row(call).price + 1n }), "not the same"],
    ["another price in one bracket", withRow(perp + 1, { price: row(perp).price - 1n }), "not the same"],
    ["a wrong sign", withRow(perp, { sigma: -1n }), "wrong sign"],
    ["another key", withRow(perp, { key: row(perp).key + 16 }), "has key"],
    ["a flat row called bracketed", withRow(call, { flat: false }), "not its own"],
    [
      "a long that gains with its short",
      withRow(call, { groups: [{ group: 0, gains: [10n ** 15n, 0n] }] }),
      "together gain",
    ],
    ["a long in no group", withRow(call, { groups: [] }), "different groups"],
    ["a gain short of a scenario", withRow(call, { groups: [{ group: 0, gains: [0n] }] }), "bad gains"],
    ["an unknown group", withRow(call, { groups: [{ group: 1, gains: [0n, 0n] }] }), "bad gains"],
    ["a long that gains with its short under stress", withRow(call, { stress: [1n] }), "under stress"],
    ["a bracket with its own stress", withRow(perp + 1, { stress: [-ENTRY_BOUND + 1n] }), "differ within"],
    ["a stress gain missing", withRow(perp + 1, { stress: [] }), "stress"],
    ["an initial factor of 2^20", forged({ imfBp: 1n << 20n }), "imfBp: out of range"],
    ["an initial factor below 1", forged({ imfBp: 9_999n }), "imfBp: out of range"],
    ["a margin call below the initial requirement", forged({ marginCallBp: 9_999n }), "marginCallBp"],
    ["a margin call above twice of it", forged({ marginCallBp: 20_001n }), "marginCallBp"],
    ["an initial slope below maintenance", withRow(call + 1, { initialSlope: 0n }), "initial requirement"],
    [
      "an initial base below maintenance",
      withRow(perp + 1, { initialBase: row(perp + 1).base - 1n }),
      "initial requirement",
    ],
    [
      "an initial requirement that falls below maintenance inside a bracket",
      withRow(perp + 1, { initialBase: row(perp + 1).base + 1n, initialSlope: row(perp + 1).slope - 1n }),
      "initial requirement",
    ],
    ["a group's factor below the market's", placed({ factorBp: -1n }), "its initial factor is out of range"],
    ["a group's factor of 2^20", placed({ factorBp: 1n << 20n }), "its initial factor is out of range"],
    ["a group that is a part of itself", placed({ part: 1 }), "is a part of itself"],
    ["a group that is a part of none", placed({ parent: 1, part: 1 }), "is a part of no group before it"],
    ["a part out of turn", withPart({ part: 2 }), "is not the part that comes next"],
    ["a part with another factor", withPart({ factorBp: 1n }), "has another initial factor than its group"],
    ["a part with other scenarios", withPart({}, 3), "has other scenarios than its group"],
    ["places left out", forged({ groupPlaces: [] }), "places and scenario counts differ in number"],
    ["a group without scenarios", forged({ groupScenarios: [0] }), "without scenarios"],
    [
      "lanes exchanged",
      forged({ lanes: [TABLE.lanes[1]!, TABLE.lanes[0]!, ...TABLE.lanes.slice(2)] }),
      "out of order",
    ],
    ["a free row at the end", forged({ rows: [...TABLE.rows, row(call)] }), "belong to no lane"],
    [
      "a symbol twice",
      forged({ instruments: TABLE.instruments.map((i) => ({ ...i, symbol: "X" })) }),
      "used twice",
    ],
    [
      "a step that is not canonical",
      forged({ instruments: TABLE.instruments.map((i) => ({ ...i, quantityStep: "0.10" })) }),
      "canonical",
    ],
  ];
  it("accepts an initial slope below maintenance where the initial base makes up for it", () => {
    const { base, slope, width } = row(perp + 1);
    const covered = withRow(perp + 1, { initialBase: base + width, initialSlope: slope - 1n });
    expect(() => assertTableInvariants(covered)).not.toThrow();
  });

  it.each(tables)("refuses %s", (_, table, problem) => {
    expect(() => assertTableInvariants(table)).toThrow(
      expect.objectContaining({ code: "TABLE_RULE", message: expect.stringContaining(problem) }),
    );
  });
});

it("a table is named by its digest, which is another as soon as anything in the table is", () => {
  const [first, ...others] = TABLE.instruments;
  const classed = (kind: "derivative" | "settlement"): Partial<TableContents> => ({
    instruments: [
      { ...first!, class: kind === "derivative" ? { kind } : { kind, asset: "USDT" } },
      ...others,
    ],
  });
  const own = Object.entries(TABLE).filter(([field]) => field !== "digest");
  const tables = [
    TABLE,
    classed("derivative"),
    classed("settlement"),
    ...own.map(([field, value]) => {
      if (field === "groupPlaces") return { groupPlaces: [{ parent: 0, part: 0, factorBp: 1n }] };
      return { [field]: typeof value === "bigint" ? value + 1n : (value as readonly unknown[]).slice(1) };
    }),
  ];
  const digests = tables.map((parts) => Buffer.from(tableDigest(forged(parts))).toString("hex"));
  expect(digests[0]).toBe(Buffer.from(TABLE.digest).toString("hex"));
  expect(new Set(digests).size).toBe(2 + own.length + 1);
});
