import { MarginproofError } from "../errors.js";
import type { Progress } from "../files/progress.js";
import type { InstanceKeys } from "../keys/keyFolder.js";
import { parseProof } from "../verifier/groth16/proof.js";
import { parseVerifyingKey } from "../verifier/groth16/verifyingKey.js";
import { type BatchItem, verifyMany } from "../verifier/groth16/verifyMany.js";
import type { Verdict } from "../verifier/verdict.js";
import { forgetProof, keptProof } from "./keptProofs.js";
import type { ProvedStep, ProvedSteps } from "./proveSteps.js";
import { type BundlePlaces, orUndo } from "./publication.js";
import type { AttemptStore, EpochRun } from "./store/store.js";
import { verifyOwn } from "./verifyOwn.js";

export interface CheckJob {
  readonly keys: ReadonlyMap<string, InstanceKeys>;
  readonly attempt: AttemptStore;
  readonly progress: Progress;
}

/**
 * Phase 7, check: nothing is published that the verifier would refuse. Proofs that are false are forgotten, and those alone.
 *
 * The cut after it: the verdict, plain data.
 * @returns what the verifier says of the bundle made aside
 * @throws MarginproofError SELF_CHECK
 */
export async function checkBundle(
  run: EpochRun,
  places: BundlePlaces,
  job: CheckJob,
  proved: Pick<ProvedSteps, "steps">,
): Promise<Verdict> {
  return orUndo(run, places, () => checkFolder(places.aside, job, proved));
}

/** The same of a bundle in any folder. @throws MarginproofError SELF_CHECK */
export async function checkFolder(
  folder: string,
  { keys, attempt, progress }: CheckJob,
  { steps }: Pick<ProvedSteps, "steps">,
): Promise<Verdict> {
  const verdict = await verifyOwn(folder, keys, progress);
  if (verdict.proved) return verdict;
  const bad = await falseProofs(attempt, steps, keys);
  for (const index of bad) await forgetProof(attempt, index);
  throw refused(verdict, bad.length);
}

async function falseProofs(
  attempt: AttemptStore,
  steps: readonly ProvedStep[],
  keys: ReadonlyMap<string, InstanceKeys>,
): Promise<number[]> {
  const bad: number[] = [];
  const items: (BatchItem & { readonly index: number })[] = [];
  for (const { index, shape, signals } of steps) {
    try {
      const proof = parseProof(await keptProof(attempt, index));
      const vk = parseVerifyingKey(keys.get(shape)!.verifyingKey, signals.length);
      items.push({ index, vk, signals, proof });
    } catch (error) {
      if (!(error instanceof MarginproofError)) throw error;
      bad.push(index);
    }
  }
  return [...bad, ...verifyMany(items).failed.map((at) => items[at]!.index)];
}

function refused(verdict: Verdict, bad: number): MarginproofError {
  const failure = verdict.checks.find((check) => check.status === "fail");
  return new MarginproofError(
    "SELF_CHECK",
    `the finished bundle does not verify: ${failure?.title}: ${failure?.detail}`,
    {
      hint: `Nothing was published. ${bad === 0 ? "Every stored proof is right by itself: report the check named." : `${bad} stored proofs are false and will be made anew: run the same command again.`}`,
    },
  );
}
