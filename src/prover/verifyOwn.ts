import { bytesToHex } from "../field/encoding.js";
import { bestPoseidon } from "../field/poseidon/bestPoseidon.js";
import { readBundle } from "../files/bundleFolder.js";
import type { Progress } from "../files/progress.js";
import type { InstanceKeys } from "../keys/keyFolder.js";
import { bestFastBatch } from "../verifier/groth16/batch/kernelBatch.js";
import type { PinnedKey } from "../verifier/pins.js";
import type { Verdict } from "../verifier/verdict.js";
import { verifyEpoch } from "../verifier/verifyEpoch.js";

/** What the verifier says of a bundle, the prover's own keys taken as trusted. */
export async function verifyOwn(
  folder: string,
  keys: ReadonlyMap<string, InstanceKeys>,
  progress: Progress,
): Promise<Verdict> {
  const pins: PinnedKey[] = [...keys.values()].map(({ instance, digest }) => ({
    ...instance,
    keyDigest: `0x${bytesToHex(digest)}`,
    development: false,
  }));
  const { verdict } = verifyEpoch(await readBundle(folder), {
    hasher: bestPoseidon(),
    fast: bestFastBatch(),
    pins,
    onProgress: (done, total) => progress.update(done, total),
  });
  return verdict;
}
