import { add, mul, pow, sub } from "../field/element.js";
import type { AccountRecord } from "./accountRecord.js";
import type { Challenges } from "./challenges.js";
import { BATCH_CAPACITY } from "./constants.js";
import type { FoldedRow } from "./fold.js";
import { forEachSlot, type RowOfKey } from "./rowSums.js";
import type { ChainState, Totals } from "./state.js";

const positive = (value: bigint): bigint => (value > 0n ? value : 0n);

/** Weight of the batch's first account: rho^(4096 * batch). */
export function batchWeight(rho: bigint, batch: number): bigint {
  return pow(rho, BigInt(batch) * BigInt(BATCH_CAPACITY));
}

/** An account's contribution to the public totals. */
export function addToTotals(totals: Totals, account: AccountRecord): Totals {
  const stressBadDebt = [...totals.stressBadDebt];
  account.stressed.forEach((value, z) => {
    stressBadDebt[z] = stressBadDebt[z]! + positive(-value);
  });
  return {
    bands: account.counted
      ? { ...totals.bands, [account.band]: totals.bands[account.band] + 1n }
      : totals.bands,
    positiveEquity: totals.positiveEquity + positive(account.equity),
    badDebt: totals.badDebt + positive(-account.equity),
    maintenance: totals.maintenance + account.maintenance,
    shortfall: totals.shortfall + positive(account.maintenance - account.equity),
    initial: totals.initial + account.initial,
    stressBadDebt,
  };
}

/** What the fold of the table looks like to a batch: row fold, and LogUp denominator, by row position. */
export interface ChainTable {
  readonly rows: RowOfKey;
  readonly folded: readonly FoldedRow[];
  /** 1 / (r - lookupValue) of each row. */
  readonly inverses: readonly bigint[];
}

/**
 * The state after an account step: every slot adds a LogUp fraction, every account its equation, weighted by a power of rho.
 * Weights start at rho^(4096 * batch).
 */
export function afterBatch(
  state: ChainState,
  batch: { readonly index: number; readonly accounts: readonly AccountRecord[] },
  table: ChainTable,
  challenges: Challenges,
): ChainState {
  const { rho, x } = challenges;
  const x2 = mul(x, x);
  let weight = batchWeight(rho, batch.index);
  let { lookup, balance, totals } = state;
  for (const account of batch.accounts) {
    const slotWeight = add(weight, x2);
    let equation = 0n;
    forEachSlot(account, table.rows, (row, offset) => {
      lookup = add(lookup, mul(mul(offset + x, slotWeight), table.inverses[row]!));
      const folded = table.folded[row]!;
      equation = add(equation, folded.foldBase + folded.foldSlope * offset);
    });
    balance = add(balance, mul(weight, equation));
    totals = addToTotals(totals, account);
    weight = mul(weight, rho);
  }
  return { lookup, balance, lanes: state.lanes, totals };
}

/**
 * The state after a table step over `rows`, given the rows' plain sums (multiplicities among them) and weighted ones, and the
 * lane power reached: every row takes away its LogUp fraction and its share of the accounts' equations.
 */
export function afterTableStep(
  state: ChainState,
  rows: readonly FoldedRow[],
  totals: { readonly count: readonly bigint[]; readonly offsets: readonly bigint[] },
  weights: { readonly count: readonly bigint[]; readonly offsets: readonly bigint[] },
  inverses: readonly bigint[],
  laneStart: bigint,
  challenges: Challenges,
): { readonly state: ChainState; readonly laneEnd: bigint } {
  const { x, tau } = challenges;
  let { lookup, balance, lanes } = state;
  let lane = laneStart;
  rows.forEach((row, i) => {
    const count = totals.count[i]!;
    const offsets = totals.offsets[i]!;
    const weightedCount = weights.count[i]!;
    const weightedOffsets = weights.offsets[i]!;
    const numerator = add(mul(x, add(mul(x, add(mul(x, count), offsets)), weightedCount)), weightedOffsets);
    lookup = sub(lookup, mul(numerator, inverses[i]!));
    balance = sub(balance, add(mul(row.foldBase, weightedCount), mul(row.foldSlope, weightedOffsets)));
    if (row.laneFirst === 1n) lane = mul(lane, tau);
    lanes = add(lanes, mul(lane, add(mul(row.lo, count), offsets)));
  });
  return { state: { ...state, lookup, balance, lanes }, laneEnd: lane };
}

/** What the lanes accumulator must end at: the sum over lanes, in order from 1, of tau^lane * quantity. */
export function lanesEnd(tau: bigint, quantities: readonly bigint[]): bigint {
  let power = 1n;
  let sum = 0n;
  for (const quantity of quantities) {
    power = mul(power, tau);
    sum = add(sum, mul(power, quantity));
  }
  return sum;
}
