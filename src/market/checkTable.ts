import { DECIMAL_PATTERN, decimal, decimalText } from "../decimal/decimal.js";
import { MarginproofError } from "../errors.js";
import {
  BRACKET_BITS,
  DEEP_BRACKET_BITS,
  DEEP_KEYS,
  ENTRY_BOUND,
  KEY_BITS,
  MAX_BRACKETS,
  MAX_DEEP_BRACKETS,
  MAX_GROUPS,
  MAX_IMF_BP,
  MAX_MARGIN_CALL_BP,
  MAX_PARTS,
  MAX_QUANTITY,
  MAX_ROWS,
  MAX_STRESS,
  MIN_IMF_BP,
  MIN_MARGIN_CALL_BP,
  NOTIONAL_BOUND,
  NULL_LANES,
} from "../protocol/constants.js";
import { lookupValue } from "../protocol/fold.js";
import type { RiskRow, TableContents } from "../protocol/riskTable.js";

/**
 * Checks every invariant of docs/protocol.md section 2 on a finished table, sharing nothing with the compiler that
 * made it. A table that fails would let an account be charged less than its requirement.
 * @throws MarginproofError TABLE_RULE naming the row, lane or instrument
 */
export function assertTableInvariants(table: TableContents): void {
  demand(table.rows.length <= MAX_ROWS, "rows", `more than ${MAX_ROWS}`);
  demand(table.groupScenarios.length <= MAX_GROUPS, "groups", `more than ${MAX_GROUPS}`);
  demand(
    table.groupNames.length === table.groupScenarios.length,
    "groups",
    "names and scenario counts differ in number",
  );
  demand(
    table.groupScenarios.every((n) => Number.isSafeInteger(n) && n > 0),
    "groups",
    "a group without scenarios",
  );
  demand(table.stressNames.length <= MAX_STRESS, "stress", `more than ${MAX_STRESS} scenarios`);
  demand(table.imfBp >= MIN_IMF_BP && table.imfBp < MAX_IMF_BP, "imfBp", "out of range");
  assertPlaces(table);
  const { marginCallBp } = table;
  demand(
    marginCallBp >= MIN_MARGIN_CALL_BP && marginCallBp <= MAX_MARGIN_CALL_BP,
    "marginCallBp",
    "out of range",
  );
  for (const names of [table.groupNames, table.stressNames, table.instruments.map((i) => i.symbol)]) {
    demand(new Set(names).size === names.length, "names", "a name is used twice");
  }
  assertNullRows(table);
  assertLanes(table);
  assertInstruments(table);
  for (const [r, row] of table.rows.entries()) assertRow(table, row, `row ${r}`);
  assertSecretRows(table.rows);
  for (const i of table.instruments) assertSides(table, i.longLane, i.shortLane, i.symbol);
  demand(
    new Set(table.rows.map(lookupValue)).size === table.rows.length,
    "rows",
    "a lookup value is used twice",
  );
}

/** A part follows its group, counted from 1, with its scenarios and factor: two groups never stand under one pole. */
function assertPlaces({ groupPlaces, groupScenarios, imfBp }: TableContents): void {
  demand(
    groupPlaces.length === groupScenarios.length,
    "groups",
    "places and scenario counts differ in number",
  );
  const parts = groupScenarios.map(() => 0);
  for (const [g, { parent, part, factorBp }] of groupPlaces.entries()) {
    const where = `group ${g}`;
    demand(factorBp >= 0n && imfBp + factorBp < MAX_IMF_BP, where, "its initial factor is out of range");
    if (parent === g) {
      demand(part === 0, where, "is a part of itself");
      continue;
    }
    const of = groupPlaces[parent];
    demand(of !== undefined && parent < g && of.parent === parent, where, "is a part of no group before it");
    demand(part === ++parts[parent]! && part <= MAX_PARTS, where, "is not the part that comes next");
    demand(factorBp === of!.factorBp, where, "has another initial factor than its group");
    demand(groupScenarios[g] === groupScenarios[parent], where, "has other scenarios than its group");
  }
}

function demand(holds: boolean, where: string, problem: string): void {
  if (!holds)
    throw new MarginproofError("TABLE_RULE", `risk table, ${where}: ${problem}`, { kind: "invalid" });
}

