import { describe, expect, it, test } from "vitest";
import { assertTableInvariants } from "../../src/market/checkTable.js";
import { compileTable } from "../../src/market/compileTable.js";
import { parseMarket } from "../../src/market/index.js";
import { tableDigest } from "../../src/market/tableDigest.js";
import {
  ENTRY_BOUND,
  MAX_DEEP_BRACKETS,
  MAX_GROUPS,
  MAX_IMF_BP,
  MAX_PARTS,
  MAX_ROWS,
  MAX_STRESS,
  NOTIONAL_BOUND,
  NULL_LANES,
} from "../../src/protocol/constants.js";
import type {
  GroupPlace,
  Lane,
  RiskRow,
  TableContents,
  TableInstrument,
} from "../../src/protocol/riskTable.js";
import { instrumentOf, smallMarket } from "./smallMarket.js";

/** Two groups, and secret rates of two contracts, the first with these brackets. */
function secretMarket(privateBrackets = ["0", "5"]) {
  const json = smallMarket();
  json.groups.push({ name: "H", scenarios: ["up"] });
  instrumentOf(json, "CALL").scenarioGains = { G: ["700.25", "-500.5"], H: ["1"] };
  const { maintenance: _, ...perp } = instrumentOf(json, "BTC-PERP");
  const secret = { ...perp, markPrice: "60000" };
  json.instruments.push(
    { ...secret, symbol: "S1", privateBrackets },
    { ...secret, symbol: "S2", privateBrackets: ["0"] },
  );
  json.privateRules = { rowsPerStep: 16, commitments: [`0x${"0".repeat(64)}`] };
  return parseMarket(json);
}
const { digest: _, ...TABLE } = compileTable(secretMarket());
const laneAt = (symbol: string, side: string): number =>
  TABLE.lanes.findIndex((l) => l.instrument === symbol && l.side === side);
const at = (symbol: string, side: string, bracket = 0): number =>
  TABLE.lanes[laneAt(symbol, side)]!.firstRow + bracket;

/** So many groups that are no parts. */
const placesOf = (groups: number) =>
  Array.from({ length: groups }, (_, parent) => ({ parent, part: 0, factorBp: 0n }));

const forged = (parts: Partial<TableContents>): TableContents => ({ ...TABLE, ...parts });
const withRow = (index: number, fields: Partial<RiskRow>): TableContents =>
  forged({ rows: TABLE.rows.map((row, r) => (r === index ? { ...row, ...fields } : row)) });
const withLane = (index: number, fields: Partial<Lane>): TableContents =>
  forged({ lanes: TABLE.lanes.map((lane, l) => (l === index ? { ...lane, ...fields } : lane)) });
const withInstrument = (symbol: string, fields: Partial<TableInstrument>): TableContents =>
  forged({ instruments: TABLE.instruments.map((i) => (i.symbol === symbol ? { ...i, ...fields } : i)) });
/** The whole words, so that no other rule speaks in the place of this one. */
const refused = (table: TableContents, where: string, problem: string) =>
  expect(() => assertTableInvariants(table)).toThrow(
    expect.objectContaining({ code: "TABLE_RULE", message: `risk table, ${where}: ${problem}` }),
  );

test("what the compiler makes keeps every rule", () => {
  expect(() => assertTableInvariants(TABLE)).not.toThrow();
});

