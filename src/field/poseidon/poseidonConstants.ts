import { MarginproofError } from "../../errors.js";
import { add, batchInverse } from "../element.js";
import { FIELD_ORDER } from "../order.js";

/** Full rounds, half of them before the partial rounds and half after. */
export const FULL_ROUNDS = 8;
/** Partial rounds for widths t = 2..17, as circomlib fixes them. */
export const PARTIAL_ROUNDS = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68] as const;
/** Inputs of the widest Poseidon; its width is one more. */
export const MAX_INPUTS = 16;

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
  const sample = grain(t, partialRounds);
  const roundConstants = Array.from({ length: FULL_ROUNDS + partialRounds }, () => sample(true));
  const [xs, ys] = [sample(false), sample(false)];
  const mds = xs.map((x) => batchInverse(ys.map((y) => add(x, y))));
  return (cache[t] = { t, partialRounds, roundConstants, mds });
}

const FIELD_BITS = 254;

/**
 * The Grain generator of the Poseidon paper, appendix E, for the power x^5 over a prime field. It draws t numbers at a time:
 * below the field's order, drawn again until they are, or reduced by it.
 */
function grain(t: number, partialRounds: number): (belowOrder: boolean) => bigint[] {
  const bits = (value: number, length: number) => value.toString(2).padStart(length, "0");
  const parameters = [bits(1, 2), bits(0, 4), bits(FIELD_BITS, 12), bits(t, 12)];
  const rounds = [bits(FULL_ROUNDS, 10), bits(partialRounds, 10)];
  const state = [...[...parameters, ...rounds].join("").padEnd(80, "1")].map(Number);
  let at = 0;
  const step = () => {
    const bit = [62, 51, 38, 23, 13, 0].reduce((sum, tap) => sum ^ state[(at + tap) % 80]!, 0);
    state[at] = bit;
    at = (at + 1) % 80;
    return bit;
  };
  for (let i = 0; i < 160; i++) step();
  // Of two bits, the first says whether the second counts.
  const next = (): number => {
    const [counts, bit] = [step(), step()];
    return counts === 1 ? bit : next();
  };
  const draw = (belowOrder: boolean): bigint => {
    let value = 0n;
    for (let i = 0; i < FIELD_BITS; i++) value = (value << 1n) | BigInt(next());
    if (value < FIELD_ORDER) return value;
    return belowOrder ? draw(true) : value % FIELD_ORDER;
  };
  return (belowOrder) => Array.from({ length: t }, () => draw(belowOrder));
}
