import { rm } from "node:fs/promises";
import { join } from "node:path";
import { bytesToHex } from "../../src/field/encoding.js";
import { writeBundle } from "../../src/files/bundleFolder.js";
import type { InstanceKeys } from "../../src/keys/keyFolder.js";
import { beginAttempt } from "../../src/prover/attemptWork.js";
import type { ProverBackend } from "../../src/prover/backend.js";
import { commitEpoch } from "../../src/prover/commit.js";
import { IndexWriter } from "../../src/prover/disclosure/writeIndex.js";
import {
  type CommittedEpoch,
  type EpochInputs,
  epochInputs,
  type Step,
} from "../../src/prover/epochInputs.js";
import { remainingSteps } from "../../src/prover/keptChain.js";
import { keepCommitment, keptCommitment } from "../../src/prover/keptCommitment.js";
import { forgetProof, keepProof } from "../../src/prover/keptProofs.js";
import { layOut } from "../../src/prover/layOut.js";
import { bundleOf } from "../../src/prover/makeBundle.js";
import { type InputPlaces, type OpenInputs, openInputs } from "../../src/prover/openInputs.js";
import type { ProvedStep } from "../../src/prover/proveSteps.js";
import { FolderStore } from "../../src/prover/store/folderStore.js";
import type { AttemptStore } from "../../src/prover/store/store.js";
import type { ProofJson } from "../../src/verifier/groth16/proof.js";
import type { StageMeter } from "../benchStage.js";

/** An epoch with everything done but proving. */
export interface UnprovedEpoch {
  readonly keys: ReadonlyMap<string, InstanceKeys>;
  /** The first step of each shape. */
  readonly first: ReadonlyMap<string, Step>;
  readonly steps: readonly ProvedStep[];
  /** Writes the epoch's proofs and bundle, then goes on as another run would. */
  write(proofs: ReadonlyMap<string, ProofJson>): Promise<void>;
  close(): void;
}

/**
 * Everything that `prove` does but proving, in full: accounts, layout, commitments, index of holders, chain, and every step's witness.
 * @param witnesses computes them, as many at a time as `inFlight` says
 */
export async function wholeEpoch(
  places: InputPlaces,
  folder: string,
  witnesses: ProverBackend,
  inFlight: number,
  meter: StageMeter,
): Promise<UnprovedEpoch> {
  const opened = await openInputs(places);
  const store = await FolderStore.open(join(folder, "private"));
  const work = await beginAttempt(store, opened);
  const { attempt } = work;
  const plan = await layOut(opened, work, { progress: meter });
  meter.stage("commit", "commit, weigh and index holders");
  const inputs = epochInputs(opened, work, plan);
  const index = new IndexWriter(work, plan.shapes.length);
  const epoch = await commitEpoch({
    ...inputs,
    onTree: (batch, tree) => index.add(batch, tree),
    onBatch: () => meter.update(),
  });
  await index.finish(`0x${bytesToHex(epoch.statementDigest)}`);
  await keepCommitment(attempt, plan, epoch);
  meter.stage("witnesses", "chain of states, step inputs, witnesses");
  const { first, steps } = await everyWitness(inputs, epoch, attempt, opened, witnesses, inFlight, meter);
  meter.end();
  return {
    ...{ keys: opened.keys, first, steps, close: () => store.close() },
    async write(proofs) {
      meter.stage("write", "keep proofs, write the bundle");
      for (const step of steps) await keepProof(attempt, step, proofs.get(step.shape)!);
      const { statement } = epoch;
      await rm(join(folder, "bundle"), { recursive: true, force: true });
      await writeBundle(join(folder, "bundle"), bundleOf(opened, statement, { steps }, attempt));
      // As if it had been stopped before the last batch's step.
      await forgetProof(attempt, plan.shapes.length - 1);
      await goOn(places, folder, meter);
    },
  };
}

async function everyWitness(
  inputs: EpochInputs,
  epoch: CommittedEpoch,
  attempt: AttemptStore,
  { keys }: OpenInputs,
  witnesses: ProverBackend,
  inFlight: number,
  meter: StageMeter,
): Promise<{ first: Map<string, Step>; steps: ProvedStep[] }> {
  const first = new Map<string, Step>();
  const steps: ProvedStep[] = [];
  const running = new Set<Promise<void>>();
  for await (const step of remainingSteps(inputs, epoch, attempt)) {
    if ("shape" in step) throw new Error("no step is proved yet");
    const { index, signals, stateOut } = step;
    const { id } = step.instance;
    if (!first.has(id)) first.set(id, step);
    steps.push({ index, signals, stateOut, shape: id });
    const made = witnesses
      .calculateWitness({ circuit: keys.get(id)!.name, input: step.input })
      .then(() => meter.update());
    const tracked: Promise<void> = made.finally(() => running.delete(tracked));
    running.add(tracked);
    if (running.size >= inFlight) await Promise.race(running);
  }
  await Promise.all(running);
  return { first, steps };
}

/** From the same command to the first step that is not proved, in a store that has all others. */
async function goOn(places: InputPlaces, folder: string, meter: StageMeter): Promise<void> {
  const store = await FolderStore.open(join(folder, "private"));
  try {
    meter.stage("goOn", "go on: inputs, keys, what is kept, to the last step's proof");
    const opened = await openInputs(places);
    const work = await beginAttempt(store, opened);
    const plan = await layOut(opened, work, { progress: meter });
    const inputs = epochInputs(opened, work, plan);
    const epoch = await keptCommitment(work.attempt, inputs, plan);
    if (epoch === undefined) throw new Error("the commitment was not kept");
    let next: number | undefined;
    for await (const step of remainingSteps(inputs, epoch, work.attempt)) {
      if ("shape" in step || step.index !== plan.shapes.length - 1) continue;
      next = step.index;
      break;
    }
    meter.end();
    if (next === undefined) throw new Error("there was no step left to prove");
  } finally {
    store.close();
  }
}