/** Rows 0 to 16: flat key 0 and bracketed lanes 0 to 15, all zero. */
function assertNullRows(table: TableContents): void {
  for (let r = 0; r <= NULL_LANES; r++) {
    const row = table.rows[r];
    const key = r === 0 ? 0 : (r - 1) << BRACKET_BITS;
    demand(
      row !== undefined &&
        row.flat === (r === 0) &&
        row.key === key &&
        row.laneIndex === -1 &&
        row.sigma === 1n,
      `row ${r}`,
      "is not the null row that belongs here",
    );
    const entries = [
      row!.lo,
      row!.width,
      row!.price,
      row!.base,
      row!.slope,
      row!.initialBase,
      row!.initialSlope,
    ];
    const zero = row!.groups.length === 0 && [...entries, ...row!.stress].every((x) => x === 0n);
    demand(zero, `row ${r}`, "a null row must be all zero");
  }
}

/** Two lanes an instrument, in order; keys counted up from 1 (flat), 16 (bracketed) and 0 (deep); brackets contiguous. */
function assertLanes(table: TableContents): void {
  demand(table.lanes.length === 2 * table.instruments.length, "lanes", "not two an instrument");
  let row = NULL_LANES + 1;
  let nextFlat = 1;
  let nextBracketed = NULL_LANES;
  let nextDeep = 0;
  for (const [l, lane] of table.lanes.entries()) {
    const where = `lane ${l} (${lane.instrument} ${lane.side})`;
    assertLane(table, l, where);
    demand(lane.firstRow === row && lane.rowCount >= 1, where, "its rows are not where they belong");
    const counted = lane.rowCount >= 2 && lane.rowCount <= MAX_DEEP_BRACKETS;
    demand(lane.flat ? lane.rowCount === 1 : counted, where, "bad row count");
    const deep = lane.rowCount > MAX_BRACKETS;
    demand(!deep || table.rows[row]?.notional === undefined, where, "too many brackets for secret rates");
    const key = lane.flat
      ? nextFlat++
      : deep
        ? nextDeep++ << DEEP_BRACKET_BITS
        : nextBracketed++ << BRACKET_BITS;
    demand(key >> KEY_BITS === 0, where, "no key left");
    assertBrackets(table, l, deep ? DEEP_KEYS + key : key, where);
    row += lane.rowCount;
  }
  demand(row === table.rows.length, "rows", "there are rows that belong to no lane");
}

/** A lane is the one that its instrument names: long before short. */
function assertLane({ lanes, instruments }: TableContents, l: number, where: string): void {
  const { instrument: symbol, side } = lanes[l]!;
  const instrument = instruments[l >> 1]!;
  const long = l % 2 === 0;
  demand(symbol === instrument.symbol && side === (long ? "long" : "short"), where, "out of order");
  const named = long ? instrument.longLane : instrument.shortLane;
  demand(named === l, where, "the instrument names another lane");
}

/** The rows of a lane: its own, in order, from nothing to the largest quantity without a gap, and nothing for nothing. */
function assertBrackets({ lanes, rows }: TableContents, l: number, firstKey: number, where: string): void {
  const { firstRow, rowCount, flat } = lanes[l]!;
  let lo = 0n;
  for (let k = 0; k < rowCount; k++) {
    const at = `row ${firstRow + k}`;
    const r = rows[firstRow + k];
    demand(r !== undefined && r.laneIndex === l && r.flat === flat, where, `${at} is not its own`);
    demand(r!.key === firstKey + k, where, `${at} has key ${r!.key}, not ${firstKey + k}`);
    demand(r!.sigma === (l % 2 === 0 ? 1n : -1n), where, `${at} has the wrong sign`);
    const begins = r!.lo === lo && r!.width >= 0n;
    demand(begins, where, `${at} does not begin where the one before it ended`);
    lo = r!.lo + r!.width + 1n;
  }
  demand(lo === MAX_QUANTITY + 1n, where, "its last bracket does not end at the largest quantity");
  const first = rows[firstRow]!;
  demand(first.base === 0n && first.initialBase === 0n, where, "requires something of an empty holding");
}

