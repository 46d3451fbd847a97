import "./nextSteps.js";
import { MarginproofError } from "../errors.js";
import { toFieldHex } from "../field/encoding.js";
import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import { firstIssue } from "../protocol/schemaWords.js";
import { addressOfPrivateKey, type PrivateKey, signDigest } from "../signing/sign.js";
import type { PinnedKey } from "../verifier/pins.js";
import type { VerifiedEpoch } from "../verifier/verifyEpoch.js";
import {
  ATTESTATION_FORMAT,
  type Attestation,
  attestationDigest,
  type UnsignedAttestation,
  unsignedAttestation,
} from "./attestation.js";
import { summarize, summaryDigest } from "./summary.js";

/** Who attests, when, and until when. */
export interface AttestOptions {
  readonly auditor: string;
  /** Program and version that verified: "marginproof 0.1.0". */
  readonly verifier: string;
  /** RFC 3339 in UTC. */
  readonly time: string;
  readonly expires: string;
  /** The keys that `found` was verified with. */
  readonly pins: readonly PinnedKey[];
  readonly hasher: PoseidonHasher;
}

/**
 * Signs what an auditor found of an epoch: the word that others may take for the proofs. A statement that is proved and
 * not covered is attested as just that; of one that is not proved nothing is signed.
 *
 * @param found what `verifyEpoch` returned: attest only what you verified yourself, under keys that you trust
 * @throws MarginproofError ATTEST_NOT_PROVED, ATTEST_INPUT, PRICES_KEY
 *
 * @example
 * const found = verifyEpoch(await readBundle("bundle"), { hasher, pins });
 * const attestation = attest(found, { auditor: "Alpha Audit", verifier, time, expires, pins, hasher }, key);
 */
export function attest(found: VerifiedEpoch, options: AttestOptions, key: PrivateKey): Attestation {
  const unsigned = checked(toSign(found, options, addressOfPrivateKey(key)));
  return { ...unsigned, signature: signDigest(attestationDigest(unsigned), key) };
}

function toSign(
  { verdict, statement }: VerifiedEpoch,
  options: AttestOptions,
  signer: string,
): UnsignedAttestation {
  if (!verdict.proved || statement === undefined || verdict.attested !== undefined)
    throw new MarginproofError(
      "ATTEST_NOT_PROVED",
      "the statement is not proved: there is nothing to attest",
      {
        kind: "invalid",
        hint: "Look at the failed check with marginproof verify. Nothing was signed.",
      },
    );
  const { auditor, verifier, time, expires, pins, hasher } = options;
  const summary = summarize(statement, hasher);
  const { exchange, epoch, statementDigest, epochRoot, keys } = summary;
  const development = new Set(pins.filter((pin) => pin.development).map(({ keyDigest }) => keyDigest));
  return {
    format: ATTESTATION_FORMAT,
    ...{ auditor, signer, exchange, epoch, statementDigest },
    epochRoot: toFieldHex(epochRoot),
    summaryDigest: summaryDigest(summary),
    verdict: verdict.solvent ? "covered" : "not covered",
    checks: verdict.checks
      .filter(({ kind, status }) => kind === "proof" || status !== "pass")
      .map(({ id, status }) => ({ id, status: status === "pass" ? "pass" : "fail" })),
    keys: keys.map(({ shape, digest }) => ({
      ...{ shape, digest },
      origin: development.has(digest) ? "development" : "listed",
    })),
    prices: verdict.prices,
    notProved: verdict.notProved.map((line) => line.slice(0, 1000)),
    ...{ verifier, time, expires },
  };
}

/** In canonical form. */
function checked(unsigned: UnsignedAttestation): UnsignedAttestation {
  const parsed = unsignedAttestation.safeParse(unsigned);
  if (parsed.success) return parsed.data;
  throw new MarginproofError("ATTEST_INPUT", `attestation: ${firstIssue(parsed.error)}`, {
    kind: "usage",
    hint: "Correct the option that the field is named after.",
  });
}