describe("a table has room for", () => {
  const first = TABLE.rows[0]!;
  it("so many rows, groups and scenarios", () => {
    refused(forged({ rows: Array<RiskRow>(MAX_ROWS + 1).fill(first) }), "rows", `more than ${MAX_ROWS}`);
    const many = {
      groupScenarios: Array<number>(MAX_GROUPS + 1).fill(1),
      groupPlaces: placesOf(MAX_GROUPS + 1),
    };
    refused(forged(many), "groups", `more than ${MAX_GROUPS}`);
    const stressNames = Array.from({ length: MAX_STRESS + 1 }, (_, z) => `s${z}`);
    refused(forged({ stressNames }), "stress", `more than ${MAX_STRESS} scenarios`);
    // As many as fit are no fault: the next rule speaks.
    refused(forged({ rows: Array<RiskRow>(MAX_ROWS).fill(first) }), "row 1", NULL_ROW);
    const most = Array.from({ length: MAX_GROUPS }, (_, g) => `g${g}`);
    const groups = {
      groupNames: most,
      groupScenarios: most.map(() => 1),
      groupPlaces: placesOf(MAX_GROUPS),
    };
    refused(forged(groups), `row ${at("CALL", "long")}`, "bad gains in group 0");
    refused(forged({ stressNames: stressNames.slice(1) }), `row 0`, "bad stress gains");
  });

  it("names that are used once, a count of scenarios for each group", () => {
    const differ = "names and scenario counts differ in number";
    refused(forged({ groupNames: ["G"] }), "groups", differ);
    refused(forged({ groupNames: ["G", "H", "I"] }), "groups", differ);
    for (const bad of [0, -1, 1.5])
      refused(forged({ groupScenarios: [2, bad] }), "groups", "a group without scenarios");
    refused(forged({ groupNames: ["G", "G"] }), "names", "a name is used twice");
    refused(forged({ stressNames: ["crash", "crash"] }), "names", "a name is used twice");
    refused(withInstrument("CALL", { symbol: "BTC" }), "names", "a name is used twice");
  });

  it("factors in range, their ends included", () => {
    for (const imfBp of [9_999n, 1n << 20n]) refused(forged({ imfBp }), "imfBp", "out of range");
    for (const imfBp of [10_000n, (1n << 20n) - 1n])
      expect(() => assertTableInvariants(forged({ imfBp }))).not.toThrow();
    for (const marginCallBp of [9_999n, 20_001n])
      refused(forged({ marginCallBp }), "marginCallBp", "out of range");
    for (const marginCallBp of [10_000n, 20_000n])
      expect(() => assertTableInvariants(forged({ marginCallBp }))).not.toThrow();
  });
});

describe("parts of groups", () => {
  /** Two groups of the table, then as many of one scenario, with these places. */
  const placed = (...more: readonly GroupPlace[]): TableContents => {
    const named = more.map((_, n) => `P${n}`);
    return forged({
      groupNames: [...TABLE.groupNames, ...named],
      groupScenarios: [...TABLE.groupScenarios, ...named.map(() => 1)],
      groupPlaces: [...placesOf(2), ...more],
    });
  };
  const part = (number: number, fields: object = {}): GroupPlace => ({
    ...{ parent: 1, part: number, factorBp: 0n },
    ...fields,
  });

  it("are counted from 1, as many as fit", () => {
    const parts = Array.from({ length: MAX_PARTS }, (_, n) => part(n + 1));
    expect(() => assertTableInvariants(placed(...parts))).not.toThrow();
    const next = "is not the part that comes next";
    refused(placed(...parts, part(MAX_PARTS + 1)), `group ${MAX_PARTS + 2}`, next);
    for (const number of [0, 1, 3]) refused(placed(part(1), part(number)), "group 3", next);
  });

  it("stand after their group, which is no part", () => {
    const none = "is a part of no group before it";
    refused(placed(part(1), part(1, { parent: 2 })), "group 3", none);
    refused(placed(part(1, { parent: 3 }), part(0, { parent: 3 })), "group 2", none);
    for (const parent of [9, -1, 0.5]) refused(placed(part(1, { parent })), "group 2", none);
    refused(placed(part(1), part(1, { parent: 3 })), "group 3", "is a part of itself");
  });

  it("have their group's scenarios and factor, which is in range", () => {
    refused(placed(part(1, { parent: 0 })), "group 2", "has other scenarios than its group");
    refused(
      placed(part(1), part(2, { factorBp: 1n })),
      "group 3",
      "has another initial factor than its group",
    );
    const range = "its initial factor is out of range";
    const own = (factorBp: bigint) => placed({ parent: 2, part: 0, factorBp }, part(1));
    expect(() => assertTableInvariants(own(MAX_IMF_BP - TABLE.imfBp - 1n))).not.toThrow();
    refused(own(MAX_IMF_BP - TABLE.imfBp), "group 2", range);
    refused(own(-1n), "group 2", range);
  });
});

