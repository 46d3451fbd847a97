import { fromSigned } from "../field/element.js";
import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import { sponge } from "../field/sponge.js";
import { type BandCounts, NO_ACCOUNTS, packCounts } from "./bands.js";
import { MAX_STRESS } from "./constants.js";
import { ROLE_STATE } from "./roles.js";

/** Sums over all counted accounts; money in value units (initial in 1/10000 of one). */
export interface Totals {
  readonly bands: BandCounts;
  /** Sum of max(0, E). */
  readonly positiveEquity: bigint;
  /** Sum of max(0, -E). */
  readonly badDebt: bigint;
  readonly maintenance: bigint;
  /** Sum of max(0, MMR - E). */
  readonly shortfall: bigint;
  readonly initial: bigint;
  /** Sum of max(0, -stressed equity), one per place of the state. */
  readonly stressBadDebt: readonly bigint[];
}

/** The hidden vector that the steps hand on: three checking accumulators, then the totals. */
export interface ChainState {
  /** LogUp fractions (docs/protocol.md, section 8: H22): accounts add, table rows subtract; ends at 0. */
  readonly lookup: bigint;
  /** Random linear combination of all accounts' equations: accounts add, table rows subtract; ends at 0. */
  readonly balance: bigint;
  /** Random linear combination of the lanes' quantities; ends at what the published quantities give. */
  readonly lanes: bigint;
  readonly totals: Totals;
}

/** The sums of money; the counts and the stressed bad debt stand beside them. */
export const TOTAL_NAMES = ["positiveEquity", "badDebt", "maintenance", "shortfall", "initial"] as const;

export const ZERO_TOTALS: Totals = {
  bands: NO_ACCOUNTS,
  positiveEquity: 0n,
  badDebt: 0n,
  maintenance: 0n,
  shortfall: 0n,
  initial: 0n,
  stressBadDebt: Array.from({ length: MAX_STRESS }, () => 0n),
};

export const ZERO_STATE: ChainState = { lookup: 0n, balance: 0n, lanes: 0n, totals: ZERO_TOTALS };

/**
 * The vector in the circuit's order (see circuits/lib/state.circom), as field elements.
 * @throws RangeError for a count of 2^32 or more
 */
export function stateVector(state: ChainState): bigint[] {
  return [
    state.lookup,
    state.balance,
    state.lanes,
    packCounts(state.totals.bands),
    ...TOTAL_NAMES.map((name) => state.totals[name]),
    ...state.totals.stressBadDebt,
  ].map(fromSigned);
}

/** The places of the vector by name, as circuits/lib/state.circom has them; the last is the first of the stress places. */
export const STATE_PLACES = ["lookup", "balance", "lanes", "counts", ...TOTAL_NAMES, "stress"] as const;

/** Blinded commitment of a state. */
export function stateCommitment(hasher: PoseidonHasher, state: ChainState, blinding: bigint): bigint {
  return sponge(hasher, ROLE_STATE, [blinding, ...stateVector(state)]);
}
