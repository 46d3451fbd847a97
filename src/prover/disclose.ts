import { MarginproofError } from "../errors.js";
import { silentProgress } from "../files/progress.js";
import type { OpeningJson } from "../holder/opening.js";
import { reopenAttempt } from "./attemptWork.js";
import { type IndexedDisclosure, openIndexed } from "./disclosure/fromIndex.js";
import { noAccount, openingOf } from "./disclosure/opening.js";
import { withIndex } from "./disclosure/withIndex.js";
import { rebuildIndex } from "./disclosure/writeIndex.js";
import type { Watch } from "./layOut.js";
import { settleEpoch } from "./publication.js";
import { FolderStore } from "./store/folderStore.js";
import type { ProverStore, StatementName } from "./store/store.js";

/**
 * Makes the holder's file of one account of a published epoch: all its pockets. Reads what it shows, found by the epoch's index, and no
 * more; an epoch without one, or with a damaged one, is indexed first.
 * @param epoch which epoch; the last published one by default
 * @throws MarginproofError DISCLOSE_NO_EPOCH, DISCLOSE_NO_ACCOUNT, DISCLOSE_POCKETS, DISCLOSE_DIFFERS,
 *   PRIVATE_FILE_DAMAGED, MASTER_SECRET_MISSING
 */
export function disclose(
  privateDir: string,
  account: string,
  epoch?: string,
  watch: Watch = { progress: silentProgress },
): Promise<OpeningJson> {
  return withPublished(privateDir, epoch, (store, found) =>
    byIndex(store, found, watch, async (opened) => {
      const batches = await opened.index.batchesOf(account);
      if (batches.length === 0) throw noAccount(account);
      return openingOf(opened, account, batches);
    }),
  );
}

/** @throws MarginproofError DISCLOSE_NO_EPOCH */
export async function withPublished<T>(
  privateDir: string,
  epoch: string | undefined,
  work: (store: FolderStore, found: StatementName) => Promise<T>,
): Promise<T> {
  const store = await FolderStore.openExisting(privateDir);
  if (store === undefined) throw noEpoch(privateDir, epoch, []);
  try {
    return await work(store, await publishedEpoch(store, epoch));
  } finally {
    store.close();
  }
}

/** Works with the index of an epoch of the folder, made anew where it has to be. */
export async function byIndex<T>(
  store: ProverStore,
  found: StatementName,
  watch: Watch,
  work: (opened: IndexedDisclosure) => Promise<T>,
): Promise<T> {
  const { attempt, epoch } = found;
  return withIndex(
    async () => work(await openIndexed(store, found)),
    async ({ message }) => {
      watch.progress.note(`index of holders: ${message}; making it from the epoch's batches, this once`);
      const statement = (await store.statements(epoch)).find((own) => own.attempt === attempt);
      // Its row was there when it was asked for its names.
      if (statement === undefined) throw noEpoch(store.place, epoch, []);
      await rebuildIndex(await reopenAttempt(store, attempt), store.place, statement, watch);
    },
  );
}

async function publishedEpoch(store: ProverStore, epoch: string | undefined): Promise<StatementName> {
  // Only those of the epoch asked for: what is wrong with another must not stand in the way.
  for (const own of await store.statementNames(epoch)) if (!own.published) await settleEpoch(store, own);
  const publicOnes = async (name?: string) =>
    (await store.statementNames(name)).filter((one) => one.published);
  const own = await publicOnes(epoch);
  const found = epoch === undefined ? own.at(-1) : own[0];
  if (found !== undefined) return found;
  const others = (await publicOnes()).slice(-5);
  throw noEpoch(
    store.place,
    epoch,
    others.map((other) => other.epoch),
  );
}

function noEpoch(place: string, epoch: string | undefined, others: readonly string[]): MarginproofError {
  return new MarginproofError(
    "DISCLOSE_NO_EPOCH",
    `${place} holds no published epoch${epoch === undefined ? "" : ` ${epoch}`}`,
    {
      kind: "usage",
      hint:
        others.length === 0
          ? "Give the folder that marginproof prove wrote with --private, after it has published."
          : `It holds ${others.join(", ")}.`,
    },
  );
}
