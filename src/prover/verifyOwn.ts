import { verifyBundleFolder } from "../audit/verifyBundleFolder.js";
import { bytesToHex } from "../field/encoding.js";
import { bestPoseidon } from "../field/poseidon/bestPoseidon.js";
import type { Progress } from "../files/progress.js";
import type { InstanceKeys } from "../keys/keyFolder.js";
import type { PinnedKey } from "../verifier/pins.js";
import type { Verdict } from "../verifier/verdict.js";

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
  const { verdict } = await verifyBundleFolder(folder, {
    hasher: bestPoseidon(),
    pins,
    onProgress: (done, total) => progress.update(done, total),
  });
  return verdict;
}
