import { ATTESTATION_STEPS } from "../attest/nextSteps.js";
import { failureCode, type Verdict } from "../verifier/verdict.js";

const VERSION =
  "Check that your marginproof is of the version that made the bundle; else fetch the bundle again.";

const ALTERED = "Get statement and market file again, or verify the whole bundle yourself with --epoch.";

/** What the reader's own policy refuses need not be the bundle's fault. */
const POLICY =
  "If you gave a price policy, check that it is for this exchange. Else keep the bundle, and ask the exchange.";

/** Of a registry on chain, also in a light check. */
const REGISTRY: Readonly<Record<string, string>> = {
  REGISTRY_UNKNOWN: "Compare registry and chain with what the exchange says in public.",
  REGISTRY_OTHER: "The exchange shows two books of one epoch: keep this bundle, and tell others.",
  REGISTRY_NOT_FINAL:
    "Open or claimed, ask again later: until it is final it says nothing. Expired or refuted, it never will be.",
  REGISTRY_KEYS: "Believe no proof under a key that is not of the ceremony: compare the key with its record.",
  KEY_DEVELOPMENT:
    "If this is your own test, add --allow-dev-keys. Never believe such a bundle from anybody else.",
};

const NEXT: Readonly<Record<string, string>> = {
  ...REGISTRY,
  KEY_NOT_PINNED: "Give the keys.json of the exchange's setup ceremony with --keys, from a source you trust.",
  ANCHOR_MISMATCH:
    "Compare the digest you gave with the anchor. If it is right, you were shown another statement: keep this bundle.",
  MARKET_DIFFERS: "Ask the exchange why, or verify without --market and judge the market file yourself.",
  STATEMENT_INVALID: VERSION,
  TABLE_DIGEST: VERSION,
  VERIFYING_KEY_IC_COUNT: VERSION,
  VERIFYING_KEY_DEGENERATE:
    "Believe nothing that was proved under this key, and take it off your list of trusted keys.",
  SHAPE_STRESS: "Ask the exchange: the stressed figures would leave accounts out.",
  RULES_COMMITMENT:
    "Check that the value you gave is of this exchange. If it is, ask the exchange which secret rule it changed, and why.",
  WEIGHTS_NOT_RANDOM: "Nothing was found out about the proofs: verify again, on another machine if need be.",
  PRICES_UNKNOWN_SIGNER: POLICY,
  PRICES_WRONG_FEED: POLICY,
  PRICES_STALE: POLICY,
  PRICES_NO_QUORUM: POLICY,
  PRICES_OUTLYING: POLICY,
  PRICES_ROUNDING: POLICY,
  PRICES_INDEX_MISSING: POLICY,
  PRICES_INDEX_DISTANCE: POLICY,
  PRICES_EVIDENCE_DIFFERS: POLICY,
  PRICES_NOT_ATTESTED:
    "Ask the exchange for signed prices, or verify without --price-policy: the prices are then its word.",
};

/** What a reader of a failed verdict does next; undefined for a valid one. */
export function nextStep(verdict: Verdict): string | undefined {
  if (verdict.valid) return undefined;
  if (verdict.attested !== undefined && !verdict.proved)
    return { ...ATTESTATION_STEPS, ...REGISTRY }[failureCode(verdict) ?? ""] ?? ALTERED;
  if (verdict.proved) return "The figures are proved. Ask the exchange how it covers what failed.";
  const code = failureCode(verdict) ?? "";
  return (
    NEXT[code] ??
    "Fetch the bundle again. If it fails again, it does not prove what it says: keep it, and ask the exchange."
  );
}