const NULL_ROW = "is not the null row that belongs here";
describe("null rows", () => {
  it("stand first, each with its own key", () => {
    for (const r of [0, 1, NULL_LANES]) {
      const { flat, key } = TABLE.rows[r]!;
      for (const fields of [{ flat: !flat }, { key: key + 1 }, { laneIndex: 0 }, { sigma: -1n as const }])
        refused(withRow(r, fields), `row ${r}`, NULL_ROW);
    }
    refused(forged({ rows: TABLE.rows.slice(0, NULL_LANES) }), `row ${NULL_LANES}`, NULL_ROW);
    refused(forged({ rows: [] }), "row 0", NULL_ROW);
  });

  const entries = ["lo", "width", "price", "base", "slope", "initialBase", "initialSlope"];
  it.each<[string, Partial<RiskRow>]>([
    ...entries.map((name): [string, Partial<RiskRow>] => [name, { [name]: 1n }]),
    ["stress", { stress: [1n] }],
    ["groups", { groups: [{ group: 0, gains: [0n, 0n] }] }],
  ])("hold nothing: %s", (_, fields) => {
    for (const r of [0, 7, NULL_LANES])
      refused(withRow(r, fields), `row ${r}`, "a null row must be all zero");
  });
});

describe("lanes", () => {
  const where = (l: number): string => `lane ${l} (${TABLE.lanes[l]!.instrument} ${TABLE.lanes[l]!.side})`;
  const perp = laneAt("BTC-PERP", "long");
  const call = laneAt("CALL", "short");

  it("are two of each instrument, long before short, as the instrument names them", () => {
    refused(forged({ lanes: TABLE.lanes.slice(0, -1) }), "lanes", "not two an instrument");
    refused(forged({ lanes: [...TABLE.lanes, TABLE.lanes[0]!] }), "lanes", "not two an instrument");
    refused(withLane(perp, { instrument: "BTC" }), `lane ${perp} (BTC long)`, "out of order");
    refused(withLane(perp, { side: "short" }), `lane ${perp} (BTC-PERP short)`, "out of order");
    const other = "the instrument names another lane";
    refused(withInstrument("BTC-PERP", { longLane: perp + 1 }), where(perp), other);
    refused(withInstrument("BTC-PERP", { shortLane: perp }), where(perp + 1), other);
  });

  it("have their rows one after the other: one where flat, two or more brackets where not", () => {
    const place = "its rows are not where they belong";
    refused(withLane(perp, { firstRow: at("BTC-PERP", "long") + 1 }), where(perp), place);
    refused(withLane(perp, { firstRow: at("BTC-PERP", "long") - 1 }), where(perp), place);
    refused(withLane(perp, { rowCount: 0 }), where(perp), place);
    refused(withLane(perp, { rowCount: 1 }), where(perp), "bad row count");
    refused(withLane(perp, { rowCount: MAX_DEEP_BRACKETS + 1 }), where(perp), "bad row count");
    refused(withLane(call, { rowCount: 2 }), where(call), "bad row count");
    refused(withLane(perp, { flat: true }), where(perp), "bad row count");
    refused(withLane(call, { flat: false }), where(call), "bad row count");
    const one = TABLE.rows.length - 1;
    refused(
      forged({ rows: [...TABLE.rows, TABLE.rows[one]!] }),
      "rows",
      "there are rows that belong to no lane",
    );
  });

  it("have rows of their own, in order, without a gap", () => {
    const r = at("BTC-PERP", "long", 1);
    const row = TABLE.rows[r]!;
    for (const own of [{ laneIndex: perp + 1 }, { flat: true }])
      refused(withRow(r, own), where(perp), `row ${r} is not its own`);
    const cut = forged({ rows: TABLE.rows.slice(0, -1) });
    refused(cut, where(TABLE.lanes.length - 1), `row ${TABLE.rows.length - 1} is not its own`);
    refused(withRow(r, { key: row.key - 1 }), where(perp), `row ${r} has key ${row.key - 1}, not ${row.key}`);
    refused(withRow(r, { sigma: -1n }), where(perp), `row ${r} has the wrong sign`);
    const short = at("BTC-PERP", "short");
    refused(withRow(short, { sigma: 1n }), where(perp + 1), `row ${short} has the wrong sign`);
    const gap = "does not begin where the one before it ended";
    refused(withRow(r, { lo: row.lo + 1n }), where(perp), `row ${r} ${gap}`);
    refused(withRow(r, { lo: row.lo - 1n }), where(perp), `row ${r} ${gap}`);
    refused(withRow(r - 1, { lo: 1n }), where(perp), `row ${r - 1} ${gap}`);
    // A bracket of width -1 would hold no quantity, and let the next begin at the same one.
    refused(withRow(r, { width: -1n }), where(perp), `row ${r} ${gap}`);
    const end = "its last bracket does not end at the largest quantity";
    const last = at("BTC-PERP", "long", 2);
    for (const more of [1n, -1n])
      refused(withRow(last, { width: TABLE.rows[last]!.width + more }), where(perp), end);
    const empty = "requires something of an empty holding";
    refused(withRow(r - 1, { base: 1n, initialBase: 1n }), where(perp), empty);
    refused(withRow(r - 1, { initialBase: 1n }), where(perp), empty);
  });

  it("have no more than 16 brackets where rates are secret", () => {
    const json = smallMarket();
    const tiers = Array.from({ length: 17 }, (_, k) => ({
      notionalFloor: `${k * 100000}`,
      rate: `0.${10 + k}`,
    }));
    instrumentOf(json, "BTC-PERP").maintenance = { brackets: tiers };
    const { digest: _, ...deep } = compileTable(parseMarket(json));
    expect(() => assertTableInvariants(deep)).not.toThrow();
    const { firstRow } = deep.lanes.find(({ rowCount }) => rowCount === 17)!;
    const rows = deep.rows.map((row, r) => (r === firstRow ? { ...row, notional: 5n } : row));
    refused({ ...deep, rows }, "lane 6 (BTC-PERP long)", "too many brackets for secret rates");
  });

  it("have keys as long as there are any", () => {
    const { lanes, instruments, rows } = TABLE;
    const [own, first] = [instruments.find((i) => i.symbol === "BTC-PERP")!, at("BTC-PERP", "long")];
    const brackets = rows.slice(first, first + 6);
    // The bracketed lanes of the table's own instruments come first: BTC long, then these.
    const start = instruments.findIndex((i) => i.symbol === "BTC-PERP");
    const count = 2040;
    const more = Array.from({ length: count }, (_, n) => n);
    const before = lanes.slice(0, 2 * start);
    const rowsBefore = rows.slice(0, first);
    const many: TableContents = {
      ...TABLE,
      instruments: [
        ...instruments.slice(0, start),
        ...more.map((n) => ({
          ...{ ...own, symbol: `P${n}` },
          ...{ longLane: 2 * (start + n), shortLane: 2 * (start + n) + 1 },
        })),
      ],
      lanes: [
        ...before,
        ...more.flatMap((n) =>
          (["long", "short"] as const).map((side, s) => ({
            ...{ instrument: `P${n}`, side, flat: false },
            ...{ firstRow: first + 6 * n + 3 * s, rowCount: 3 },
          })),
        ),
      ],
      rows: [
        ...rowsBefore,
        ...more.flatMap((n) =>
          brackets.map((row, k) => ({
            ...row,
            laneIndex: 2 * (start + n) + (k < 3 ? 0 : 1),
            key: ((NULL_LANES + 1 + 2 * n + (k < 3 ? 0 : 1)) << 4) + (k % 3),
          })),
        ),
      ],
    };
    // 4096 lanes have a key: 16 null lanes, one of BTC, 2 * 2039 of these and one more.
    refused(many, `lane ${2 * (start + 2039) + 1} (P2039 short)`, "no key left");
  });
});

