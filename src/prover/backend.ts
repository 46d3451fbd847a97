import type { KeyName } from "../keys/instanceFiles.js";
import type { ProofJson } from "../verifier/groth16/proof.js";

/** A value of a circuit input: a canonical decimal string (0 <= value < field order) or nested arrays of them. */
export type InputValue = string | readonly InputValue[];
/** Circuit inputs by signal name. */
export type CircuitInput = Readonly<Record<string, InputValue>>;

/** What to prove: a circuit, by the name of its key, and its input. Plain data, that a queue can keep as JSON. */
export interface ProofJob {
  readonly circuit: KeyName;
  readonly input: CircuitInput;
}

/** Every wire's value, as any Groth16 engine over BN254 takes them. */
export interface Witness {
  readonly circuit: KeyName;
  /** 32 little-endian bytes per wire, canonical, wire 0 being 1. */
  readonly wires: Uint8Array<ArrayBuffer>;
  readonly milliseconds: number;
}

export interface ProofResult {
  readonly proof: ProofJson;
  /** Canonical decimal strings: outputs as declared, then public inputs in the template's order. */
  readonly publicSignals: string[];
  readonly milliseconds: number;
  /** High-water mark of the process that made the proof. */
  readonly peakRssBytes: number;
}

/**
 * An engine that turns inputs into proofs. Work may be handed in at any time; it queues what it cannot do yet. The two
 * halves may be done by two engines.
 */
export interface ProverBackend {
  /**
   * @throws MarginproofError `WITNESS_INPUT_INVALID` or `WITNESS_FAILED` for inputs that the circuit refuses,
   * `PROVER_CRASHED` when the engine died, `PROVER_CLOSED` after `close`, and those of reading the circuit.
   */
  calculateWitness(job: ProofJob): Promise<Witness>;
  /**
   * Proves a witness and uses it up: its wires are handed to the engine without a copy. A witness that violates a
   * constraint gives a proof that does not verify.
   * @throws MarginproofError `WITNESS_INPUT_INVALID` for a witness that is of another circuit or used up,
   * `PROVER_CRASHED`, `PROVER_CLOSED`, and those of reading the key.
   */
  prove(witness: Witness): Promise<ProofResult>;
  /** Ends every worker; what is not finished is rejected with `PROVER_CLOSED`. */
  close(): Promise<void>;
}

/** Both halves: the proof of an input. */
export async function proveJob(backend: ProverBackend, job: ProofJob): Promise<ProofResult> {
  return backend.prove(await backend.calculateWitness(job));
}
