import { roleConstant } from "../field/sponge.js";
import type { AccountShape } from "./shapes.js";

/**
 * Starting constants of the sponges, the lowest 40 bits left free for shape numbers. Those of large shapes reach above them,
 * below 2^64; no two constants stand so near each other (a test compares them).
 */
function role(name: string): bigint {
  return (roleConstant(name) >> 40n) << 40n;
}

const LEAF = role("leaf");
export const ROLE_NODE = role("node");
export const ROLE_STATE = role("state");
const COLUMNS = role("columns");
const PRIVATE_COLUMNS = role("private-columns");
/** Of secret rates: their commitment is called the rules commitment, in the circuits as in what is published. */
const RATES = role("rules");
const TOTALS = role("totals");
const WEIGHTS = role("weights");

/** A leaf's sponge starts from a constant that names the shape, so no leaf reads two ways. */
export function leafRole(shape: AccountShape): bigint {
  const { bracketed, flat, groups, scenarios, stress, deep = 0, parts = 0 } = shape;
  const last = deep + 2 * parts;
  const bytes = [bracketed % 256, flat % 256, groups, scenarios, stress, bracketed >> 8, flat >> 8, last];
  return LEAF + bytes.reduce((sum, byte, at) => sum + (BigInt(byte) << BigInt(8 * at)), 0n);
}

export const columnsRole = (rows: number): bigint => COLUMNS + BigInt(rows);
export const privateColumnsRole = (rows: number): bigint => PRIVATE_COLUMNS + BigInt(rows);
export const ratesRole = (rows: number): bigint => RATES + BigInt(rows);
export const totalsRole = (rows: number): bigint => TOTALS + BigInt(rows);
export const weightsRole = (rows: number): bigint => WEIGHTS + BigInt(rows);
