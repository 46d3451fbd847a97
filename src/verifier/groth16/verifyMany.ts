import { pairs } from "../pairs.js";
import type { BatchItem } from "./fastBatch.js";
import { requireParsed } from "./parsed.js";
import { checkedSignals } from "./signals.js";
import { verifyProof } from "./verify.js";
import { type WeightedItem, weightedEquationHolds, weightedItem } from "./weightedEquation.js";
import { drawWeights, platformRandomBytes, type RandomBytes } from "./weights.js";

export type { BatchItem };

/** `failed` holds the positions of the proofs that do not hold, ascending; `ok` says there are none. */
export interface BatchResult {
  readonly ok: boolean;
  readonly failed: number[];
}

/** Halving goes on until this many times the batch was looked at again; the rest is checked one by one. */
const HALVING_BUDGET = 3;

/**
 * The positions of the false items, of which there is at least one, ascending. Halves: the weights stay, so a
 * half that holds proves, exactly, that the other half does not, and a range of one item is decided exactly.
 * One bad proof costs at most one further batch. The budget bounds what a flood of bad ones costs.
 */
function findFailed(items: readonly WeightedItem[]): number[] {
  const failed: number[] = [];
  let budget = HALVING_BUDGET * items.length;

  function holds(start: number, end: number): boolean {
    budget -= end - start;
    return weightedEquationHolds(items.slice(start, end));
  }
  /** At least one item of [start, end) is false. */
  function search(start: number, end: number): void {
    if (end - start === 1) {
      failed.push(start);
    } else if (budget < end - start) {
      for (const [offset, { vk, signals, proof }] of items.slice(start, end).entries()) {
        if (!verifyProof(vk, signals, proof)) failed.push(start + offset);
      }
    } else {
      const middle = (start + end) >> 1;
      if (holds(start, middle)) {
        search(middle, end);
        return;
      }
      search(start, middle);
      if (!holds(middle, end)) search(middle, end);
    }
  }
  search(0, items.length);
  return failed;
}

/**
 * Checks many proofs at once by a random linear combination (docs/protocol.md, section 8: BGR); one final
 * exponentiation when all hold. It says the same of every proof as `verifyProof`, but for a false acceptance with
 * probability at most 2^-128 for each combination looked at. The weights, the first included, are drawn here after all items are fixed: a prover
 * who could foresee them could make errors cancel.
 *
 * An empty list is vacuously `ok`: whether a list is complete is the caller's check.
 * @param randomBytes the verifier's own randomness, by default the platform's generator
 * @throws MarginproofError NOT_PARSED, SIGNAL_COUNT, SIGNAL_NOT_CANONICAL for any item, WEIGHTS_NOT_RANDOM
 */
export function verifyMany(
  items: readonly BatchItem[],
  randomBytes: RandomBytes = platformRandomBytes,
): BatchResult {
  const failed = failedOf(checkedItems(items), randomBytes);
  return { ok: failed.length === 0, failed };
}

/** The items, fixed. @throws MarginproofError NOT_PARSED, SIGNAL_COUNT, SIGNAL_NOT_CANONICAL for any of them */
export function checkedItems(items: readonly BatchItem[]): BatchItem[] {
  return items.map(({ vk, signals, proof }, index) => {
    requireParsed(vk, proof);
    return { vk, signals: checkedSignals(vk, signals, `item ${index}`), proof };
  });
}

function failedOf(items: readonly BatchItem[], randomBytes: RandomBytes): number[] {
  if (items.length <= 1) {
    return items.flatMap(({ vk, signals, proof }, n) => (verifyProof(vk, signals, proof) ? [] : [n]));
  }
  const weights = drawWeights(items.length, randomBytes);
  const weighted = Array.from(pairs(items, weights), ([{ vk, signals, proof }, weight]) =>
    weightedItem(vk, signals, proof, weight),
  );
  return weightedEquationHolds(weighted) ? [] : findFailed(weighted);
}
