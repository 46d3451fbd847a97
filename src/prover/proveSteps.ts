import type { Progress } from "../files/progress.js";
import type { InstanceKeys } from "../keys/keyFolder.js";
import type { ProverBackend } from "./backend.js";
import type { Step } from "./epochInputs.js";
import { hasProof } from "./keptProofs.js";
import { proveStep } from "./proveStep.js";
import type { AttemptStore } from "./store/store.js";

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

/**
 * Phase 5, prove: every step that has no whole proof yet, several at a time.
 *
 * The cut after it: proofs are in the store, each with the signals it was made for; the list of steps comes out of the
 * steps again, all of them then found proved.
 * @param all in order; those without an input are proved
 * @param total how many steps there are
 */
export async function proveSteps(
  job: StepsJob,
  all: AsyncIterable<Step | ProvedStep>,
  total: number,
): Promise<ProvedSteps> {
  const { backend, keys, attempt, progress } = job;
  const note = (text: string): void => progress.note(text);
  progress.stage("prove", "prove", `${total} steps`);
  const steps: ProvedStep[] = [];
  const running = new Set<Promise<void>>();
  const failed: unknown[] = [];
  let resumed = 0;
  let done = 0;
  try {
    for await (const step of all) {
      const { index, signals, stateOut } = step;
      const shape = "shape" in step ? step.shape : step.instance.id;
      steps.push({ index, shape, signals, stateOut });
      if ("shape" in step || (await hasProof(attempt, step, note))) {
        resumed++;
        progress.update(++done, total);
        if (job.signal?.aborted) break;
        continue;
      }
      if (resumed > 0 && running.size === 0) note(`${resumed} proofs are already there`);
      const proved = proveStep(backend, keys, attempt, step).then(
        () => progress.update(++done, total),
        (error: unknown) => void failed.push(error),
      );
      const tracked: Promise<void> = proved.finally(() => running.delete(tracked));
      running.add(tracked);
      if (running.size >= job.inFlight) await Promise.race(running);
      if (failed.length > 0 || job.signal?.aborted) break;
    }
  } finally {
    // What is being proved is kept, whatever ended the list.
    await Promise.all(running);
  }
  if (failed.length > 0) throw failed[0];
  job.signal?.throwIfAborted();
  return { resumed, steps };
}
