import { type BatchItem, type BatchResult, verifyMany } from "../groth16/verifyMany.js";
import type { Established } from "./established.js";
import { failure } from "./failure.js";

/** Proofs checked in one random linear combination on bigints; larger gains little and names culprits later. */
const PROOFS_AT_ONCE = 32;

/**
 * Every proof holds for its step's public signals, under its step's key.
 * @param batches how many of the steps, the first ones, are account steps
 * @returns how many proofs hold: all
 * @throws MarginproofError PROOF_FALSE naming the first five that do not
 */
export function* checkProofs(
  steps: readonly BatchItem[],
  batches: number,
  verify: (items: readonly BatchItem[]) => BatchResult = verifyMany,
  atOnce = PROOFS_AT_ONCE,
): Generator<{ readonly done: number; readonly total: number }, Established<number>, void> {
  const failed: number[] = [];
  for (let at = 0; at < steps.length; at += atOnce) {
    const part = verify(steps.slice(at, at + atOnce));
    failed.push(...part.failed.map((index) => at + index));
    yield { done: Math.min(at + atOnce, steps.length), total: steps.length };
  }
  if (failed.length === 0) return { value: steps.length, detail: `${steps.length} Groth16 proofs` };
  const names = failed
    .slice(0, 5)
    .map((index) => (index < batches ? `account step ${index}` : `table step ${index - batches}`));
  throw failure(
    "PROOF_FALSE",
    `${failed.length} of ${steps.length} proofs do not verify: ${names.join(", ")}`,
  );
}
