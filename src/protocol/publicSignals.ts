import {
  ACCOUNT_STEP_SIGNALS,
  PRIVATE_TABLE_STEP_SIGNALS,
  TABLE_STEP_SIGNALS,
} from "./publicSignals.generated.js";
import type { Instance } from "./shapes.js";

export type AccountStepSignals = Readonly<Record<(typeof ACCOUNT_STEP_SIGNALS)[number], bigint>>;
export type TableStepSignals = Readonly<Record<(typeof TABLE_STEP_SIGNALS)[number], bigint>>;
export type PrivateTableStepSignals = Readonly<Record<(typeof PRIVATE_TABLE_STEP_SIGNALS)[number], bigint>>;

/** Names of the public signals of each template, in proof order. */
export const STEP_SIGNALS: Readonly<Record<Instance["template"], readonly string[]>> = {
  accounts: ACCOUNT_STEP_SIGNALS,
  table: TABLE_STEP_SIGNALS,
  privateTable: PRIVATE_TABLE_STEP_SIGNALS,
};

/** The account step's public signals as the proof system orders them. */
export function accountStepSignals(signals: AccountStepSignals): bigint[] {
  return ACCOUNT_STEP_SIGNALS.map((name) => signals[name]);
}

/** The table step's public signals as the proof system orders them. */
export function tableStepSignals(signals: TableStepSignals): bigint[] {
  return TABLE_STEP_SIGNALS.map((name) => signals[name]);
}

/** The private table step's public signals as the proof system orders them. */
export function privateTableStepSignals(signals: PrivateTableStepSignals): bigint[] {
  return PRIVATE_TABLE_STEP_SIGNALS.map((name) => signals[name]);
}
