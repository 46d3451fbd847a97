import { MarginproofError } from "../errors.js";
import type { Random } from "./random.js";

/** One account before it has cash: value units. */
export interface Unfunded {
  readonly equity: bigint;
  readonly maintenance: bigint;
  readonly stressed: readonly bigint[];
}

/** How the sample turns out, value units. */
export interface SampleFacts {
  /** Margin accounts. */
  readonly accounts: number;
  readonly belowMaintenance: number;
  readonly bankrupt: number;
  readonly badDebt: bigint;
  readonly shortfall: bigint;
  readonly stressedBadDebt: readonly bigint[];
}

/** Value units in one quote unit and in one step (cent) of cash. */
const QUOTE = 10_000_000_000n;
const CENT = QUOTE / 100n;

/** About 3 accounts in 1000 are below maintenance, at least two; one of all is bankrupt. */
const BELOW_PER_MILLE = 3;

/**
 * Decides how much cash (in cents) each account has, and so who is healthy, who is to be liquidated and who is bankrupt.
 * Throws SAMPLE_TOO_SMALL when too few accounts have a position.
 */
export function fundAccounts(accounts: readonly Unfunded[], sizes: Float64Array, random: Random) {
  const candidates: number[] = [];
  accounts.forEach(({ maintenance }, i) => {
    if (maintenance >= 5n * QUOTE && maintenance < 20_000n * QUOTE) candidates.push(i);
  });
  const below = Math.max(2, Math.round((accounts.length * BELOW_PER_MILLE) / 1000) - 1);
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
  const cash: bigint[] = [];
  accounts.forEach((account, i) => {
    const share = (low: number, high: number) =>
      (account.maintenance * BigInt(random.whole(low, high))) / 100n;
    let cents: bigint;
    if (i === bankrupt) cents = (-share(20, 60) - account.equity) / CENT - 1n;
    else if (liquidatable.has(i)) cents = (share(20, 95) - account.equity) / CENT;
    else {
      const spare = BigInt(Math.floor(sizes[i]! * random.between(30, 150)));
      cents = (share(130, 600) - account.equity) / CENT + spare;
      if (cents <= spare / 4n) cents = spare / 4n + 1n;
    }
    cash.push(cents);
  });
  return { cash, facts: summarise(accounts, cash) };
}

function summarise(accounts: readonly Unfunded[], cash: readonly bigint[]): SampleFacts {
  let [belowMaintenance, bankrupt, badDebt, shortfall] = [0, 0, 0n, 0n];
  const stressedBadDebt = accounts[0]!.stressed.map(() => 0n);
  accounts.forEach((account, i) => {
    const funds = cash[i]! * CENT;
    const equity = account.equity + funds;
    if (equity < account.maintenance) {
      belowMaintenance++;
      shortfall += account.maintenance - equity;
    }
    if (equity < 0n) {
      bankrupt++;
      badDebt -= equity;
    }
    account.stressed.forEach((value, z) => {
      if (value + funds < 0n) stressedBadDebt[z] = stressedBadDebt[z]! - value - funds;
    });
  });
  return { accounts: accounts.length, belowMaintenance, bankrupt, badDebt, shortfall, stressedBadDebt };
}
