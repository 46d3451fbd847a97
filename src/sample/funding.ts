import { MarginproofError } from "../errors.js";
import { type BandCounts, bandCounts, bandOf, type Standing } from "../protocol/bands.js";
import { INITIAL_SCALE } from "../protocol/constants.js";
import type { Random } from "./random.js";

/** One account before it has cash: value units, `initial` in 1/10000. */
export interface Unfunded extends Standing {
  readonly stressed: readonly bigint[];
}

/** How the sample turns out, value units. */
export interface SampleFacts {
  /** Margin accounts per band. */
  readonly bands: BandCounts;
  readonly badDebt: bigint;
  readonly shortfall: bigint;
  readonly stressedBadDebt: readonly bigint[];
}

/** Value units in one quote unit and in one step (cent) of cash. */
const QUOTE = 10_000_000_000n;
const CENT = QUOTE / 100n;

/** About 3 accounts in 1000 are below maintenance, at least two; one of all is bankrupt. */
const BELOW_PER_MILLE = 3;
const REDUCE_ONLY_PER_MILLE = 6;
const MARGIN_CALL_PER_MILLE = 12;

/**
 * Decides how much cash (in cents) each account has, and so who is in which band: one bankrupt, some in every other band
 * as far as there are accounts with positions.
 * @throws MarginproofError SAMPLE_TOO_SMALL when too few accounts have a position
 */
export function fundAccounts(
  accounts: readonly Unfunded[],
  sizes: Float64Array,
  random: Random,
  marginCallBp: number,
) {
  const candidates: number[] = [];
  accounts.forEach(({ maintenance }, i) => {
    if (maintenance >= 5n * QUOTE && maintenance < 20_000n * QUOTE) candidates.push(i);
  });
  const some = (perMille: number) => Math.round((accounts.length * perMille) / 1000);
  const below = Math.max(2, some(BELOW_PER_MILLE) - 1);
  if (candidates.length < below + 1) {
    throw new MarginproofError(
      "SAMPLE_TOO_SMALL",
      "too few accounts have positions to make some of them fail",
      {
        hint: "ask for at least 16 accounts",
      },
    );
  }
  random.shuffle(candidates);
  const bankrupt = candidates[0]!;
  const liquidatable = new Set(candidates.slice(1, below + 1));
  const rest = candidates.slice(below + 1);
  const initialOf = (i: number) => accounts[i]!.initial / INITIAL_SCALE;
  const reducible = rest.filter((i) => initialOf(i) - accounts[i]!.maintenance >= QUOTE);
  const reduced = new Set(reducible.slice(0, some(REDUCE_ONLY_PER_MILLE)));
  const called = new Set(rest.filter((i) => !reduced.has(i)).slice(0, some(MARGIN_CALL_PER_MILLE)));
  const cash: bigint[] = [];
  accounts.forEach((account, i) => {
    const share = (low: number, high: number) =>
      (account.maintenance * BigInt(random.whole(low, high))) / 100n;
    let cents: bigint;
    if (i === bankrupt) cents = (-share(20, 60) - account.equity) / CENT - 1n;
    else if (liquidatable.has(i)) cents = (share(20, 95) - account.equity) / CENT;
    else if (reduced.has(i)) cents = ((account.maintenance + initialOf(i)) / 2n - account.equity) / CENT;
    else if (called.has(i)) cents = ((initialOf(i) * 11n) / 10n - account.equity) / CENT;
    else {
      const spare = BigInt(Math.floor(sizes[i]! * random.between(30, 150)));
      cents = (share(130, 600) - account.equity) / CENT + spare;
      if (cents <= spare / 4n) cents = spare / 4n + 1n;
    }
    cash.push(cents);
  });
  return { cash, facts: summarise(accounts, cash, BigInt(marginCallBp)) };
}

function summarise(
  accounts: readonly Unfunded[],
  cash: readonly bigint[],
  marginCallBp: bigint,
): SampleFacts {
  const bands = { ...bandCounts(() => 0n) };
  let [badDebt, shortfall] = [0n, 0n];
  const stressedBadDebt = accounts[0]!.stressed.map(() => 0n);
  accounts.forEach((account, i) => {
    const funds = cash[i]! * CENT;
    const equity = account.equity + funds;
    bands[bandOf({ ...account, equity }, marginCallBp)]++;
    if (equity < account.maintenance) shortfall += account.maintenance - equity;
    if (equity < 0n) badDebt -= equity;
    account.stressed.forEach((value, z) => {
      if (value + funds < 0n) stressedBadDebt[z] = stressedBadDebt[z]! - value - funds;
    });
  });
  return { bands, badDebt, shortfall, stressedBadDebt };
}
