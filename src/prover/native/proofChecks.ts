import { MarginproofError } from "../../errors.js";
import { type ProofJson, parseProof } from "../../verifier/groth16/proof.js";
import type { VerifyingKey } from "../../verifier/groth16/verifyingKey.js";
import { type BatchItem, verifyMany } from "../../verifier/groth16/verifyMany.js";

/** Proofs that are verified together: half the time of one by one, and no more to lose when the process is killed. */
export const PROOFS_A_CHECK = 4;

/** A proof as an engine made it, and what it should be a proof of. */
export interface MadeProof {
  readonly vk: VerifyingKey;
  readonly signals: readonly bigint[];
  readonly proof: ProofJson;
}

interface Waiting {
  readonly item: BatchItem;
  readonly done: () => void;
  readonly fail: (error: MarginproofError) => void;
}

/** Verifies proofs of an engine that is not believed, several at a time. */
export class ProofChecks {
  private waiting: Waiting[] = [];

  /**
   * Resolves once the proof is verified, which is when enough are waiting, or `run` is called.
   * @throws MarginproofError `PROVER_FALSE_PROOF`
   */
  add({ vk, signals, proof }: MadeProof): Promise<void> {
    return new Promise((done, fail) => {
      const parsed = parsedOrUndefined(proof);
      if (parsed === undefined) {
        fail(falseProof());
        return;
      }
      this.waiting.push({ item: { vk, signals, proof: parsed }, done, fail });
      if (this.waiting.length >= PROOFS_A_CHECK) this.run();
    });
  }

  /** Verifies what is waiting. */
  run(): void {
    const batch = this.waiting;
    this.waiting = [];
    if (batch.length === 0) return;
    const failed = new Set(verifyMany(batch.map(({ item }) => item)).failed);
    for (const [at, { done, fail }] of batch.entries()) {
      if (failed.has(at)) fail(falseProof());
      else done();
    }
  }

  /** Gives up what is waiting. */
  abandon(error: MarginproofError): void {
    for (const { fail } of this.waiting.splice(0)) fail(error);
  }
}

function parsedOrUndefined(proof: ProofJson) {
  try {
    return parseProof(proof);
  } catch (error) {
    if (error instanceof MarginproofError) return undefined;
    throw error;
  }
}

function falseProof(): MarginproofError {
  return new MarginproofError("PROVER_FALSE_PROOF", "the native prover made a proof that does not verify", {
    hint: "It was dropped; finished proofs are kept. Run the same command with --backend wasm, and build the native prover again.",
    kind: "io",
  });
}
