import { nameBundle } from "../files/bundleFolder.js";
import { isSystemError, namedFault } from "../files/systemError.js";
import { type BundlePlaces, orUndo, outExists } from "./publication.js";
import type { EpochRun, StoredStatement } from "./store/store.js";

/**
 * Phase 8, publish: its statement recorded as about to be public, the bundle named in one rename, recorded as public.
 * Killed anywhere in between, the next run of the epoch knows from the record what stands where, and whose it is.
 * @param places of a bundle that was made and checked
 * @throws MarginproofError EPOCH_PUBLISHED, OUT_EXISTS, DISK_FULL, FILE_REFUSED
 */
export async function publish(
  run: EpochRun,
  places: BundlePlaces,
  statement: Omit<StoredStatement, "published">,
): Promise<void> {
  const { out, aside } = places;
  await orUndo(run, places, async () => {
    await run.intend(out, statement);
    await nameBundle(aside, out).catch((error: unknown) => {
      throw taken(error) ? outExists(out, "appeared while it was being proved") : namedFault(error, out);
    });
  });
  await run.finishPublication(out);
}

const taken = (error: unknown): boolean =>
  isSystemError(error) && ["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(error.code ?? "");
