import { rm } from "node:fs/promises";
import { join } from "node:path";
import { MarginproofError } from "../errors.js";
import { toFieldHex } from "../field/encoding.js";
import { PRIVATE_FILE, writeDurably } from "../files/files.js";
import type { Progress } from "../files/progress.js";
import { naming } from "../files/systemError.js";
import type { InstanceKeys } from "../keys/keyFolder.js";
import type { ProofJson } from "../verifier/groth16/proof.js";
import type { ProverBackend } from "./backend.js";
import type { CommittedEpoch, EpochInputs, Step } from "./epochInputs.js";
import { epochSteps } from "./steps.js";
import { readText } from "./store/readText.js";
import type { AttemptStore } from "./store/store.js";

/** A finished step as it is kept: its proof, and the signals it was made for. */
export interface KeptProof {
  readonly signals: readonly string[];
  readonly proof: ProofJson;
}

const numbered = (index: number): string => `${String(index).padStart(6, "0")}.json`;
export const proofName = (index: number): string => `proofs/${numbered(index)}`;

export interface StepsJob {
  readonly backend: ProverBackend;
  /** Steps in the backend at a time. */
  readonly inFlight: number;
  readonly keys: ReadonlyMap<string, InstanceKeys>;
  readonly attempt: AttemptStore;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface ProvedSteps {
  /** Steps whose proof was already there. */
  readonly resumed: number;
  readonly steps: readonly ProvedStep[];
}

export interface ProvedStep {
  readonly index: number;
  /** Shape id. */
  readonly shape: string;
  readonly signals: readonly bigint[];
  readonly stateOut: bigint;
}

/** Proves every step that has no whole proof yet, several at a time. */
export async function proveSteps(
  job: StepsJob,
  inputs: EpochInputs,
  epoch: CommittedEpoch,
): Promise<ProvedSteps> {
  const { progress } = job;
  const total = epoch.statement.batches.length + epoch.statement.tableSteps.length;
  progress.stage("prove", `${total} steps`);
  const steps: ProvedStep[] = [];
  const running = new Set<Promise<void>>();
  const failed: unknown[] = [];
  let resumed = 0;
  let done = 0;
  for await (const step of epochSteps(inputs, epoch)) {
    const { index, signals, stateOut } = step;
    steps.push({ index, shape: step.instance.id, signals, stateOut });
    if (await isProved(job, step)) {
      resumed++;
      progress.update(++done, total);
      continue;
    }
    if (resumed > 0 && running.size === 0) progress.note(`${resumed} proofs are already there`);
    const proved = proveStep(job, step).then(
      () => progress.update(++done, total),
      (error: unknown) => void failed.push(error),
    );
    const tracked: Promise<void> = proved.finally(() => running.delete(tracked));
    running.add(tracked);
    if (running.size >= job.inFlight) await Promise.race(running);
    if (failed.length > 0 || job.signal?.aborted) break;
  }
  await Promise.all(running);
  if (failed.length > 0) throw failed[0];
  job.signal?.throwIfAborted();
  return { resumed, steps };
}

const signalText = (step: Pick<Step, "signals">): string[] => step.signals.map(toFieldHex);

async function isProved({ attempt, progress }: StepsJob, step: Step): Promise<boolean> {
  const kept = await attempt.read(proofName(step.index));
  if (kept.state === "damaged") progress.note(`${kept.path} is damaged: proving its step again`);
  if (kept.state !== "whole") return false;
  const { signals } = JSON.parse(kept.text) as KeptProof;
  return JSON.stringify(signals) === JSON.stringify(signalText(step));
}

/** Proves one step from its own files alone. */
async function proveStep({ backend, keys, attempt }: StepsJob, step: Step): Promise<void> {
  const { files } = keys.get(step.instance.id)!;
  const inputPath = join(attempt.scratch, numbered(step.index));
  await naming(inputPath, () => writeDurably(inputPath, JSON.stringify(step.input), PRIVATE_FILE));
  const result = await backend.prove({ wasmPath: files.wasm, zkeyPath: files.zkey, inputPath });
  const signals = signalText(step);
  const proved = result.publicSignals.map((value) => toFieldHex(BigInt(value)));
  if (JSON.stringify(proved) !== JSON.stringify(signals)) {
    throw new MarginproofError(
      "STEP_SIGNALS",
      `step ${step.index}: the circuit computed other public signals`,
      {
        hint: "The keys folder does not fit this version; run marginproof setup again.",
      },
    );
  }
  const kept: KeptProof = { signals, proof: result.proof };
  await attempt.put(proofName(step.index), JSON.stringify(kept));
  // The input holds holdings in clear; the batch file can always make it again.
  await naming(inputPath, () => rm(inputPath));
}

/** The proof of a step that was proved. @throws MarginproofError PRIVATE_FILE_DAMAGED */
export async function keptProof(attempt: AttemptStore, index: number): Promise<ProofJson> {
  return (JSON.parse(await readText(attempt, proofName(index))) as KeptProof).proof;
}
