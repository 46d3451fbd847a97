import type { Hex } from "viem";
import { MarginproofError } from "../errors.js";
import type { ShapeWords } from "./epochWords.js";
import { ask, type ChainEpoch, epochId, epochOf, type Registry } from "./registry.js";

/** A claim that a bond stands for, and that can still be challenged. */
export interface Claim {
  readonly registry: Registry;
  readonly id: Hex;
  readonly kept: ChainEpoch;
  /** The circuits of its key set. */
  readonly shapes: readonly ShapeWords[];
}

/** Index by which a claim's table is demanded. */
export const TABLE_INDEX = 2 ** 32 - 1;

export const stepsOf = ({ kept }: Pick<Claim, "kept">): number => kept.batches + kept.tableSteps;

/** @throws MarginproofError CLAIM_NONE, those of `read` */
export async function claimOf(
  registry: Registry,
  { exchange, epoch }: { readonly exchange: string; readonly epoch: string },
): Promise<Claim> {
  const kept = await epochOf(registry, exchange, epoch);
  if (kept.status !== "claimed")
    throw new MarginproofError(
      "CLAIM_NONE",
      `no bond stands for epoch ${JSON.stringify(epoch)} there: it is ${kept.status}`,
      {
        kind: "usage",
        hint: "Only what was claimed, and is neither final nor refuted, can be challenged: see it with marginproof chain status.",
      },
    );
  const id = await epochId(registry, exchange, epoch);
  const shapes = (await ask(registry, "keySetOf", [kept.keySet])) as ShapeWords[];
  return { registry, id, kept, shapes };
}
