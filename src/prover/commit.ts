import { mul } from "../field/element.js";
import { addToTotals, batchWeight } from "../protocol/chain.js";
import {
  type Challenges,
  type Commitments,
  firstChallenges,
  firstSeed,
  secondChallenges,
  secondSeed,
} from "../protocol/challenges.js";
import {
  indexRows,
  laneQuantities,
  type RowOfKey,
  RowSums,
  totalsCommitment,
  weightsCommitment,
} from "../protocol/rowSums.js";
import { type Totals, ZERO_TOTALS } from "../protocol/state.js";
import { type AccountsBehind, BehindTotals } from "./accountsBehind.js";
import { batchTree } from "./batchTree.js";
import { type CommittedEpoch, type EpochInputs, epochParts } from "./epochInputs.js";

/**
 * Phase 3, commit: to all accounts and totals, draws the first challenges, commits to the weights, draws the second.
 *
 * The cut after it: everything comes out the same from the same inputs, so another process commits again; the digest of the
 * statement shows that it did.
 */
export async function commitEpoch(inputs: EpochInputs): Promise<CommittedEpoch> {
  const { table, hasher, blinding } = inputs;
  const rows = indexRows(table);
  const { commitments, totals, behind } = await commitAccounts(inputs, rows);
  const seed1 = firstSeed(commitments);
  const first = firstChallenges(seed1);
  const weights = await weighAccounts(inputs, rows, first.rho);
  const weightCommitments = epochParts(inputs).map((part, step) =>
    weightsCommitment(hasher, blinding("weights", step), weights.step(part)),
  );
  const statementDigest = secondSeed(seed1, weightCommitments);
  return {
    statement: {
      ...commitments,
      instruments: table.instruments.map((instrument) => instrument.symbol),
      weights: weightCommitments,
    },
    statementDigest,
    challenges: { ...first, ...secondChallenges(statementDigest) },
    totals,
    weights,
    behind,
  };
}

/** First pass over the batches: leaf roots and totals, all that the first challenges are drawn from. */
async function commitAccounts(
  inputs: EpochInputs,
  rows: RowOfKey,
): Promise<{
  readonly commitments: Commitments;
  readonly totals: RowSums;
  readonly behind: readonly AccountsBehind[];
}> {
  const { table, hasher, names, keyDigest, blinding, batches } = inputs;
  const totals = new RowSums(table.rows.length);
  const behind = new BehindTotals(table, rows);
  let sums: Totals = ZERO_TOTALS;
  const committed: Commitments["batches"][number][] = [];
  for (let index = 0; index < batches.count; index++) {
    const batch = await batches.read(index);
    const tree = batchTree(hasher, batch, table.marginCallBp);
    committed.push({
      shape: batch.shape.id,
      keyDigest: keyDigest(batch.shape.id),
      leafRoot: tree.root,
    });
    await inputs.onTree?.(index, tree);
    for (const account of batch.accounts) {
      totals.addAccount(account, rows, 1n);
      sums = addToTotals(sums, account);
      behind.add(account);
    }
    inputs.onBatch?.("commit", index + 1);
  }
  const quantities = laneQuantities(table, totals);
  const commitments = {
    ...names,
    marketDigest: inputs.marketDigest,
    tableDigest: table.digest,
    batches: committed,
    tableSteps: epochParts(inputs).map((part, step) => ({
      shape: part.shape.id,
      keyDigest: keyDigest(part.shape.id),
      totals: totalsCommitment(hasher, blinding("totals", step), totals.step(part)),
    })),
    totals: sums,
    quantities: table.instruments.map(({ longLane, shortLane }) => ({
      long: quantities[longLane]!,
      short: quantities[shortLane]!,
    })),
  };
  return { commitments, totals, behind: behind.list() };
}

/** Second pass: the same sums, every account weighted by its power of rho. */
async function weighAccounts(
  { table, batches, onBatch }: EpochInputs,
  rows: RowOfKey,
  rho: Challenges["rho"],
): Promise<RowSums> {
  const weights = new RowSums(table.rows.length);
  for (let index = 0; index < batches.count; index++) {
    const batch = await batches.read(index);
    let weight = batchWeight(rho, index);
    for (const account of batch.accounts) {
      weights.addAccount(account, rows, weight);
      weight = mul(weight, rho);
    }
    onBatch?.("weigh", index + 1);
  }
  return weights;
}
