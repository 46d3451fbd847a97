import { performance } from "node:perf_hooks";
import { parentPort } from "node:worker_threads";
import "../../nextSteps.js";
import { MarginproofError } from "../../errors.js";
import { instanceFiles, type KeyName } from "../../keys/instanceFiles.js";
import type { ProofJob, ProofResult, Witness } from "../backend.js";
import { Groth16Prover } from "./groth16Prove.js";
import { WitnessCalculator } from "./witnessCalculator.js";
import { witnessRefused } from "./witnessInput.js";
import type { RefusedTask, WorkerTask } from "./workerTask.js";

/** Thread of the WASM backend: one task at a time, with the circuits it used last kept warm. */

interface WarmCircuit {
  calculator?: WitnessCalculator;
  prover?: Groth16Prover;
}

// Keys of 2^20 constraints take about 0.7 GB; two of those, or many small ones, stay loaded.
const WARM_BYTES = 1.5 * 2 ** 30;
const warm = new Map<string, WarmCircuit>();

parentPort?.on("message", async (task: WorkerTask) => {
  try {
    if (task.task === "prove") parentPort?.postMessage({ result: await prove(task.witness) });
    else {
      const result = await calculate(task.job);
      parentPort?.postMessage({ result }, [result.wires.buffer]);
    }
  } catch (error) {
    parentPort?.postMessage(refused(error));
  }
});

function refused(error: unknown): RefusedTask {
  if (!(error instanceof MarginproofError)) return { code: undefined, message: String(error) };
  const { code, message, options } = error;
  return {
    code,
    message,
    ...(options.hint === undefined ? {} : { hint: options.hint }),
    ...(options.kind === undefined ? {} : { kind: options.kind }),
  };
}

async function calculate({ circuit, input }: ProofJob): Promise<Witness> {
  const known = warmed(circuit);
  known.calculator ??= await WitnessCalculator.load(filesOf(circuit).wasm);
  const start = performance.now();
  const wires = known.calculator.calculate(input);
  return { circuit, wires, milliseconds: performance.now() - start };
}

async function prove({ circuit, wires }: Witness): Promise<ProofResult> {
  const known = warmed(circuit);
  known.prover ??= await Groth16Prover.load(filesOf(circuit).zkey);
  coolDown(known);
  if (wires.length !== 32 * known.prover.wireCount)
    throw witnessRefused(`has ${wires.length / 32} wires, the key ${known.prover.wireCount}`);
  const start = performance.now();
  const proved = known.prover.prove(wires);
  return {
    ...proved,
    milliseconds: performance.now() - start,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}

const filesOf = ({ keySet, instance }: KeyName) => instanceFiles(keySet, instance);

/** What is loaded of a circuit. Last in the map is the one used last. */
function warmed(circuit: KeyName): WarmCircuit {
  const name = JSON.stringify([circuit.keySet, circuit.instance]);
  const found = warm.get(name) ?? {};
  warm.delete(name);
  warm.set(name, found);
  return found;
}

/** Gives up what was used longest ago, until the rest fits. */
function coolDown(inUse: WarmCircuit): void {
  const bytesOf = ({ calculator, prover }: WarmCircuit): number =>
    (calculator?.memoryBytes ?? 0) + (prover?.memoryBytes ?? 0);
  let bytes = [...warm.values()].reduce((sum, circuit) => sum + bytesOf(circuit), 0);
  for (const [name, circuit] of warm) {
    if (bytes <= WARM_BYTES || circuit === inUse) break;
    warm.delete(name);
    bytes -= bytesOf(circuit);
  }
}
