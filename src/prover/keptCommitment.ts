import { bytesToHex } from "../field/encoding.js";
import { firstChallenges, firstSeed, secondChallenges, secondSeed } from "../protocol/challenges.js";
import { RowSums, totalsCommitment, weightsCommitment } from "../protocol/rowSums.js";
import { parseStatement, type Statement, statementToJson } from "../protocol/statement.js";
import type { AccountsBehind } from "./accountsBehind.js";
import { type CommittedEpoch, type EpochInputs, epochParts } from "./epochInputs.js";
import type { LaidOut } from "./layOut.js";
import type { AttemptStore } from "./store/store.js";

const NAME = "commitment.json";
const FORMAT = "marginproof/kept-commitment/1";

/** Row sums as texts. */
interface SumsJson {
  readonly count: readonly string[];
  readonly offsets: readonly string[];
}

interface KeptJson {
  readonly format: typeof FORMAT;
  readonly batchesSha256: string;
  readonly statement: unknown;
  readonly totals: SumsJson;
  readonly weights: SumsJson;
  readonly behind: readonly AccountsBehind[];
}

/** Keeps what committing gave, so that the next run need not read every batch twice for it. */
export async function keepCommitment(
  attempt: AttemptStore,
  { batchesSha256 }: LaidOut,
  epoch: CommittedEpoch,
): Promise<void> {
  const { statement, totals, weights, behind } = epoch;
  const kept: KeptJson = {
    ...{ format: FORMAT, batchesSha256 },
    ...{ statement: statementToJson(statement), behind },
    ...{ totals: sumsToJson(totals), weights: sumsToJson(weights) },
  };
  await attempt.put(NAME, JSON.stringify(kept));
}

/**
 * What an earlier run kept, if it is whole and of the same batches, market, table, shapes and keys, with the same sums under this epoch's
 * secrets. Leaf roots and published totals are taken as kept: where the program that kept them made others, the steps or the finished
 * bundle show it, and `forgetCommitment` is called for.
 */
export async function keptCommitment(
  attempt: AttemptStore,
  inputs: EpochInputs,
  plan: LaidOut,
): Promise<CommittedEpoch | undefined> {
  const found = await attempt.read(NAME);
  if (found.state !== "whole") return undefined;
  try {
    return committed(JSON.parse(found.text) as KeptJson, inputs, plan);
  } catch {
    // Of another version: what is kept saves time, and nothing else depends on it.
    return undefined;
  }
}

/** Commits anew in the next run: something does not fit what was kept. */
export async function forgetCommitment(attempt: AttemptStore): Promise<void> {
  await attempt.forget(NAME);
}

function committed(kept: KeptJson, inputs: EpochInputs, plan: LaidOut): CommittedEpoch | undefined {
  if (kept.format !== FORMAT || kept.batchesSha256 !== plan.batchesSha256) return undefined;
  const { behind } = kept;
  const statement = parseStatement(kept.statement);
  const sums = { totals: sumsOf(kept.totals), weights: sumsOf(kept.weights) };
  if (!isOf(statement, inputs, plan) || !opens(statement, inputs, sums)) return undefined;
  const seed1 = firstSeed(statement);
  const statementDigest = secondSeed(seed1, statement.weights);
  const challenges = { ...firstChallenges(seed1), ...secondChallenges(statementDigest) };
  return { statement, statementDigest, challenges, ...sums, behind };
}

function isOf(statement: Statement, inputs: EpochInputs, plan: LaidOut): boolean {
  const { names, marketDigest, table, keyDigest } = inputs;
  const parts = epochParts(inputs).map(({ shape }) => shape.id);
  const shapes = [...plan.shapes, ...parts];
  const steps = [...statement.batches, ...statement.tableSteps];
  const said = (of: Pick<Statement, "exchange" | "epoch" | "time">): string =>
    JSON.stringify([of.exchange, of.epoch, of.time]);
  return (
    said(statement) === said(names) &&
    bytesToHex(statement.marketDigest) === bytesToHex(marketDigest) &&
    bytesToHex(statement.tableDigest) === bytesToHex(table.digest) &&
    statement.batches.length === plan.shapes.length &&
    steps.length === shapes.length &&
    steps.every(({ shape }, index) => shape === shapes[index]) &&
    steps.every((step) => bytesToHex(step.keyDigest) === bytesToHex(keyDigest(step.shape)))
  );
}

/** Whether the statement's table steps commit to these sums. */
function opens(
  { tableSteps, weights }: Statement,
  inputs: EpochInputs,
  sums: { readonly totals: RowSums; readonly weights: RowSums },
): boolean {
  const { hasher, blinding } = inputs;
  return epochParts(inputs).every(
    (part, step) =>
      totalsCommitment(hasher, blinding("totals", step), sums.totals.step(part)) ===
        tableSteps[step]!.totals &&
      weightsCommitment(hasher, blinding("weights", step), sums.weights.step(part)) === weights[step],
  );
}

const sumsToJson = ({ count, offsets }: RowSums): SumsJson => ({
  count: count.map(String),
  offsets: offsets.map(String),
});

function sumsOf({ count, offsets }: SumsJson): RowSums {
  const sums = new RowSums(count.length);
  for (const [row, text] of count.entries()) sums.count[row] = BigInt(text);
  for (const [row, text] of offsets.entries()) sums.offsets[row] = BigInt(text);
  return sums;
}
