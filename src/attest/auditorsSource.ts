import { MarginproofError } from "../errors.js";
import { toFieldHex } from "../field/encoding.js";
import { instantOf, NANOSECONDS } from "../protocol/instant.js";
import { type AuditorsWord, PROOFS_ATTESTED } from "../verifier/verdict.js";
import { type Attestation, MAX_CHECKS, refused, verifyAttestation } from "./attestation.js";
import { type Auditors, MAX_AUDITORS } from "./auditors.js";
import type { ProofSource, StatementFacts } from "./proofSource.js";

/** What a light check with auditors goes by. All of it is the holder's, but the attestations. */
export interface AuditorsOptions {
  /** JSON of attestations, from whomever: exchange, auditors, the holder's file. */
  readonly attestations: readonly unknown[];
  readonly auditors: Auditors;
  /** The present, RFC 3339 in UTC. */
  readonly now: string;
  /** Accept proofs under development keys, which anybody can forge. */
  readonly allowDevKeys?: boolean;
  /** Digests of keys that the reader knows as development keys, whatever an auditor calls them. */
  readonly developmentKeys?: readonly string[];
}

/** Checks without which a bundle is not proved (`verifyEpoch`). */
const PROOF_CHECKS = ["statement", "market", "table", "keys", "coverage", "chain", "proofs", "sums"];

/** How far an auditor's clock may be ahead. */
const CLOCK_SLACK = 300n * NANOSECONDS;

/** What a listed auditor signed of this exchange's epoch that can't be true beside what is in hand: never outvoted. */
const CONTRADICTIONS: ReadonlySet<string> = new Set([
  "ATTESTATION_STATEMENT",
  "ATTESTATION_FIGURES",
  "ATTESTATION_KEYS",
  "ATTESTATION_VERDICT",
]);

/**
 * Auditors of the holder's own list as a source: enough of them must have signed this very statement. What can't be counted
 * is set aside and named.
 * @throws MarginproofError (from `vouch`) the code of what stands in the way: ATTESTATION_NO_QUORUM and the other ATTESTATION_*
 */
export function auditorsSource(options: AuditorsOptions): ProofSource {
  return {
    id: "attestations",
    title: "auditors on your own list signed that every proof of this statement verifies",
    notProved: PROOFS_ATTESTED,
    vouch: (facts) => {
      const word = takeWord(options, facts);
      const names = word.auditors.map(({ name }) => name).join(", ");
      const aside = word.setAside.map(({ code, message }) => `; set aside: ${code}: ${message}`).join("");
      return { value: word, detail: `${names}: ${word.auditors.length} of ${word.quorum} needed${aside}` };
    },
  };
}

function takeWord(options: AuditorsOptions, facts: StatementFacts): AuditorsWord {
  const { attestations, auditors } = options;
  if (attestations.length > MAX_AUDITORS)
    throw refused("ATTESTATION_NO_QUORUM", `more than ${MAX_AUDITORS} attestations are given`);
  const checks = attestations.reduce<number>((sum, json) => sum + checksIn(json), 0);
  if (checks > MAX_CHECKS)
    throw refused("ATTESTATION_SCHEMA", `the attestations list ${checks} checks, and ${MAX_CHECKS} are read`);
  const counted: AuditorsWord["auditors"][number][] = [];
  const setAside: MarginproofError[] = [];
  for (const json of attestations) {
    try {
      const one = judged(json, options, facts);
      if (counted.some(({ address }) => address === one.address))
        throw refused("ATTESTATION_DUPLICATE_AUDITOR", `${one.name} (${one.address}): a second attestation`);
      counted.push(one);
    } catch (error) {
      if (!(error instanceof MarginproofError)) throw error;
      setAside.push(error);
    }
  }
  const contradiction = setAside.find(({ code }) => CONTRADICTIONS.has(code));
  if (contradiction !== undefined) throw contradiction;
  const { quorum } = auditors;
  if (counted.length < quorum) {
    const have = `${counted.length} of the ${quorum} attestations that your list asks for`;
    const [first, ...others] = setAside;
    if (first === undefined) throw refused("ATTESTATION_NO_QUORUM", `there are ${have}`);
    const more = others.map(({ code, message }) => `; ${code}: ${message}`).join("");
    throw refused(first.code, `${first.message} (${have}${more})`);
  }
  return {
    by: "auditors",
    quorum,
    auditors: counted,
    setAside: setAside.map(({ code, message }) => ({ code, message })),
    developmentKeys: counted.some(({ developmentKeys }) => developmentKeys),
  };
}

/** Whoever hands the file on decides how much of it is hashed before a signature is found to be false. */
function checksIn(json: unknown): number {
  const { checks } = (json ?? {}) as { readonly checks?: unknown };
  return Array.isArray(checks) ? checks.length : 0;
}

