import { toFieldHex } from "../../src/field/encoding.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { EPOCH_TREE_DEPTH } from "../../src/protocol/constants.js";
import { siblingPath, Tree16 } from "../../src/protocol/tree.js";
import { type AttemptPlace, reopenAttempt } from "../../src/prover/attemptWork.js";
import { differs, type OpenDisclosure } from "../../src/prover/disclosure/opening.js";
import { treeOf } from "../../src/prover/disclosure/writeIndex.js";
import type { StoredStatement } from "../../src/prover/store/store.js";

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
