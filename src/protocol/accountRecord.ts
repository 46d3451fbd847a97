import type { Band } from "./bands.js";
import type { Shape } from "./shapes.js";

/** One holding: a lane's row and the offset inside its bracket. */
export interface Slot {
  readonly key: number;
  /** |quantity| - lo. */
  readonly offset: bigint;
  /** width - offset; 0 in a flat slot, where it is not committed. */
  readonly complement: bigint;
}

export interface PartResult {
  /** Which part of the group, from 1; `NULL_PART_TOP - slot` where the slot is unused. */
  readonly part: number;
  /** Gain per scenario, one per scenario of the shape, each in [-2^48, 2^48). */
  readonly gains: readonly bigint[];
}

export interface GroupResult {
  readonly group: number;
  readonly worst: bigint;
  /** worst + gain per scenario, losses of parts taken off, one per scenario of the shape, each in [0, 2^72). */
  readonly slack: readonly bigint[];
  /** Only in a shape with parts: one per part slot, and by how much the group's initial factor is above the market's. */
  readonly parts?: readonly PartResult[];
  readonly factorBp?: bigint;
}

/**
 * One account in the form of a shape: exactly what its leaf commits to.
 * `bracketed.length = shape.bracketed`, `flat.length = shape.flat`, and so on; unused places are null.
 */
export interface AccountRecord {
  /** Hides the leaf; random in padding too. */
  readonly tag: bigint;
  /** False for padding: an empty account that no total counts. */
  readonly counted: boolean;
  readonly bracketed: readonly Slot[];
  readonly flat: readonly Slot[];
  readonly groups: readonly GroupResult[];
  /** Value of everything held, value units. */
  readonly equity: bigint;
  /** Maintenance requirement MMR, value units. */
  readonly maintenance: bigint;
  /** Initial requirement IMR, 1/10000 value units. */
  readonly initial: bigint;
  /** What the three give (`bandOf`). */
  readonly band: Band;
  /** Equity under each stress scenario of the shape. */
  readonly stressed: readonly bigint[];
}

export interface Batch {
  readonly index: number;
  readonly shape: Shape;
  readonly accounts: readonly AccountRecord[];
}