describe("instruments", () => {
  it("of an asset name it", () => {
    const empty = { class: { kind: "asset", asset: "" } } as const;
    refused(withInstrument("BTC", empty), "instruments", "an asset without a name");
    const letter = { class: { kind: "asset", asset: "B" } } as const;
    expect(() => assertTableInvariants(withInstrument("BTC", letter))).not.toThrow();
  });

  it("have a quantity step that is a positive canonical decimal", () => {
    for (const quantityStep of ["0", "-1", "0.10", "01", "1e3", "", "-0.001", "1."])
      refused(
        withInstrument("CALL", { quantityStep }),
        "CALL",
        "the quantity step is not a positive canonical decimal",
      );
    for (const quantityStep of ["0.1", "10", "0.0000001"])
      expect(() => assertTableInvariants(withInstrument("CALL", { quantityStep }))).not.toThrow();
  });
});

describe("rows", () => {
  const r = at("BTC-PERP", "long", 1);
  const row = TABLE.rows[r]!;
  const call = at("CALL", "long");

  it.each(["base", "slope", "initialBase", "initialSlope"] as const)("have a %s in range", (column) => {
    for (const value of [-1n, ENTRY_BOUND])
      refused(withRow(r, { [column]: value }), `row ${r}`, "a requirement is negative or too large");
  });

  it("require initially what they require for maintenance, at both ends", () => {
    const below = "the initial requirement is below the maintenance requirement";
    refused(withRow(r, { initialBase: row.base - 1n, initialSlope: row.slope + 1n }), `row ${r}`, below);
    refused(withRow(r, { initialSlope: row.slope - 1n }), `row ${r}`, below);
  });

  it("have prices and gains in range, for each scenario of the market", () => {
    for (const sign of [1n, -1n]) {
      refused(withRow(r, { price: sign * ENTRY_BOUND }), `row ${r}`, "the price is too large");
      refused(withRow(r, { stress: [sign * ENTRY_BOUND] }), `row ${r}`, "bad stress gains");
      refused(
        withRow(call, {
          groups: [{ group: 0, gains: [0n, sign * ENTRY_BOUND] }, TABLE.rows[call]!.groups[1]!],
        }),
        `row ${call}`,
        "bad gains in group 0",
      );
    }
    for (const stress of [[], [0n, 0n]]) refused(withRow(r, { stress }), `row ${r}`, "bad stress gains");
    for (const gains of [[0n], [0n, 0n, 0n]])
      refused(withRow(call, { groups: [{ group: 0, gains }] }), `row ${call}`, "bad gains in group 0");
    const [g, h] = TABLE.rows[call]!.groups;
    const order = "groups are not in increasing order";
    refused(withRow(call, { groups: [h!, g!] }), `row ${call}`, order);
    refused(withRow(call, { groups: [g!, g!] }), `row ${call}`, order);
    refused(withRow(call, { groups: [{ group: -1, gains: [] }] }), `row ${call}`, order);
    refused(withRow(call, { groups: [{ group: 0.5, gains: [] }] }), `row ${call}`, order);
    refused(
      withRow(call, { groups: [g!, h!, { group: 2, gains: [] }] }),
      `row ${call}`,
      "bad gains in group 2",
    );
  });
});

