import { orderSignals, type PublicSignals } from "./circuits.js";

export type AccountStepSignals = PublicSignals<"accounts">;
export type TableStepSignals = PublicSignals<"table">;
export type PrivateTableStepSignals = PublicSignals<"privateTable">;

/** The account step's public signals as the proof system orders them. */
export const accountStepSignals = (signals: AccountStepSignals): bigint[] =>
  orderSignals("accounts", signals);

/** The table step's public signals as the proof system orders them. */
export const tableStepSignals = (signals: TableStepSignals): bigint[] => orderSignals("table", signals);

/** The private table step's public signals as the proof system orders them. */
export const privateTableStepSignals = (signals: PrivateTableStepSignals): bigint[] =>
  orderSignals("privateTable", signals);
