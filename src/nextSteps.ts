import { sayNextSteps } from "./errors.js";

const ALTERED = "The bundle is damaged or was altered; fetch it again from the exchange.";

/**
 * What to do next about a code, for errors that name no step of their own where they are thrown. What is wrong, and where,
 * the message says; docs/errors.md says both at more length.
 */
export const NEXT_STEPS: Readonly<Record<string, string>> = {
  ACCOUNT_QUANTITY_TOO_LARGE:
    "Give it a larger quantityStep, or one beside it that is largeOf it, in the market file.",
  ACCOUNT_UNKNOWN_INSTRUMENT: "Add the instrument to the market file, or correct the account.",

  BUNDLE_FILES: ALTERED,
  BUNDLE_TOO_LARGE: ALTERED,
  STEP_INVALID: ALTERED,
  VERIFYING_KEYS_INVALID: ALTERED,
  STATEMENT_INVALID: "The file is damaged or was not written by marginproof; ask for it again.",
  SUM_EQUITY: "The statement contradicts itself: keep the bundle, and ask the exchange.",
  SUM_ORDER: "The statement contradicts itself: keep the bundle, and ask the exchange.",
  WEIGHTS_NOT_RANDOM: "Nothing was found out about the proofs: verify again, on another machine if need be.",
  FIELD_NOT_CANONICAL: "Get the file again; a library caller reduces numbers with fromSigned first.",
  INTEGER_NOT_CANONICAL: "Get the file again.",
  HEX_NOT_CANONICAL: "Get the file again.",
  VERIFYING_KEY_SHAPE: "Get the bundle again; of your own keys folder, run marginproof setup again.",
  VERIFYING_KEY_IC_COUNT: "Check that your marginproof is of the version that made the key.",
  VERIFYING_KEY_DEGENERATE: "Believe nothing that was proved under it, and take it off your list.",
  PROOF_SHAPE: "Get the proof again.",
  COORDINATE_NOT_CANONICAL: "Get the file again.",
  POINT_AT_INFINITY: "Get the file again.",
  POINT_NOT_ON_CURVE: "Get the file again.",
  POINT_NOT_IN_SUBGROUP: "Get the file again.",

  TABLE_RULE: "Make risk tables with compileTable; if it made this one, report it with the market file.",
  LANE_TOTALS: "Give one total per lane of the table, in lane order.",
  NOT_PARSED: "Use parseVerifyingKey and parseProof.",
  SIGNAL_COUNT: "Give exactly as many public signals as the circuit has.",
  SIGNAL_NOT_CANONICAL: "Give bigints from 0 to the field order less one.",
  FIELD_DIVISION_BY_ZERO: "Check for zero first.",
  FIELD_EXPONENT_NEGATIVE: "Invert the base first.",
  PART_TOO_LONG: "Hash shorter parts.",
  POSEIDON_ARITY: "Give 1 to 16 inputs, or use the sponge.",
  SPONGE_EMPTY: "Give at least one element.",
};
sayNextSteps(NEXT_STEPS);
