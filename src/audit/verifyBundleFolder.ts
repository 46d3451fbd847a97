import { lstatSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { readAllButSteps, readBundle } from "../files/bundleFolder.js";
import type { BundleParts } from "../verifier/bundle.js";
import { BUNDLE_FILE_NAMES } from "../verifier/bundleTexts.js";
import { fastSteps } from "../verifier/fastSteps.js";
import { bestFastBatch } from "../verifier/groth16/batch/kernelBatch.js";
import type { VerifyOptions } from "../verifier/options.js";
import { type VerifiedEpoch, verifyEpoch, verifyEpochInSteps } from "../verifier/verifyEpoch.js";
import { ProofThreads } from "./proofThreads.js";
import { StepFile } from "./stepFile.js";
import { ThreadedSteps } from "./threadedSteps.js";

/** What a bundle's reader brings of their own. */
export type FolderOptions = Omit<VerifyOptions, "steps">;

/** When and how threads are used. */
export interface ThreadChoice {
  readonly threads: number;
  /** Bytes of steps from which on threads are worth their start: some 800 a proof. */
  readonly from: number;
  /** Proofs that a thread is handed at once. */
  readonly atOnce: number;
}

const CHOICE: ThreadChoice = { threads: availableParallelism(), from: 1_500_000, atOnce: 1024 };

/**
 * Verifies a published epoch in a folder, a large one on all cores and without holding its steps in memory.
 *
 * Never throws for a bad bundle that can be read: every fault is a failed check of the verdict, in the words of `verifyEpoch`: a bundle
 * that threads do not find proved is read and verified again in this one.
 * @throws MarginproofError as `readBundle`; PRICES_POLICY for a fault in the verifier's own price policy
 */
export async function verifyBundleFolder(
  folder: string,
  options: FolderOptions,
  choice: Partial<ThreadChoice> = {},
): Promise<VerifiedEpoch> {
  const proved = await provedByThreads(folder, options, { ...CHOICE, ...choice });
  if (proved !== undefined) return proved;
  const parts = await readBundle(folder);
  const fast = bestFastBatch();
  return verifyEpoch(parts, fast ? { ...options, steps: fastSteps(parts, fast) } : options);
}

/** What is found of a bundle with many steps; undefined for one that is small, or not found proved. */
export async function provedByThreads(
  folder: string,
  options: FolderOptions,
  { threads: count, from, atOnce }: ThreadChoice,
): Promise<VerifiedEpoch | undefined> {
  const path = join(folder, BUNDLE_FILE_NAMES.steps);
  if (sizeOf(path) < from) return undefined;
  const parts = await readAllButSteps(folder);
  const file = opened(path);
  if (file === undefined) return undefined;
  let threads: ProofThreads | undefined;
  const start = () => (threads = new ProofThreads(count, listedKeys(parts, options)));
  try {
    const hand = { proofs: atOnce, questions: 2 * count };
    const steps = verifyEpochInSteps(parts, { ...options, steps: new ThreadedSteps(file, start, hand) });
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value.verdict.proved ? value : undefined;
      options.onProgress?.(value.done, value.total);
      await value.wait;
    }
  } finally {
    file.close();
    await threads?.close();
  }
}

/** Of the keys in a bundle, which may hold any number, those that are on the verifier's own list. */
function listedKeys({ verifyingKeys }: BundleParts, { pins }: FolderOptions): Record<string, unknown> {
  const listed = new Set(pins.map(({ keyDigest }) => keyDigest));
  return Object.fromEntries(Object.entries(verifyingKeys as object).filter(([digest]) => listed.has(digest)));
}

/** In bytes; of what can't be looked at 0: whoever reads it says why. */
function sizeOf(path: string): number {
  try {
    return lstatSync(path).size;
  } catch {
    return 0;
  }
}

function opened(path: string): StepFile | undefined {
  try {
    return new StepFile(path);
  } catch {
    return undefined;
  }
}
