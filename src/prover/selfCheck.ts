import { MarginproofError } from "../errors.js";
import { bytesToHex } from "../field/encoding.js";
import { bestPoseidon } from "../field/poseidon/bestPoseidon.js";
import { readBundle } from "../files/bundleFolder.js";
import type { Progress } from "../files/progress.js";
import type { InstanceKeys } from "../keys/keyFolder.js";
import { parseProof } from "../verifier/groth16/proof.js";
import { parseVerifyingKey } from "../verifier/groth16/verifyingKey.js";
import { type BatchItem, verifyMany } from "../verifier/groth16/verifyMany.js";
import type { PinnedKey } from "../verifier/pins.js";
import type { Verdict } from "../verifier/verdict.js";
import { verifyEpoch } from "../verifier/verifyEpoch.js";
import { keptProof, type ProvedStep, proofName } from "./proveSteps.js";
import type { AttemptStore } from "./store/store.js";

/** What the verifier says of a bundle, the prover's own keys taken as trusted. */
export async function selfCheck(
  folder: string,
  keys: readonly InstanceKeys[],
  progress: Progress,
): Promise<Verdict> {
  const pins: PinnedKey[] = keys.map(({ instance, digest }) => ({
    ...instance,
    keyDigest: `0x${bytesToHex(digest)}`,
    development: false,
  }));
  const { verdict } = verifyEpoch(await readBundle(folder), {
    hasher: bestPoseidon(),
    pins,
    onProgress: (done, total) => progress.update(done, total),
  });
  return verdict;
}

/** Nothing is published that the verifier would refuse: forgets the proofs that are false, and those alone. @returns SELF_CHECK */
export async function dropFalseProofs(
  verdict: Verdict,
  attempt: AttemptStore,
  steps: readonly ProvedStep[],
  keys: ReadonlyMap<string, InstanceKeys>,
): Promise<MarginproofError> {
  const bad: number[] = [];
  const items: (BatchItem & { readonly index: number })[] = [];
  for (const { index, shape, signals } of steps) {
    try {
      const proof = parseProof(await keptProof(attempt, index));
      items.push({
        index,
        vk: parseVerifyingKey(keys.get(shape)!.verifyingKey, signals.length),
        signals,
        proof,
      });
    } catch (error) {
      if (!(error instanceof MarginproofError)) throw error;
      bad.push(index);
    }
  }
  bad.push(...verifyMany(items).failed.map((at) => items[at]!.index));
  for (const index of bad) await attempt.forget(proofName(index));
  const failure = verdict.checks.find((check) => check.status === "fail");
  return new MarginproofError(
    "SELF_CHECK",
    `the finished bundle does not verify: ${failure?.title}: ${failure?.detail}`,
    {
      hint: `Nothing was published. ${bad.length === 0 ? "Every stored proof is right by itself: report the check named." : `${bad.length} stored proofs are false and will be made anew: run the same command again.`}`,
    },
  );
}
