import { attest } from "../../src/attest/attest.js";
import {
  type Attestation,
  attestationDigest,
  type UnsignedAttestation,
} from "../../src/attest/attestation.js";
import { type AuditorsJson, parseAuditors } from "../../src/attest/auditors.js";
import { type AuditorsOptions, auditorsSource } from "../../src/attest/auditorsSource.js";
import type { LightEpoch, LightOptions } from "../../src/attest/lightCheck.js";
import { summarize, summaryToJson } from "../../src/attest/summary.js";
import { verifyLight } from "../../src/attest/verifyLight.js";
import { keccak256 } from "../../src/field/keccak.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { addressOfPrivateKey, signDigest } from "../../src/signing/sign.js";
import type { VerifiedEpoch } from "../../src/verifier/verifyEpoch.js";
import { type TinyEpochName, tinyBundle, tinyPins, verifyTiny } from "../support/tinyBundle.js";

export const hasher = bestPoseidon();

/** Keys of the tests' auditors. */
export const keyOf = (name: string): Uint8Array => keccak256(new TextEncoder().encode(`auditor ${name}`));
export const addressOf = (name: string): string => addressOfPrivateKey(keyOf(name));

const NOW = "2026-11-24T00:00:00Z";

export const auditorsJson = (quorum = 1, names: readonly string[] = ["Alpha", "Beta"]): AuditorsJson => ({
  format: "marginproof/auditors/1",
  auditors: names.map((name) => ({ address: addressOf(name), name })),
  quorum,
});

/** An auditor's honest attestation of what was found. */
export async function attested(found: VerifiedEpoch, name = "Alpha"): Promise<Attestation> {
  const options = {
    verifier: "marginproof 0.1.0",
    time: "2026-11-23T09:00:00Z",
    expires: "2027-01-01T00:00:00Z",
  };
  return attest(found, { auditor: name, ...options, pins: await tinyPins(), hasher }, keyOf(name));
}

/** The same with fields changed, signed anew by this key: what a lying auditor can do. */
export function resigned(
  { signature: _, ...honest }: Attestation,
  changes: Partial<UnsignedAttestation>,
  name = "Alpha",
): Attestation {
  const unsigned = { ...honest, signer: addressOf(name), ...changes };
  return { ...unsigned, signature: signDigest(attestationDigest(unsigned), keyOf(name)) };
}

/** A tiny epoch with what a light check takes. */
export async function lightEpoch(name: TinyEpochName = "covered") {
  const bundle = await tinyBundle(name);
  const found = await verifyTiny(bundle);
  const summary = summaryToJson(summarize(found.statement!, hasher));
  const check = (
    attestations: readonly unknown[],
    changes: Partial<AuditorsOptions> & {
      readonly statement?: unknown;
      readonly marketText?: string;
    } & Partial<Pick<LightOptions, "expectedDigest">> = {},
  ): LightEpoch => {
    const { statement, marketText, expectedDigest, ...others } = changes;
    const source = auditorsSource({
      attestations,
      auditors: parseAuditors(auditorsJson()),
      now: NOW,
      allowDevKeys: true,
      ...others,
    });
    return verifyLight(
      { statement: statement ?? summary, marketText: marketText ?? bundle.marketText },
      { hasher, sources: [source], ...(expectedDigest === undefined ? {} : { expectedDigest }) },
    );
  };
  return { bundle, found, summary, check };
}

/** Code of the first failed check. */
export const codeOf = ({ verdict }: LightEpoch): string | undefined =>
  verdict.checks.find(({ status }) => status === "fail")?.code;
