import { toFieldHex } from "../../field/encoding.js";
import { bestPoseidon } from "../../field/poseidon/bestPoseidon.js";
import { EPOCH_TREE_DEPTH } from "../../protocol/constants.js";
import { siblingPath, Tree16 } from "../../protocol/tree.js";
import { type AttemptPlace, type AttemptWork, reopenAttempt } from "../attemptWork.js";
import { batchRecords } from "../batchFile.js";
import { batchTree } from "../batchTree.js";
import type { StoredStatement } from "../store/store.js";
import { accountShape } from "./accountShape.js";
import { differs, type LaidOutBatch, type OpenDisclosure } from "./opening.js";

/**
 * Opens an epoch by its statement alone: what an index keeps is computed.
 * @param place what messages call the store
 */
export async function openDisclosure(
  store: AttemptPlace,
  place: string,
  { attempt, statement, digest }: Pick<StoredStatement, "attempt" | "statement" | "digest">,
): Promise<OpenDisclosure> {
  const work = await reopenAttempt(store, attempt);
  const roots = statement.batches.map(({ leafRoot }) => leafRoot);
  const all = new Tree16(bestPoseidon(), roots, EPOCH_TREE_DEPTH);
  const { market, secrets, evaluator } = work;
  return {
    ...{ names: market, digest, attempt: work.attempt, secrets, evaluator },
    async paths(batch, positions) {
      const own = treeOf(work, batch);
      if (own.root !== roots[batch.index]) throw differs(place, statement.epoch);
      return positions.map((position) =>
        [...siblingPath(own, position), ...siblingPath(all, batch.index)].map((siblings) =>
          siblings.map(toFieldHex),
        ),
      );
    },
  };
}

/** The tree over a batch's accounts and padding. */
export function treeOf(work: AttemptWork, { index, shape: id, accounts }: LaidOutBatch): Tree16 {
  const { market, table, secrets, evaluator } = work;
  const records = batchRecords(index, accountShape(id), accounts, evaluator, market, secrets);
  return batchTree(bestPoseidon(), records, table.marginCallBp);
}
