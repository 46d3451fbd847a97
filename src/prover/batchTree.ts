import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import type { Batch } from "../protocol/accountRecord.js";
import { BATCH_TREE_DEPTH } from "../protocol/constants.js";
import { leafHashes } from "../protocol/leaf.js";
import { Tree16 } from "../protocol/tree.js";

/** A batch's own tree; its root stands in the statement. */
export function batchTree(hasher: PoseidonHasher, batch: Batch, marginCallBp: bigint): Tree16 {
  return new Tree16(hasher, leafHashes(hasher, batch.shape, batch.accounts, marginCallBp), BATCH_TREE_DEPTH);
}