/** One attestation that counts. @throws MarginproofError ATTESTATION_* saying why it does not */
function judged(json: unknown, options: AuditorsOptions, facts: StatementFacts) {
  const attestation = verifyAttestation(json);
  const listed = options.auditors.auditors.find(({ address }) => address === attestation.signer);
  const who = `${listed?.name ?? attestation.auditor} (${attestation.signer})`;
  if (listed === undefined) throw refused("ATTESTATION_UNKNOWN_AUDITOR", `${who}: no auditor of your list`);
  assertStatement(attestation, who, facts);
  assertVerdict(attestation, who, facts);
  assertTaken(attestation, who, options);
  assertTime(attestation, who, options);
  const { verifier, time, expires, prices, keys } = attestation;
  const developmentKeys = keys.some(isDevelopment(options));
  return { ...listed, verifier, time, expires, prices, developmentKeys };
}

/** Of this exchange, epoch and statement, with every figure of it. */
function assertStatement(attestation: Attestation, who: string, { summary, summaryDigest }: StatementFacts) {
  for (const [field, code] of [
    ["exchange", "ATTESTATION_EXCHANGE"],
    ["epoch", "ATTESTATION_EPOCH"],
  ] as const) {
    const [signed, here] = [attestation[field], summary[field]].map((text) => JSON.stringify(text));
    if (signed !== here) throw refused(code, `${who}: it is for ${field} ${signed}, not ${here}`);
  }
  if (attestation.statementDigest !== summary.statementDigest)
    throw refused(
      "ATTESTATION_STATEMENT",
      `${who}: signed statement ${attestation.statementDigest} of this epoch, here is ${summary.statementDigest}`,
    );
  if (attestation.epochRoot !== toFieldHex(summary.epochRoot) || attestation.summaryDigest !== summaryDigest)
    throw refused(
      "ATTESTATION_FIGURES",
      `${who}: signed this statement with another root or other figures than these`,
    );
}

/** The same verdict on the book, that every check of the proof was made, and under these keys. */
function assertVerdict({ checks, keys, verdict }: Attestation, who: string, facts: StatementFacts) {
  if ((verdict === "covered") !== facts.covered)
    throw refused(
      "ATTESTATION_VERDICT",
      `${who}: signed that the book is ${verdict}, and its figures say ${facts.covered ? "covered" : "not covered"}`,
    );
  const failed = checks.find(({ id, status }) => status === "fail" && PROOF_CHECKS.includes(id))?.id;
  if (failed !== undefined)
    throw refused("ATTESTATION_VERDICT", `${who}: signed that the check "${failed}" failed`);
  const passed = new Set(checks.filter(({ status }) => status === "pass").map(({ id }) => id));
  const missing = PROOF_CHECKS.find((id) => !passed.has(id));
  if (missing !== undefined)
    throw refused("ATTESTATION_CHECKS", `${who}: does not say that the check "${missing}" passed`);
  const against = verdict === "covered" ? checks.find(({ status }) => status === "fail")?.id : undefined;
  if (against !== undefined)
    throw refused(
      "ATTESTATION_CHECKS",
      `${who}: signed that the book is covered, and that the check "${against}" failed`,
    );
  const used = facts.summary.keys;
  const same = keys.every(({ shape, digest }, i) => shape === used[i]?.shape && digest === used[i]?.digest);
  if (!same || keys.length !== used.length)
    throw refused("ATTESTATION_KEYS", `${who}: signed other verifying keys than those of the statement`);
}

/** What the holder accepts of keys and verifiers. */
function assertTaken({ keys, verifier }: Attestation, who: string, options: AuditorsOptions) {
  const { auditors, allowDevKeys } = options;
  const trusted = auditors.keys;
  const foreign = trusted === undefined ? undefined : keys.find(({ digest }) => !trusted.includes(digest));
  if (foreign !== undefined)
    throw refused(
      "ATTESTATION_KEY_LIST",
      `${who}: verified under key ${foreign.digest} for ${foreign.shape}, which is not among the keys of your list`,
    );
  if (allowDevKeys !== true && keys.some(isDevelopment(options)))
    throw refused(
      "ATTESTATION_DEVELOPMENT",
      `${who}: verified under development keys, with which anybody can forge`,
    );
  if (auditors.verifiers?.includes(verifier) === false)
    throw refused(
      "ATTESTATION_VERIFIER",
      `${who}: verified with ${JSON.stringify(verifier)}, which is not among the verifiers of your list`,
    );
}

/** Anybody can forge with it: as the auditor says, or as the reader knows. */
function isDevelopment({ developmentKeys }: AuditorsOptions) {
  return ({ origin, digest }: Attestation["keys"][number]): boolean =>
    origin === "development" || developmentKeys?.includes(digest) === true;
}

/** Signed neither in the future nor too long ago, and still stood by. */
function assertTime({ time, expires }: Attestation, who: string, { auditors, now }: AuditorsOptions) {
  const present = instantOf(now)!;
  const signed = instantOf(time)!;
  if (signed > present + CLOCK_SLACK)
    throw refused("ATTESTATION_FUTURE", `${who}: signed at ${time}, which is yet to come`);
  if (instantOf(expires)! <= present) throw refused("ATTESTATION_EXPIRED", `${who}: expired at ${expires}`);
  const { maxAgeSeconds } = auditors;
  if (maxAgeSeconds !== undefined && present - signed > BigInt(maxAgeSeconds) * NANOSECONDS)
    throw refused("ATTESTATION_EXPIRED", `${who}: signed at ${time}, more than ${maxAgeSeconds} seconds ago`);
}
