// Generated from the compiler's symbol files by `npm run circuits:lock`. Do not edit.

/** Public signals of the account step, in proof order. */
export const ACCOUNT_STEP_SIGNALS = [
  "leafRoot",
  "stateOut",
  "stateIn",
  "rhoStart",
  "rho",
  "beta",
  "gamma",
  "r",
  "x",
  "imfBp",
  "marginCallBp",
] as const;

/** Public signals of the table step, in proof order. */
export const TABLE_STEP_SIGNALS = [
  "totals",
  "weights",
  "stateOut",
  "stateIn",
  "columns",
  "laneStart",
  "tau",
  "r",
  "x",
] as const;

/** Public signals of the private table step, in proof order. */
export const PRIVATE_TABLE_STEP_SIGNALS = [
  "totals",
  "weights",
  "rules",
  "stateOut",
  "stateIn",
  "columns",
  "laneStart",
  "beta",
  "tau",
  "r",
  "x",
] as const;