describe("rows with secret rates", () => {
  const s1 = at("S1", "long");
  const last = TABLE.rows.length - 1;
  const range = "follows one with secret rates, and has no notional in range";

  it("stand last, with a notional in range", () => {
    for (const notional of [undefined, -1n, NOTIONAL_BOUND]) {
      refused(withRow(last, { notional } as Partial<RiskRow>), `row ${last}`, range);
      if (notional !== undefined) refused(withRow(s1, { notional }), `row ${s1}`, range);
    }
    const open = at("CALL", "short");
    // A secret row before open ones: the first of these is named, unless it states a requirement itself.
    refused(withRow(open - 1, { notional: 5n }), `row ${open}`, range);
    refused(withRow(open, { notional: 5n }), `row ${open}`, HIDDEN);
    refused(withRow(at("USDT", "long"), { notional: 5n }), `row ${at("USDT", "short")}`, range);
  });

  it("may have a notional of 0, and are none of the null rows", () => {
    const own = ["long", "short"].flatMap((side) => [at("S1", side), at("S1", side, 1)]);
    const rows = TABLE.rows.map((row, r) => (own.includes(r) ? { ...row, notional: 0n } : row));
    expect(() => assertTableInvariants(forged({ rows }))).not.toThrow();
    refused(withRow(0, { notional: 5n }), "row 1", range);
  });

  it.each(["slope", "initialSlope", "base", "initialBase"] as const)("state no %s", (column) => {
    // With what the rules before ask of it: initially no less, and nothing of an empty holding.
    const fields = column.endsWith("ase") ? { initialBase: 1n } : { initialSlope: 1n };
    const index = at("S1", "long", 1);
    refused(withRow(index, { ...fields, [column]: 1n }), `row ${index}`, HIDDEN);
  });

  it("state no slope either of a bracket of one quantity, which charges nothing by it", () => {
    const { digest: _, ...table } = compileTable(secretMarket(["0", "5", "5.001"]));
    const one = table.rows.findIndex((row) => row.notional !== undefined && row.width === 0n);
    const rows = table.rows.map((row, r) => (r === one ? { ...row, slope: 1n } : row));
    refused({ ...table, rows }, `row ${one}`, HIDDEN);
  });
});
const HIDDEN = "states a requirement, though its rates are secret";

