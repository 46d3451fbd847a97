import type { Established } from "./checks/established.js";
import type { VerifyingKey } from "./groth16/verifyingKey.js";

/** How many proofs were looked at, of how many. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What must be waited for before the next is asked for; only of sources that say so. */
  readonly wait?: Promise<void>;
}

/** What a step's proof must be a proof of. */
export interface ProofStatement {
  readonly vk: VerifyingKey;
  readonly signals: readonly bigint[];
}

/** The published steps, in chain order, wherever they are: nothing that it says is believed. */
export interface StepSource {
  /** How many there are. */
  readonly length: number;
  /** The commitments to the states that they end in. @throws MarginproofError STEP_INVALID and what the proofs' parser throws */
  states(): readonly bigint[];
  /**
   * Every step's proof is one of its statement.
   * @param statements as many as there are steps
   * @param batches how many of the steps, the first ones, are account steps
   * @throws MarginproofError PROOF_FALSE
   */
  check(
    statements: Iterable<ProofStatement>,
    batches: number,
  ): Generator<Progress, Established<number>, void>;
}
