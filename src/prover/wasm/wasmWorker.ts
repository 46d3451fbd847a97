import { readFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { parentPort } from "node:worker_threads";
import { MarginproofError } from "../../errors.js";
import type { ProofJob, ProofResult } from "../backend.js";
import { Groth16Prover } from "./groth16Prove.js";
import { WitnessCalculator } from "./witnessCalculator.js";
import { parseInputJson } from "./witnessInput.js";

/** Thread of the WASM backend: one job at a time, with the circuits it used last kept warm. */

/** What a worker answers: a result, or an error in a form that survives the message channel. */
export type WorkerAnswer =
  | { readonly result: ProofResult }
  | {
      readonly code: string | undefined;
      readonly message: string;
      readonly hint?: string;
      readonly kind?: ErrorKind;
    };
type ErrorKind = NonNullable<MarginproofError["options"]["kind"]>;

interface WarmCircuit {
  readonly calculator: WitnessCalculator;
  readonly prover: Groth16Prover;
}

// Keys of 2^20 constraints take about 0.7 GB; two of those, or many small ones, stay loaded.
const WARM_BYTES = 1.5 * 2 ** 30;
const warm = new Map<string, WarmCircuit>();

parentPort?.on("message", async (job: ProofJob) => {
  parentPort?.postMessage(await answer(job));
});

async function answer(job: ProofJob): Promise<WorkerAnswer> {
  try {
    return { result: await prove(job) };
  } catch (error) {
    if (!(error instanceof MarginproofError)) return { code: undefined, message: String(error) };
    const { code, message, options } = error;
    return {
      code,
      message,
      ...(options.hint === undefined ? {} : { hint: options.hint }),
      ...(options.kind === undefined ? {} : { kind: options.kind }),
    };
  }
}

async function prove(job: ProofJob): Promise<ProofResult> {
  const { calculator, prover } = await circuit(job);
  const input = "input" in job ? job.input : parseInputJson(await readFile(job.inputPath, "utf8"));
  const start = performance.now();
  const witness = calculator.calculate(input);
  const between = performance.now();
  const proved = prover.prove(witness);
  return {
    ...proved,
    timings: { witnessMs: between - start, proveMs: performance.now() - between },
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}

async function circuit(job: ProofJob): Promise<WarmCircuit> {
  const name = JSON.stringify([job.wasmPath, job.zkeyPath]);
  const known = warm.get(name);
  warm.delete(name);
  const found = known ?? {
    calculator: await WitnessCalculator.load(job.wasmPath),
    prover: await Groth16Prover.load(job.zkeyPath),
  };
  // Last in the map is the one used last.
  warm.set(name, found);
  let bytes = [...warm.values()].reduce((sum, { prover }) => sum + prover.memoryBytes, 0);
  for (const [oldest, { prover }] of warm) {
    if (bytes <= WARM_BYTES || oldest === name) break;
    warm.delete(oldest);
    bytes -= prover.memoryBytes;
  }
  return found;
}
