import type { ProofJson } from "../verifier/groth16/proof.js";

/** A value of a circuit input: a canonical decimal string (0 <= value < field order) or nested arrays of them. */
export type InputValue = string | readonly InputValue[];
/** Circuit inputs by signal name. */
export type CircuitInput = Readonly<Record<string, InputValue>>;

interface ProofFiles {
  readonly wasmPath: string;
  readonly zkeyPath: string;
}

/** What to prove: a circuit's witness calculator and key, and its inputs, given or in a JSON file. */
export type ProofJob = ProofFiles & ({ readonly input: CircuitInput } | { readonly inputPath: string });

export interface ProofResult {
  readonly proof: ProofJson;
  /** Canonical decimal strings: outputs as declared, then public inputs in the template's order. */
  readonly publicSignals: string[];
  readonly timings: { readonly witnessMs: number; readonly proveMs: number };
  /** High-water mark of the process that made the proof. */
  readonly peakRssBytes: number;
}

/** An engine that turns inputs into proofs. Jobs may be handed in at any time; it queues what it cannot run yet. */
export interface ProverBackend {
  /**
   * @throws MarginproofError `WITNESS_INPUT_INVALID` or `WITNESS_FAILED` for inputs that the circuit refuses,
   * `PROVER_CRASHED` when the engine died, `PROVER_CLOSED` after `close`, and those of reading the files.
   */
  prove(job: ProofJob): Promise<ProofResult>;
  /** Ends every worker; jobs not finished are rejected with `PROVER_CLOSED`. */
  close(): Promise<void>;
}
