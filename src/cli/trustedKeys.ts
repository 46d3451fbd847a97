import { readInstances } from "../prover/instances.js";
import { loadKeyList, readLock } from "../prover/keyFolder.js";
import type { PinnedKey } from "../verifier/pins.js";

/** The development keys that this version of the package is known to make, always marked as such. */
export function packageKeys(): PinnedKey[] {
  const lock = readLock();
  return readInstances().instances.flatMap((instance): PinnedKey[] => {
    const keyDigest = Object.hasOwn(lock, instance.id) ? lock[instance.id]?.developmentKey : undefined;
    return keyDigest === undefined ? [] : [{ ...instance, keyDigest, development: true }];
  });
}

/** The verifier's own list. The package's come first: no file can pass a known development key off as another. */
export async function trustedKeys(keysFile: string | undefined): Promise<PinnedKey[]> {
  return [...packageKeys(), ...(keysFile === undefined ? [] : await loadKeyList(keysFile))];
}
