import { sayNextSteps } from "../errors.js";

/** What to do next about an attestation that does not count. */
export const ATTESTATION_STEPS: Readonly<Record<string, string>> = {
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
};
sayNextSteps(ATTESTATION_STEPS);
