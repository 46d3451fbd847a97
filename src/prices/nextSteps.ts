/** What to do next about prices that are refused, where the refusal names no step of its own. */
export const PRICE_STEPS: Readonly<Record<string, string>> = {
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
};
