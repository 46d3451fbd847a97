import { MarginproofError } from "../errors.js";
import type { InstanceKeys } from "../keys/keyFolder.js";
import type { ProofJson } from "../verifier/groth16/proof.js";
import { type ProverBackend, proveJob } from "./backend.js";
import type { Step } from "./epochInputs.js";
import { keepProof } from "./keptProofs.js";
import type { AttemptStore } from "./store/store.js";

/**
 * Proves one step and keeps its proof in the store. A step is complete in itself: another process, with an engine of its own, can do
 * it, in any order; it is a job of plain data.
 * @throws MarginproofError STEP_SIGNALS and those of the backend
 */
export async function proveStep(
  backend: ProverBackend,
  keys: ReadonlyMap<string, InstanceKeys>,
  attempt: AttemptStore,
  step: Step,
): Promise<void> {
  await keepProof(attempt, step, await proofOf(backend, keys, step));
}

/** The proof of one step, not kept yet. @throws MarginproofError STEP_SIGNALS and those of the backend */
export async function proofOf(
  backend: ProverBackend,
  keys: ReadonlyMap<string, InstanceKeys>,
  step: Pick<Step, "index" | "input" | "signals"> & { readonly instance: { readonly id: string } },
): Promise<ProofJson> {
  const circuit = keys.get(step.instance.id)!.name;
  const { publicSignals, proof } = await proveJob(backend, { circuit, input: step.input });
  if (publicSignals.map(BigInt).join() !== step.signals.join()) {
    throw new MarginproofError(
      "STEP_SIGNALS",
      `step ${step.index}: the circuit computed other public signals`,
      { hint: "The keys folder does not fit this version; run marginproof setup again." },
    );
  }
  return proof;
}
