import { add, fromSigned, inverse, mul } from "../element.js";
import { dot, type Matrix, matrixInverse, matrixProduct } from "./matrix.js";
import { FULL_ROUNDS, type PoseidonConstants, poseidonConstants } from "./poseidonConstants.js";

/**
 * The partial rounds, rewritten so that each costs one inner product and one reduction.
 *
 * With d = t - 1, write the state after r partial rounds as (y_r, z_r), z_r having d elements, and the matrix in
 * blocks [[mu, w], [m, N]]. With s_r = sbox(y_r + constant), a round is
 *     y_{r+1} = mu s_r + w.z_r          z_{r+1} = N z_r + m s_r
 * z is linear in the past s, so by Cayley and Hamilton (chi_N: N^d = sum_j a_j N^(d-j), j = 1..d)
 *     y_{r+1} = sum_j a_j y_{r+1-j} + sum_{j=0..d} b_j s_{r-j}
 * in 2d + 1 products with coefficients that are the same every round. Before round 0 the history has s = 0 and
 * the values w N^-j z_0; at the end z comes back from the last d values of y and s. Round constants only shift
 * everything along a fixed path, so they are added before the S-boxes. Circomlib's sparse form needs as many
 * products, but t reductions a round and a table of (2t - 1) elements a round.
 */
export interface PoseidonSchedule {
  readonly t: number;
  readonly partialRounds: number;
  /** Added before the S-boxes of the first four full rounds: 4 rows of t. */
  readonly openingConstants: Matrix;
  /** Added before the S-box of each partial round. */
  readonly partialConstants: readonly bigint[];
  /** Added before the S-boxes of the last four full rounds: 4 rows of t. */
  readonly closingConstants: Matrix;
  /** The matrix of every full round but the fourth, as rows. */
  readonly mds: Matrix;
  /** The fourth full round's matrix: row 0 gives y_0, row j gives the history's y_{1-j}, j = 1..d. */
  readonly entry: Matrix;
  /** Coefficients of y_{r+1}, for s_{r-d}, y_{r-d+1}, s_{r-d+1}, ..., y_r, s_r. */
  readonly recurrence: readonly bigint[];
  /** d rows that give z_R from s_{R-d}, y_{R-d+1}, ..., s_{R-1}, y_R. */
  readonly exit: Matrix;
}

const cache: (PoseidonSchedule | undefined)[] = [];

/** The schedule of width t (2..17), computed at first use and kept. @throws MarginproofError POSEIDON_ARITY otherwise */
export function poseidonSchedule(t: number): PoseidonSchedule {
  return (cache[t] ??= buildSchedule(poseidonConstants(t)));
}

function buildSchedule({ t, partialRounds, roundConstants, mds }: PoseidonConstants): PoseidonSchedule {
  const d = t - 1;
  const mu = mds[0]![0]!;
  const m = mds.slice(1).map((row) => row[0]!);
  const n = mds.slice(1).map((row) => row.slice(1));

  // w N^k for k = 0..d: the rows that read the coming values of y off z when every coming s is 0.
  const nColumns = n.map((_, j) => n.map((row) => row[j]!));
  const reads = [mds[0]!.slice(1)];
  for (let k = 0; k < d; k++) reads.push(nColumns.map((column) => dot(reads[k]!, column)));
  const observer = reads.slice(0, d);
  const observerInverse = matrixInverse(observer);

  // w N^d = sum_k c_k w N^k, so a_j = c_{d-j}; the same relation backwards gives w N^-1, w N^-2, ...
  const c = matrixProduct([reads[d]!], observerInverse)[0]!;
  const past: bigint[][] = [];
  const backward = [...c.slice(1).map((value) => fromSigned(-value)), 1n].map((value) =>
    mul(value, inverse(c[0]!)),
  );
  for (let window = observer; past.length < d; window = [past.at(-1)!, ...window.slice(0, -1)]) {
    past.push(matrixProduct([backward], window)[0]!);
  }

  // Impulse response of q_r = w.z_r to s_{r-l}, then the coefficients of s_{r-l} in the recurrences.
  const response = reads.slice(0, d).map((row) => dot(row, m));
  const recurrence: bigint[] = [];
  for (let l = d; l >= 1; l--) {
    let coefficient = response[l - 1]!;
    for (let j = 1; j < l; j++) coefficient -= c[d - j]! * response[l - 1 - j]!;
    recurrence.push(fromSigned(coefficient - c[d - l]! * mu), c[d - l]!);
  }
  recurrence.push(mu);

  return {
    t,
    partialRounds,
    ...shiftConstants(partialRounds, roundConstants, mds),
    mds,
    entry: [mds[0]!, ...matrixProduct(past, mds.slice(1))],
    recurrence,
    exit: matrixProduct(observerInverse, comingReads(d, recurrence)),
  };
}

/**
 * w N^k z_R, k = 0..d-1, as rows over the last window: the recurrence run on with every coming s at 0. The
 * coming y are then exactly those products.
 */
function comingReads(d: number, recurrence: readonly bigint[]): bigint[][] {
  const unit = (at: number): bigint[] => Array.from({ length: 2 * d }, (_, i) => (i === at ? 1n : 0n));
  const zero = unit(-1);
  const history = zero.map((_, i) => unit(i));
  const coming: bigint[][] = [];
  for (let k = 0; k < d; k++) {
    history.push(zero); // s_{R+k}
    const window = history.slice(2 * k);
    const row = zero.map((_, i) =>
      fromSigned(window.reduce((sum, past, at) => sum + recurrence[at]! * past[i]!, 0n)),
    );
    history.push(row);
    coming.push(row);
  }
  return coming;
}

/** The path of the round constants through the linear part, with every partial S-box's output held at 0. */
function shiftConstants(partialRounds: number, roundConstants: Matrix, mds: Matrix) {
  const half = FULL_ROUNDS / 2;
  const partialConstants: bigint[] = [];
  let path = mds.map(() => 0n);
  for (let round = half; round < half + partialRounds; round++) {
    path = path.map((value, i) => add(value, roundConstants[round]![i]!));
    partialConstants.push(path[0]!);
    path[0] = 0n;
    path = mds.map((row) => dot(row, path));
  }
  const [firstClosing, ...restClosing] = roundConstants.slice(half + partialRounds);
  return {
    openingConstants: roundConstants.slice(0, half),
    partialConstants,
    closingConstants: [firstClosing!.map((value, i) => add(value, path[i]!)), ...restClosing],
  };
}
