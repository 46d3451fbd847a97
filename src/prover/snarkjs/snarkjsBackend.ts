import { performance } from "node:perf_hooks";
import { groth16 } from "snarkjs";
import { MarginproofError } from "../../errors.js";
import { encodeWires } from "../../keys/iden3/witness.js";
import { instanceFiles } from "../../keys/instanceFiles.js";
import type { ProofJson } from "../../verifier/groth16/proof.js";
import type { ProofJob, ProofResult, ProverBackend, Witness } from "../backend.js";
import { proverClosed } from "../proverClosed.js";
import { useUp, WitnessShape } from "../witnessShape.js";

/**
 * Proves with snarkjs, one proof at a time on its own threads: some four times slower than our own, and another
 * implementation, for whoever wants one.
 *
 * @param witnesses the engine that calculates witnesses; closed with this one
 */
export function createSnarkjsBackend(witnesses: ProverBackend): ProverBackend {
  return new SnarkjsBackend(witnesses);
}

class SnarkjsBackend implements ProverBackend {
  private readonly usedUp = new WeakSet<ArrayBuffer>();
  private last: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(private readonly witnesses: ProverBackend) {}

  calculateWitness(job: ProofJob): Promise<Witness> {
    return this.witnesses.calculateWitness(job);
  }

  async prove(witness: Witness): Promise<ProofResult> {
    useUp(this.usedUp, witness.wires);
    const proved = this.last.then(() => this.proveNext(witness));
    this.last = proved.catch(() => {});
    return proved;
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([this.last, this.witnesses.close()]);
    // snarkjs keeps its threads for the next call.
    await (globalThis as { curve_bn128?: { terminate(): Promise<void> } | null }).curve_bn128?.terminate();
  }

  private async proveNext({ circuit, wires }: Witness): Promise<ProofResult> {
    if (this.closed) throw proverClosed();
    const { zkey } = instanceFiles(circuit.keySet, circuit.instance);
    // Refuses what snarkjs would not: a witness of another length.
    const signals = (await WitnessShape.read(zkey)).publicSignals(wires);
    const start = performance.now();
    const { proof } = await groth16
      .prove(zkey, { type: "mem", data: encodeWires(wires) })
      .catch((cause: unknown) => {
        throw new MarginproofError("PROVER_CRASHED", `snarkjs failed: ${String(cause)}`, {
          hint: "Free memory or use --backend wasm, then resume; finished proofs are kept.",
          kind: "io",
          cause,
        });
      });
    return {
      proof: fromSnarkjs(proof as unknown as SnarkjsProof),
      publicSignals: signals.map(String),
      milliseconds: performance.now() - start,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  }
}

/** Decimal coordinates, each point with a third that is 1. */
interface SnarkjsProof {
  readonly pi_a: readonly [string, string, string];
  readonly pi_b: readonly [[string, string], [string, string], [string, string]];
  readonly pi_c: readonly [string, string, string];
}

function fromSnarkjs({ pi_a, pi_b, pi_c }: SnarkjsProof): ProofJson {
  const hex = (decimal: string): string => `0x${BigInt(decimal).toString(16).padStart(64, "0")}`;
  const pair = ([first, second]: readonly [string, string, ...string[]]): [string, string] => [
    hex(first),
    hex(second),
  ];
  return { a: pair(pi_a), b: [pair(pi_b[0]), pair(pi_b[1])], c: pair(pi_c) };
}
