import { stat } from "node:fs/promises";
import { readInstances } from "../keys/instances.js";
import { keyListPath, loadKeyList, readLock } from "../keys/keyFolder.js";
import type { PinnedKey } from "../verifier/pins.js";

/** The development keys that this version of the package is known to make, always marked as such. */
export function packageKeys(): PinnedKey[] {
  const lock = readLock();
  return readInstances().instances.flatMap((instance): PinnedKey[] => {
    const keyDigest = Object.hasOwn(lock, instance.id) ? lock[instance.id]?.developmentKey : undefined;
    return keyDigest === undefined ? [] : [{ ...instance, keyDigest, development: true, ofPackage: true }];
  });
}

/** The verifier's own list: keys.json, or the folder it is in. The package's come first: no file can pass a known development key off as another. */
export async function trustedKeys(keysFile: string | undefined): Promise<PinnedKey[]> {
  if (keysFile === undefined) return packageKeys();
  const isFolder = await stat(keysFile).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return [...packageKeys(), ...(await loadKeyList(isFolder ? keyListPath(keysFile) : keysFile))];
}