describe("the two sides of an instrument", () => {
  const [long, short] = [at("BTC-PERP", "long"), at("BTC-PERP", "short")];
  const [call, put] = [at("CALL", "long"), at("CALL", "short")];

  it("have one price and one notional", () => {
    const price = "price or notional is not the same in all rows";
    for (const r of [long + 1, long + 2, short, short + 2])
      refused(withRow(r, { price: TABLE.rows[r]!.price + 1n }), "BTC-PERP", price);
    for (const side of ["long", "short"]) refused(withRow(at("S1", side, 1), { notional: 7n }), "S1", price);
  });

  it("have one set of gains each", () => {
    for (const r of [long + 1, short + 2]) {
      const stress = [TABLE.rows[r]!.stress[0]! - 1n];
      refused(withRow(r, { stress }), "BTC-PERP", "stress gains differ within a lane");
      const groups = [{ group: 1, gains: [0n] }];
      refused(withRow(r, { groups }), "BTC-PERP", "scenario gains differ within a lane");
    }
    const grouped = (group: number, ...gains: bigint[]) => ({ groups: [{ group, gains }] });
    const rows = TABLE.rows.map((row, r) =>
      r === short
        ? { ...row, ...grouped(1, 5n) }
        : r > short && r < short + 3
          ? { ...row, ...grouped(1, 6n) }
          : row,
    );
    refused(forged({ rows }), "BTC-PERP", "scenario gains differ within a lane");
  });

  it("never gain together", () => {
    const stress = [TABLE.rows[put]!.stress[0]! + 1n];
    refused(withRow(call, { stress }), "CALL", "a long and a short together gain under stress");
    const apart = "a long and a short together gain in a scenario, or are in different groups";
    const [g, h] = TABLE.rows[put]!.groups;
    const gaining = (s: number) => ({
      groups: [{ group: 0, gains: g!.gains.map((gain, k) => (k === s ? gain + 1n : gain)) }, h!],
    });
    for (const s of [0, 1]) refused(withRow(call, gaining(s)), "CALL", apart);
    for (const groups of [[g!], [h!], []]) refused(withRow(call, { groups }), "CALL", apart);
    // In two groups of as many scenarios, one may gain while the other does.
    const groups = (r: number) => [{ group: r === call ? 0 : 1, gains: r === call ? [-1n, -1n] : [1n, 1n] }];
    const other = TABLE.rows.map((row, r) => (r === call || r === put ? { ...row, groups: groups(r) } : row));
    refused(forged({ groupScenarios: [2, 2], rows: other }), "CALL", apart);
    const less = (s: number) => ({
      groups: [{ group: 0, gains: g!.gains.map((gain, k) => (k === s ? gain - 1n : gain)) }, h!],
    });
    expect(() => assertTableInvariants(withRow(call, less(1)))).not.toThrow();
    expect(() => assertTableInvariants(withRow(call, { stress: [stress[0]! - 2n] }))).not.toThrow();
  });
});

