/** A value of a circuit input: a canonical decimal string (0 <= value < field order) or nested arrays of them. */
export type InputValue = string | readonly InputValue[];
/** Circuit inputs by signal name. */
export type CircuitInput = Readonly<Record<string, InputValue>>;

export type HexPointG1 = [x: string, y: string];
export type HexPointG2 = [x: [c0: string, c1: string], y: [c0: string, c1: string]];

/** A Groth16 proof. Coordinates are `0x` and 64 lower-case hex digits; G2 coordinates [real, imaginary]. */
export interface ProofJson {
  a: HexPointG1;
  b: HexPointG2;
  c: HexPointG1;
}

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
