/**
 * What to do next about a code, for errors that name no step of their own where they are thrown. What is wrong, and where,
 * the message says; docs/errors.md says both at more length.
 */
export const NEXT_STEPS: Readonly<Record<string, string>> = {
  MARKET_DUPLICATE_NAME: "rename one of the two",
  MARKET_FIELD_NOT_ALLOWED: "remove the field, or correct kind",
  MARKET_TIERS: "floors begin at 0 and rise; rates never fall, haircut ratios never rise or pass 1",
  MARKET_PRIVATE: "build the market file with marginproof market build --private-model",
  MARKET_SCENARIO_COUNT: "give exactly one gain per scenario, in the scenarios' order",
  MARKET_UNKNOWN_ASSET: "add an instrument of kind asset for it, or correct the name",
  MARKET_UNKNOWN_SETTLEMENT: "add an instrument of kind settlement, or correct the name",
  MARKET_NEGATIVE_PRICE: "correct the price",
  MARKET_PRICE_MISMATCH: "give all instruments of one asset the same price and stress gains",

  PRICES_DUPLICATE_OBSERVATION: "the source has to sign one observation per instrument",
  PRICES_UNKNOWN_SIGNER: "leave the file out, or add its signer to your policy if you trust it",
  PRICES_TOO_MANY: "use fewer files",
  PRICES_FUTURE: "take an earlier observation; check the clocks",
  PRICES_INSTRUMENT_MISSING: "get a file that prices the instrument",
  PRICES_NO_QUORUM: "get files of more of the policy's signers",
  PRICES_EVIDENCE_DIFFERS:
    "make the evidence again from the price files; compare decimals of the two policies",
  PRICES_QUOTE: "build the market from prices in its own quote currency",
  PRICES_MARK_PRICE: "build the market from the attested prices",

  ATTESTATION_SCHEMA: "Get the attestation again from its auditor.",
  ATTESTATION_SIGNATURE: "Get it again; its auditor signs with an EVM wallet: 65 bytes, low s, v 27 or 28.",
  ATTESTATION_WRONG_SIGNER:
    "It was changed after it was signed, or signed with another key: get it again from its auditor.",
  ATTESTATION_UNKNOWN_AUDITOR: "Leave it out, or add the auditor to your list if you trust them.",
  ATTESTATION_DUPLICATE_AUDITOR: "Get the attestation of another auditor of your list.",
  ATTESTATION_NO_QUORUM:
    "Get attestations of more auditors of your list, or verify the whole bundle yourself with --epoch.",
  ATTESTATION_EXCHANGE: "Get the attestations of this exchange's epoch.",
  ATTESTATION_EPOCH: "Get the attestations of this epoch.",
  ATTESTATION_STATEMENT:
    "Compare both digests with the exchange's public anchor: either it made two statements for one epoch, or one is forged. Keep both.",
  ATTESTATION_FIGURES: "The statement in hand was altered: get it again, from somebody else.",
  ATTESTATION_KEYS: "Verify the whole bundle yourself with --epoch, and ask the auditor.",
  ATTESTATION_CHECKS: "Ask the auditor for an attestation of a whole verification.",
  ATTESTATION_VERDICT: "Believe neither: verify the whole bundle yourself with --epoch, and ask the auditor.",
  ATTESTATION_KEY_LIST:
    "Compare the key with the ceremony's record; believe no proof under a key that is not of it.",
  ATTESTATION_DEVELOPMENT:
    "If this is your own test, add --allow-dev-keys. Never believe such an epoch from anybody else.",
  ATTESTATION_VERIFIER: "Ask the auditor to verify with a version of your list, or add theirs.",
  ATTESTATION_FUTURE: "Check your clock; then ask the auditor.",
  ATTESTATION_EXPIRED: "Ask the auditor for a new one, or verify the whole bundle yourself with --epoch.",

  ACCOUNTS_EMPTY: "Export at least one account; one that holds nothing has a row with quantity 0.",
  ACCOUNT_UNKNOWN_INSTRUMENT: "Add the instrument to the market file, or correct the account.",
  PROVER_RUNNING: "Wait for the other process, or stop it.",
  SAMPLE_ACCOUNTS: "Ask for 16 to 10,000,000 with --accounts.",

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
  POSEIDON_WASM: "Use bestPoseidon, which then takes the slower one with the same results.",
  SPONGE_EMPTY: "Give at least one element.",
};
