import { MarginproofError } from "../../errors.js";
import { isCanonical } from "../element.js";
import { FIELD_ORDER } from "../order.js";
import { dot } from "./matrix.js";
import { MAX_INPUTS } from "./poseidonConstants.js";
import { type PoseidonSchedule, poseidonSchedule } from "./poseidonSchedule.js";

/** Poseidon over BN254, equal to circomlib's `PoseidonEx(nInputs, 1)`. */
export interface PoseidonHasher {
  /**
   * The first element of the permuted state [initialState, ...inputs], for 1 to 16 inputs.
   * @throws MarginproofError POSEIDON_ARITY on another number of inputs and FIELD_NOT_CANONICAL on a value outside [0, p):
   * reducing it silently would give one digest two openings
   */
  hash(initialState: bigint, inputs: readonly bigint[]): bigint;
  /** The hash of each job, in order, fastest where neighbours have as many inputs. @throws MarginproofError those of `hash` */
  hashMany(jobs: readonly PoseidonJob[]): bigint[];
}

/** One hash of many: the arguments of `PoseidonHasher.hash`. */
export interface PoseidonJob {
  readonly initialState: bigint;
  readonly inputs: readonly bigint[];
}

/** @throws MarginproofError those of `PoseidonHasher.hash` */
export function checkPoseidonInputs(initialState: bigint, inputs: readonly bigint[]): void {
  if (inputs.length < 1 || inputs.length > MAX_INPUTS) {
    throw new MarginproofError(
      "POSEIDON_ARITY",
      `Poseidon takes 1 to ${MAX_INPUTS} inputs, not ${inputs.length}`,
    );
  }
  if (!isCanonical(initialState)) refuseInput();
  for (let i = 0; i < inputs.length; i++) if (!isCanonical(inputs[i]!)) refuseInput();
}

function refuseInput(): never {
  throw new MarginproofError("FIELD_NOT_CANONICAL", "a Poseidon input is outside [0, field order)");
}

/** The portable Poseidon on bigints: works everywhere, about five times slower than the WebAssembly one. */
export const poseidon: PoseidonHasher = {
  hash(initialState, inputs) {
    checkPoseidonInputs(initialState, inputs);
    return permuteFirst(poseidonSchedule(inputs.length + 1), [initialState, ...inputs]);
  },
  hashMany: (jobs) => jobs.map(({ initialState, inputs }) => poseidon.hash(initialState, inputs)),
};

/** x^5 mod p. */
function sbox(x: bigint): bigint {
  const x2 = (x * x) % FIELD_ORDER;
  const x4 = (x2 * x2) % FIELD_ORDER;
  return (x4 * x) % FIELD_ORDER;
}

function permuteFirst(schedule: PoseidonSchedule, start: readonly bigint[]): bigint {
  const { openingConstants, partialConstants, closingConstants, mds, entry, recurrence, exit } = schedule;
  let state = start;
  openingConstants.forEach((constants, round) => {
    const powers = state.map((value, i) => sbox(value + constants[i]!));
    const matrix = round === openingConstants.length - 1 ? entry : mds;
    state = matrix.map((row) => dot(row, powers));
  });

  // The history window: s_{r-d}, y_{r-d+1}, ..., y_r, s_r; the s of before round 0 are zero.
  const window: bigint[] = [];
  for (let i = state.length - 1; i >= 1; i--) window.push(0n, state[i]!);
  let y = state[0]!;
  for (const constant of partialConstants) {
    window.push(sbox(y + constant));
    y = dot(recurrence, window);
    window.push(y);
    window.splice(0, 2);
  }

  state = [y, ...exit.map((row) => dot(row, window))];
  closingConstants.forEach((constants, round) => {
    const powers = state.map((value, i) => sbox(value + constants[i]!));
    const matrix = round === closingConstants.length - 1 ? mds.slice(0, 1) : mds;
    state = matrix.map((row) => dot(row, powers));
  });
  return state[0]!;
}