describe("the digest of a table", () => {
  const hex = (table: TableContents): string => Buffer.from(tableDigest(table)).toString("hex");
  const r = at("CALL", "long");
  const row = TABLE.rows[r]!;
  const lane = laneAt("CALL", "long");
  const changes: [string, TableContents][] = [
    ...(["sigma", "lo", "width", "price", "base", "slope", "initialBase", "initialSlope"] as const).map(
      (column): [string, TableContents] => [column, withRow(r, { [column]: row[column] + 3n })],
    ),
    ["flat", withRow(r, { flat: !row.flat })],
    ["key", withRow(r, { key: row.key + 1 })],
    ["laneIndex", withRow(r, { laneIndex: row.laneIndex + 1 })],
    ["stress", withRow(r, { stress: [9n] })],
    ["a stress more", withRow(r, { stress: [...row.stress, 0n] })],
    ["a group's number", withRow(r, { groups: [{ ...row.groups[0]!, group: 7 }, row.groups[1]!] })],
    ["a group's gain", withRow(r, { groups: [{ group: 0, gains: [9n, 9n] }, row.groups[1]!] })],
    ["a group less", withRow(r, { groups: [row.groups[0]!] })],
    ["a notional", withRow(r, { notional: 0n })],
    ["a notional elsewhere", withRow(r + 1, { notional: 0n })],
    ["another notional", withRow(at("S1", "long"), { notional: 1n })],
    ["a lane's instrument", withLane(lane, { instrument: "X" })],
    ["a lane's side", withLane(lane, { side: "short" })],
    ["a lane's kind", withLane(lane, { flat: false })],
    ["a lane's first row", withLane(lane, { firstRow: 1 })],
    ["a lane's rows", withLane(lane, { rowCount: 2 })],
    ["a symbol", withInstrument("CALL", { symbol: "X" })],
    ["a step", withInstrument("CALL", { quantityStep: "7" })],
    ["a long lane", withInstrument("CALL", { longLane: 1 })],
    ["a short lane", withInstrument("CALL", { shortLane: 1 })],
    ["a class", withInstrument("BTC", { class: { kind: "settlement", asset: "BTC" } })],
    ["an asset", withInstrument("BTC", { class: { kind: "asset", asset: "USDT" } })],
    ["a group's name", forged({ groupNames: ["G", "X"] })],
    ["a group's scenarios", forged({ groupScenarios: [2, 2] })],
    ["a stress scenario's name", forged({ stressNames: ["boom"] })],
    ["a group's place", forged({ groupPlaces: [placesOf(1)[0]!, { parent: 0, part: 1, factorBp: 0n }] })],
    ["a group's part", forged({ groupPlaces: [placesOf(1)[0]!, { parent: 0, part: 2, factorBp: 0n }] })],
    ["a group's factor", forged({ groupPlaces: [placesOf(1)[0]!, { parent: 1, part: 0, factorBp: 1n }] })],
    ["the initial factor", forged({ imfBp: TABLE.imfBp + 1n })],
    ["the margin call", forged({ marginCallBp: TABLE.marginCallBp + 1n })],
  ];

  it("is another for every change of it", () => {
    const digests = new Map([["the same", hex(TABLE)]]);
    for (const [what, table] of changes) {
      const digest = hex(table);
      for (const [other, known] of digests) expect(digest === known, `${what} and ${other}`).toBe(false);
      digests.set(what, digest);
    }
    expect(digests.size).toBe(changes.length + 1);
    expect(hex(structuredClone(TABLE))).toBe(digests.get("the same"));
    // A statement that was anchored names the same table for ever.
    expect(hex(TABLE)).toBe("e8d8cc635987e40fa0320940fb801bee601cf1389a348772111333e15ecde301");
  });
});
