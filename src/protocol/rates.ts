import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import { sponge } from "../field/sponge.js";
import { RATE_BITS, WORD_BITS } from "./constants.js";
import type { RiskTable } from "./riskTable.js";
import { ratesRole } from "./roles.js";
import type { TablePart } from "./tableParts.js";

/** By how much the rates of a lane rise at a row's `lo`, in 1/RATE_SCALE: 0 <= x < 2^18. */
export interface RateStep {
  readonly maintenance: bigint;
  readonly initial: bigint;
}

export const NO_STEP: RateStep = { maintenance: 0n, initial: 0n };

const WORD_MASK = (1n << BigInt(WORD_BITS)) - 1n;

/**
 * Commitment to the secret rates of one private table step, padding included: as circuits/lib/rates.circom.
 * @param blinding a secret field element: without it the few possible rates could be guessed
 */
export function ratesCommitment(
  hasher: PoseidonHasher,
  blinding: bigint,
  steps: readonly RateStep[],
): bigint {
  let bits = 0n;
  steps.forEach(({ maintenance, initial }, i) => {
    // Shifted by any width, a negative value stays one.
    if ([maintenance, initial].some((x) => x >> BigInt(RATE_BITS) !== 0n))
      throw new RangeError(`rate step ${i} is out of range`);
    bits |= (maintenance | (initial << BigInt(RATE_BITS))) << BigInt(2 * RATE_BITS * i);
  });
  const words: bigint[] = [];
  for (let done = 0; done < 2 * RATE_BITS * steps.length; done += WORD_BITS) {
    words.push(bits & WORD_MASK);
    bits >>= BigInt(WORD_BITS);
  }
  return sponge(hasher, ratesRole(steps.length), [blinding, ...words]);
}

/** The steps of a table part's rows, padding included. */
export function partSteps(steps: readonly RateStep[], { first, end, size }: TablePart): RateStep[] {
  return Array.from({ length: size }, (_, i) => (first + i < end ? steps[first + i]! : NO_STEP));
}

/**
 * The table with its secret rates filled in, for those who know them: what a holding requires is then
 * `notional * (rate * |q| - sum of steps * lo)`, an exact integer, in the same base and slope as anywhere else.
 * The digest stays that of the public table.
 *
 * @param steps per row of the table; not read in rows with public rates
 */
export function withRates(table: RiskTable, steps: readonly RateStep[]): RiskTable {
  let rate = NO_STEP;
  let less = NO_STEP;
  const rows = table.rows.map((row, i) => {
    const { notional, lo } = row;
    if (notional === undefined) return row;
    const step = steps[i]!;
    if (lo === 0n) [rate, less] = [NO_STEP, NO_STEP];
    rate = { maintenance: rate.maintenance + step.maintenance, initial: rate.initial + step.initial };
    less = {
      maintenance: less.maintenance + step.maintenance * lo,
      initial: less.initial + step.initial * lo,
    };
    return {
      ...row,
      base: notional * (rate.maintenance * lo - less.maintenance),
      slope: notional * rate.maintenance,
      initialBase: notional * (rate.initial * lo - less.initial),
      initialSlope: notional * rate.initial,
    };
  });
  return { ...table, rows };
}
