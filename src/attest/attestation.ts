import { MarginproofError } from "../errors.js";
import { address, instant, sourceName } from "../prices/fields.js";
import { hex32 } from "../protocol/hexSchema.js";
import { instantOf } from "../protocol/instant.js";
import { firstIssue } from "../protocol/schemaWords.js";
import * as z from "../schema/index.js";
import { recoverAddress } from "../signing/signature.js";
import { type TypedStructs, typedDataDigest } from "../signing/typedData.js";

/** Format of an attestation. Any change to what is signed needs a new number. */
export const ATTESTATION_FORMAT = "marginproof/attestation/1";

/** Most checks that one attestation signs, and that all of a light check do: a second of hashing. */
export const MAX_CHECKS = 65_536;

const label = z.string().min(1).max(128);

const fields = {
  format: z.literal(ATTESTATION_FORMAT),
  /** The auditor's name, as they give it. */
  auditor: sourceName,
  /** Address of the key that signs. */
  signer: address,
  exchange: label,
  epoch: label,
  statementDigest: hex32,
  /** Root over all accounts: what a holder's file is looked up under. */
  epochRoot: hex32,
  /** Digest of everything the statement says in the open (`summaryDigest`). */
  summaryDigest: hex32,
  /** Of a statement whose proofs all verify: is the book it shows covered? */
  verdict: z.enum(["covered", "not covered"]),
  /** Every check of the proof, and those of the book that failed. */
  checks: z
    .array(z.strictObject({ id: z.string().min(1).max(300), status: z.enum(["pass", "fail"]) }))
    .min(1)
    .max(MAX_CHECKS),
  /** Every key that was used: on a list of the auditor's own, or of a setup whose secrets are public. */
  keys: z
    .array(z.strictObject({ shape: label, digest: hex32, origin: z.enum(["listed", "development"]) }))
    .min(1)
    .max(1000),
  /** Whose word the prices are: the exchange's, signers that the bundle names, or signers on the auditor's own policy. */
  prices: z.enum(["stated", "attested", "pinned"]),
  /** What the auditor's verdict does not say, in the verifier's words. */
  notProved: z.array(z.string().min(1).max(1000)).max(64),
  /** Program and version that verified. */
  verifier: sourceName,
  /** When it was signed, and until when the auditor stands by it. */
  time: instant,
  expires: instant,
};

export const unsignedAttestation = z.strictObject(fields);
const schema = z.strictObject({ ...fields, signature: z.string().max(200) });

export type UnsignedAttestation = z.output<typeof unsignedAttestation>;
/** An auditor's signed word that they verified a statement's proofs. */
export type Attestation = z.output<typeof schema>;

/** Domain of the EIP-712 digest: no price file's signature is an attestation's, nor the other way round. */
const DOMAIN = { name: "marginproof attestation", version: "1" };

/** What is signed; times are nanoseconds since 1970. */
export const ATTESTATION_TYPES = {
  EIP712Domain: [
    { name: "name", type: "string" },
    { name: "version", type: "string" },
  ],
  Attestation: [
    { name: "auditor", type: "string" },
    { name: "signer", type: "address" },
    { name: "exchange", type: "string" },
    { name: "epoch", type: "string" },
    { name: "statementDigest", type: "bytes32" },
    { name: "epochRoot", type: "bytes32" },
    { name: "summaryDigest", type: "bytes32" },
    { name: "verdict", type: "string" },
    { name: "checks", type: "Check[]" },
    { name: "keys", type: "Key[]" },
    { name: "prices", type: "string" },
    { name: "notProved", type: "string[]" },
    { name: "verifier", type: "string" },
    { name: "time", type: "uint64" },
    { name: "expires", type: "uint64" },
  ],
  Check: [
    { name: "id", type: "string" },
    { name: "status", type: "string" },
  ],
  Key: [
    { name: "shape", type: "string" },
    { name: "digest", type: "bytes32" },
    { name: "origin", type: "string" },
  ],
} satisfies TypedStructs;

/** The 32 bytes an auditor signs. */
export function attestationDigest(attestation: UnsignedAttestation): Uint8Array {
  const { format: _, time, expires, ...said } = attestation;
  const message = { ...said, time: instantOf(time)!, expires: instantOf(expires)! };
  return typedDataDigest(ATTESTATION_TYPES, DOMAIN, "Attestation", message);
}

/** An attestation that does not count; the next step is that of its code, where `ATTESTATION_STEPS` are told. */
export function refused(code: string, problem: string): MarginproofError {
  return new MarginproofError(code, problem, { kind: "invalid" });
}

/**
 * Checks an attestation's form, and that its signer's key signed every field of it. Whether the signer is to be believed,
 * and of which statement it speaks, is for `auditorsSource`.
 * @throws MarginproofError ATTESTATION_SCHEMA, ATTESTATION_SIGNATURE, ATTESTATION_WRONG_SIGNER
 */
export function verifyAttestation(json: unknown): Attestation {
  const parsed = schema.safeParse(json);
  if (!parsed.success)
    throw refused("ATTESTATION_SCHEMA", `this is no attestation: ${firstIssue(parsed.error).slice(0, 300)}`);
  const { signature, ...unsigned } = parsed.data;
  const where = `${unsigned.auditor} (${unsigned.signer})`;
  if (instantOf(unsigned.expires)! <= instantOf(unsigned.time)!)
    throw refused("ATTESTATION_SCHEMA", `${where}: it expires at ${unsigned.expires}, before it was signed`);
  const { address: signer, problem } = recoverAddress(attestationDigest(unsigned), signature);
  if (problem !== undefined) throw refused("ATTESTATION_SIGNATURE", `${where}: ${problem}`);
  if (signer !== unsigned.signer)
    throw refused("ATTESTATION_WRONG_SIGNER", `${where}: the signature is that of ${signer}`);
  return parsed.data;
}
