import { atPlace } from "../errors.js";
import { parseFieldHex } from "../field/encoding.js";
import { firstIssue } from "../protocol/schemaWords.js";
import * as z from "../schema/index.js";
import { type Proof, parseProof } from "./groth16/proof.js";
import { invalidBundle } from "./invalidBundle.js";

/** The parts of a published bundle, read but not yet trusted in any way. */
export interface BundleParts {
  /** `statement.json`, parsed as JSON. */
  readonly statement: unknown;
  /** `market.json`, as text: its digest covers what it says. */
  readonly marketText: string;
  /** `price-evidence.json`, as text, if there is one: the market file names its digest. */
  readonly evidenceText?: string;
  /** The lines of `steps.ndjson`, each parsed as JSON, in chain order. */
  readonly steps: readonly unknown[];
  /** `verifying-keys.json`, parsed as JSON: digest -> verifying key. */
  readonly verifyingKeys: unknown;
}

/** One step of the chain: the state commitment it ends in, and its proof. */
export interface PublishedStep {
  readonly stateOut: bigint;
  readonly proof: Proof;
}

const step = z.strictObject({ stateOut: z.string().max(66), proof: z.unknown() });
const keys = z.record(
  z.string().regex(/^0x[0-9a-f]{64}$/, "is no digest of a key: 0x and 64 lower-case hex digits"),
  z.unknown(),
);

/** @throws MarginproofError STEP_INVALID where a caller gives no list */
export function stepLines({ steps }: BundleParts): readonly unknown[] {
  if (!Array.isArray(steps)) throw invalidBundle("STEP_INVALID", "steps are not a list");
  return steps;
}

/**
 * @param proofs those that are parsed already, each at the place of its line
 * @throws MarginproofError STEP_INVALID naming the line, and the codes of the proof's parser
 */
export function parseSteps(
  lines: readonly unknown[],
  proofs: readonly (Proof | undefined)[] = [],
): PublishedStep[] {
  return lines.map((line, index) =>
    parseStep(line, index + 1, (proof) => proofs[index] ?? parseProof(proof)),
  );
}

/** What stands as the proof in a line, whatever it is. */
export const proofOf = (line: unknown): unknown => step.safeParse(line).data?.proof;

/**
 * @param number of the line, from 1 on
 * @param read what is made of the proof
 * @throws MarginproofError STEP_INVALID naming the line, FIELD_NOT_CANONICAL, those of `read`
 */
export function parseStep<P>(line: unknown, number: number, read: (proof: unknown) => P) {
  const parsed = step.safeParse(line);
  if (!parsed.success)
    throw invalidBundle("STEP_INVALID", `steps.ndjson line ${number}: ${firstIssue(parsed.error)}`);
  const { stateOut, proof } = parsed.data;
  return atPlace(`steps.ndjson line ${number}`, () => ({
    stateOut: atPlace("stateOut", () => parseFieldHex(stateOut)),
    proof: read(proof),
  }));
}

/** @throws MarginproofError VERIFYING_KEYS_INVALID */
export function parseKeyFile(json: unknown): Record<string, unknown> {
  const parsed = keys.safeParse(json);
  if (!parsed.success) {
    throw invalidBundle("VERIFYING_KEYS_INVALID", `verifying-keys.json: ${firstIssue(parsed.error)}`);
  }
  return parsed.data;
}
