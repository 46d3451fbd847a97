import { Field } from "@noble/curves/abstract/modular.js";
import { grainGenConstants } from "@noble/curves/abstract/poseidon.js";
import { MarginproofError } from "../../errors.js";
import { FIELD_ORDER } from "../order.js";

/** Full rounds, half of them before the partial rounds and half after. */
export const FULL_ROUNDS = 8;
/** Partial rounds for widths t = 2..17, as circomlib fixes them. */
export const PARTIAL_ROUNDS = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68] as const;
/** Inputs of the widest Poseidon; its width is one more. */
export const MAX_INPUTS = 16;

const field = Field(FIELD_ORDER);

/** Poseidon exactly as specified: `roundConstants[round][i]`, and the matrix as rows, `out = mds * state`. */
export interface PoseidonConstants {
  readonly t: number;
  readonly partialRounds: number;
  readonly roundConstants: readonly (readonly bigint[])[];
  readonly mds: readonly (readonly bigint[])[];
}

const cache: (PoseidonConstants | undefined)[] = [];

/**
 * The constants of width t from the Grain generator of the Poseidon paper, which is where circomlib's came
 * from. About 50 ms for t = 17, once.
 * @throws MarginproofError POSEIDON_ARITY unless t is 2..17
 */
export function poseidonConstants(t: number): PoseidonConstants {
  const known = cache[t];
  if (known !== undefined) return known;
  const partialRounds = PARTIAL_ROUNDS[t - 2];
  if (partialRounds === undefined) {
    throw new MarginproofError("POSEIDON_ARITY", `Poseidon takes 1 to ${MAX_INPUTS} inputs, not ${t - 1}`);
  }
  const grain = grainGenConstants({ Fp: field, t, roundsFull: FULL_ROUNDS, roundsPartial: partialRounds });
  return (cache[t] = { t, partialRounds, ...grain });
}
