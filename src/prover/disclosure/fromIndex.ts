import { type AttemptPlace, reopenAttempt } from "../attemptWork.js";
import { EpochSecrets } from "../secrets.js";
import type { StatementName } from "../store/store.js";
import { HolderIndex } from "./holderIndex.js";
import type { OpenDisclosure } from "./opening.js";

/** An epoch opened by its index: each file reads what it shows, whatever the epoch's size. */
export interface IndexedDisclosure extends OpenDisclosure {
  readonly index: HolderIndex;
}

/**
 * Opens an epoch by its index. Of the market nothing is read, unless it has secret rates: what leaves a batch's accounts make was seen when the
 * index was written, and stands for a batch with the same text.
 * @throws IndexFault here and from `paths`
 */
export async function openIndexed(
  store: AttemptPlace,
  { exchange, epoch, attempt: name, digest }: StatementName,
): Promise<IndexedDisclosure> {
  const attempt = store.attempt(name);
  const secrets = new EpochSecrets(await store.masterSecret(), exchange, epoch, name);
  const index = await HolderIndex.open(attempt, secrets, digest);
  const work = index.head.secretRates ? await reopenAttempt(store, name) : undefined;
  return {
    ...{ names: { exchange, epoch }, digest, attempt, secrets, evaluator: work?.evaluator, index },
    async paths(batch, positions) {
      const tree = await index.treeOf(batch.index, batch.sha256);
      return positions.map((position) => tree.path(position));
    },
  };
}
