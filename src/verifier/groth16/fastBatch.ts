import type { Proof } from "./proof.js";
import type { VerifyingKey } from "./verifyingKey.js";

/** One proof of a batch; keys and proofs may differ or repeat. */
export interface BatchItem {
  readonly vk: VerifyingKey;
  readonly signals: readonly bigint[];
  readonly proof: Proof;
}

/**
 * Says yes quickly where the ordinary check would say yes; what it does not say yes to, the ordinary check decides, and names. So it
 * adds no refusal and no message of its own.
 */
export interface FastBatch {
  /** How many proofs it takes best at once. */
  readonly size: number;
  /** What `parseProof` gives for each; undefined where it may refuse one, and for some beside it. */
  parseAll(list: readonly unknown[]): readonly (Proof | undefined)[];
  /** Do all of these proofs, parsed and with checked signals, hold? A false yes has probability at most 2^-128. */
  allHold(items: readonly BatchItem[]): boolean;
}