/** Assets have names, quantity steps are canonical decimals above 0. */
function assertInstruments({ instruments }: TableContents): void {
  const named = instruments.every((i) => i.class.kind === "derivative" || i.class.asset.length > 0);
  demand(named, "instruments", "an asset without a name");
  for (const { symbol, quantityStep: step } of instruments) {
    const canonical = DECIMAL_PATTERN.test(step) && decimalText(decimal(step)) === step;
    const positive = canonical && !/^(-|0$)/.test(step);
    demand(positive, symbol, "the quantity step is not a positive canonical decimal");
  }
}

/** Bounds of one row, and its columns against the market's groups and stress scenarios. */
function assertRow(table: TableContents, row: RiskRow, where: string): void {
  const requirements = [row.base, row.slope, row.initialBase, row.initialSlope];
  demand(
    requirements.every((x) => x >= 0n && x < ENTRY_BOUND),
    where,
    "a requirement is negative or too large",
  );
  demand(
    [0n, row.width].every((a) => row.initialBase + row.initialSlope * a >= row.base + row.slope * a),
    where,
    "the initial requirement is below the maintenance requirement",
  );
  const fits = (x: bigint) => x > -ENTRY_BOUND && x < ENTRY_BOUND;
  demand(fits(row.price), where, "the price is too large");
  demand(row.stress.length === table.stressNames.length && row.stress.every(fits), where, "bad stress gains");
  let previous = -1;
  for (const { group, gains } of row.groups) {
    demand(Number.isSafeInteger(group) && group > previous, where, "groups are not in increasing order");
    demand(
      gains.length === table.groupScenarios[group] && gains.every(fits),
      where,
      `bad gains in group ${group}`,
    );
    previous = group;
  }
}

/** Rows with secret rates stand last, and show nothing of what they require. */
function assertSecretRows(rows: readonly RiskRow[]): void {
  const first = rows.findIndex((row) => row.notional !== undefined);
  if (first < 0) return;
  for (const [r, row] of rows.entries()) {
    if (r < first) continue;
    const { notional, base, slope, initialBase, initialSlope } = row;
    demand(
      notional !== undefined && notional >= 0n && notional < NOTIONAL_BOUND,
      `row ${r}`,
      "follows one with secret rates, and has no notional in range",
    );
    const hidden = [base, slope, initialBase, initialSlope].every((x) => x === 0n);
    demand(hidden, `row ${r}`, "states a requirement, though its rates are secret");
  }
}

/** One price for the instrument; one set of gains a lane; a long and a short together never gain. */
function assertSides(table: TableContents, longLane: number, shortLane: number, symbol: string): void {
  const rowsOf = (l: number) => {
    const lane = table.lanes[l]!;
    return table.rows.slice(lane.firstRow, lane.firstRow + lane.rowCount);
  };
  const [long, short] = [rowsOf(longLane), rowsOf(shortLane)];
  const all = [...long, ...short];
  demand(
    all.every((r) => r.price === long[0]!.price && r.notional === long[0]!.notional),
    symbol,
    "price or notional is not the same in all rows",
  );
  for (const rows of [long, short]) {
    for (const r of rows) {
      demand(sameList(r.stress, rows[0]!.stress), symbol, "stress gains differ within a lane");
      demand(
        sameGroups(r, rows[0]!, (x, y) => x === y),
        symbol,
        "scenario gains differ within a lane",
      );
    }
  }
  const bounded = long[0]!.stress.every((gain, z) => gain <= short[0]!.stress[z]!);
  demand(bounded, symbol, "a long and a short together gain under stress");
  const ordered = sameGroups(long[0]!, short[0]!, (x, y) => x <= y);
  demand(ordered, symbol, "a long and a short together gain in a scenario, or are in different groups");
}

function sameList(x: readonly bigint[], y: readonly bigint[]): boolean {
  return x.length === y.length && x.every((value, k) => value === y[k]);
}

function sameGroups(x: RiskRow, y: RiskRow, holds: (a: bigint, b: bigint) => boolean): boolean {
  if (x.groups.length !== y.groups.length) return false;
  return x.groups.every((g, k) => {
    const other = y.groups[k]!;
    return (
      g.group === other.group &&
      g.gains.length === other.gains.length &&
      g.gains.every((v, s) => holds(v, other.gains[s]!))
    );
  });
}
