import { ACCOUNT_STEP_SIGNALS, TABLE_STEP_SIGNALS } from "./publicSignals.generated.js";

export type AccountStepSignals = Readonly<Record<(typeof ACCOUNT_STEP_SIGNALS)[number], bigint>>;
export type TableStepSignals = Readonly<Record<(typeof TABLE_STEP_SIGNALS)[number], bigint>>;

/** The account step's public signals as the proof system orders them. */
export function accountStepSignals(signals: AccountStepSignals): bigint[] {
  return ACCOUNT_STEP_SIGNALS.map((name) => signals[name]);
}

/** The table step's public signals as the proof system orders them. */
export function tableStepSignals(signals: TableStepSignals): bigint[] {
  return TABLE_STEP_SIGNALS.map((name) => signals[name]);
}
