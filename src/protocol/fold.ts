import { add, batchInverse, fromSigned, mul, sub } from "../field/element.js";
import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import { sponge } from "../field/sponge.js";
import type { Challenges } from "./challenges.js";
import {
  DEEP_KEYS,
  DEEP_MARK,
  FLAT_MARK,
  GROUP_BITS,
  INITIAL_SCALE,
  KEY_BITS,
  PADDING_MARK,
  PART_BITS,
  WORD_BITS,
} from "./constants.js";
import type { GroupPlace, RiskRow, RiskTable } from "./riskTable.js";
import { columnsRole, privateColumnsRole } from "./roles.js";
import type { TablePart } from "./tableParts.js";

/** The value a slot must look up to use this row (LogUp: `ChainState.lookup`); unique in the table. */
export function lookupValue(row: RiskRow): bigint {
  if (row.flat) return BigInt(row.key) + FLAT_MARK;
  const deep = row.key >= DEEP_KEYS;
  const key = deep ? BigInt(row.key - DEEP_KEYS) + DEEP_MARK : BigInt(row.key);
  return key + (row.width << BigInt(KEY_BITS));
}

/** A row under the challenges. Its share of an account's equation, for a slot, is `foldBase + offset * foldSlope`. */
export interface FoldedRow {
  readonly lookupValue: bigint;
  readonly foldBase: bigint;
  readonly foldSlope: bigint;
  readonly lo: bigint;
  /** The part of foldSlope that is public even where rates are secret: value, scenario and stress gains. */
  readonly gain: bigint;
  /** `RiskRow.notional`; 0 in rows with public rates. */
  readonly notional: bigint;
  /** 1 on a lane's first row (null rows belong to no lane). */
  readonly laneFirst: 0n | 1n;
}

/**
 * The number under which a group's gains, or a part's, stand in the equation. It holds the group's number, the part's and the
 * group's initial factor, so that true gains under another group, part or factor are other gains.
 */
function groupPole({ parent, part, factorBp }: GroupPlace): bigint {
  return BigInt(parent) + (BigInt(part) << BigInt(GROUP_BITS)) + (factorBp << BigInt(GROUP_BITS + PART_BITS));
}

/**
 * Folds every row into a random linear combination of its entries, by the account's monomials: 1 for equity, beta for the
 * holding's own maintenance requirement, beta^2 for its initial one, beta^(3+z) for the change under stress z, and
 * beta^s / (gamma - pole of g) for scenario s of group g.
 */
export function foldTable(table: RiskTable, challenges: Pick<Challenges, "beta" | "gamma">): FoldedRow[] {
  const { beta, gamma } = challenges;
  const scenarios = Math.max(0, ...table.groupScenarios);
  const powers: bigint[] = [1n];
  while (powers.length < Math.max(scenarios, 3 + table.stressNames.length)) {
    powers.push(mul(powers.at(-1)!, beta));
  }
  const groupInverse = batchInverse(table.groupPlaces.map((place) => sub(gamma, groupPole(place))));
  // All brackets of a lane share one gain vector, so it is folded once per lane.
  const gainOfLane = new Map<number, bigint>();
  let laneBefore = -1;
  return table.rows.map((row) => {
    let gain = row.laneIndex < 0 ? 0n : gainOfLane.get(row.laneIndex);
    if (gain === undefined) {
      gain = fromSigned(row.price);
      row.stress.forEach((units, z) => {
        gain = add(gain!, mul(powers[3 + z]!, fromSigned(units)));
      });
      for (const { group, gains } of row.groups) {
        let folded = 0n;
        gains.forEach((units, s) => {
          folded = add(folded, mul(powers[s]!, fromSigned(units)));
        });
        gain = add(gain, mul(groupInverse[group]!, folded));
      }
      gainOfLane.set(row.laneIndex, gain);
    }
    const long = fromSigned(row.sigma);
    const initial = mul(powers[2] ?? 0n, INITIAL_SCALE);
    const base = add(mul(beta, row.base), mul(initial, row.initialBase));
    const slope = add(mul(beta, row.slope), mul(initial, row.initialSlope));
    const laneFirst = row.laneIndex !== laneBefore && row.laneIndex >= 0 ? 1n : 0n;
    laneBefore = row.laneIndex;
    return {
      lookupValue: lookupValue(row),
      foldBase: add(base, mul(mul(long, row.lo), gain)),
      foldSlope: add(slope, mul(long, gain)),
      lo: row.lo,
      gain: mul(long, gain),
      notional: row.notional ?? 0n,
      laneFirst,
    };
  });
}

/** The rows of a table step, filled up with padding rows that no slot can look up. */
export function stepRows(
  folded: readonly FoldedRow[],
  { first, end, size, position }: TablePart,
): FoldedRow[] {
  const rows = folded.slice(first, end);
  while (rows.length < size) {
    rows.push({
      lookupValue: PADDING_MARK + BigInt(position + rows.length),
      foldBase: 0n,
      foldSlope: 0n,
      lo: 0n,
      gain: 0n,
      notional: 0n,
      laneFirst: 0n,
    });
  }
  return rows;
}

/** Hash of a table step's public columns. */
export function columnsHash(hasher: PoseidonHasher, rows: readonly FoldedRow[]): bigint {
  const columns = rows.flatMap((row) => [row.lookupValue, row.foldBase, row.foldSlope, row.lo]);
  return hashColumns(hasher, columnsRole(rows.length), columns, rows);
}

/** Hash of the public columns of a table step whose rates are secret. */
export function privateColumnsHash(hasher: PoseidonHasher, rows: readonly FoldedRow[]): bigint {
  const columns = rows.flatMap((row) => [row.lookupValue, row.gain, row.notional, row.lo]);
  return hashColumns(hasher, privateColumnsRole(rows.length), columns, rows);
}

/** The columns, then the first-row-of-lane flags in 253-bit words. */
function hashColumns(
  hasher: PoseidonHasher,
  role: bigint,
  columns: readonly bigint[],
  rows: readonly FoldedRow[],
): bigint {
  const elements = [...columns];
  for (let at = 0; at < rows.length; at += WORD_BITS) {
    let word = 0n;
    rows.slice(at, at + WORD_BITS).forEach((row, i) => {
      word |= row.laneFirst << BigInt(i);
    });
    elements.push(word);
  }
  return sponge(hasher, role, elements);
}
