import { MarginproofError } from "../errors.js";
import { MAX_BATCHES } from "../protocol/constants.js";
import type { Evaluation, Evaluator } from "../protocol/evaluate.js";
import { fits, valueOutOfRange } from "../protocol/fitShape.js";
import type { AccountShape } from "../protocol/shapes.js";
import { type BatchAccount, writeBatch } from "./batchFile.js";

/** How the accounts of an epoch were laid out in batches. */
export interface Plan {
  /** Shape id of each batch. */
  readonly shapes: readonly string[];
  readonly accounts: number;
}

/**
 * Streams accounts into batches: each goes to the cheapest shape with room for it; a batch is written as soon as
 * it is full. Memory holds one open batch a shape.
 *
 * @param shapes cheapest first
 * @throws MarginproofError ACCOUNT_TOO_LARGE, ACCOUNT_VALUE_RANGE naming the account; TOO_MANY_BATCHES
 */
export async function planBatches(
  portfolios: AsyncIterable<BatchAccount>,
  shapes: readonly AccountShape[],
  evaluator: Evaluator,
  folder: string,
  onAccount: (accounts: number) => void,
): Promise<Plan> {
  const open = new Map<AccountShape, BatchAccount[]>();
  const written: string[] = [];
  let accounts = 0;
  const flush = async (shape: AccountShape): Promise<void> => {
    if (written.length === MAX_BATCHES) {
      throw new MarginproofError("TOO_MANY_BATCHES", `more than ${MAX_BATCHES} batches`, {
        kind: "usage",
        hint: "Prove with a profile of larger steps.",
      });
    }
    await writeBatch(folder, written.length, shape, open.get(shape)!);
    written.push(shape.id);
    open.delete(shape);
  };
  for await (const portfolio of portfolios) {
    const shape = chooseShape(portfolio.account, evaluator.evaluate(portfolio.holdings), shapes);
    const batch = open.get(shape) ?? [];
    batch.push(portfolio);
    open.set(shape, batch);
    accounts++;
    onAccount(accounts);
    if (batch.length === shape.accounts) await flush(shape);
  }
  mergeRests(open, evaluator);
  for (const shape of [...open.keys()]) await flush(shape);
  if (accounts === 0) {
    throw new MarginproofError("ACCOUNTS_EMPTY", "the accounts file holds no account", { kind: "usage" });
  }
  return { shapes: written, accounts };
}

function chooseShape(account: string, evaluation: Evaluation, shapes: readonly AccountShape[]): AccountShape {
  const outOfRange = valueOutOfRange(evaluation);
  if (outOfRange !== undefined) {
    throw new MarginproofError("ACCOUNT_VALUE_RANGE", `account ${JSON.stringify(account)}: ${outOfRange}`, {
      kind: "usage",
      hint: "Use a coarser valueUnit in the market file, or split the account into sub-accounts.",
    });
  }
  const shape = shapes.find((candidate) => fits(candidate, evaluation));
  if (shape === undefined) {
    const bracketed = evaluation.holdings.filter((holding) => !holding.row.flat).length;
    const flat = evaluation.holdings.length - bracketed;
    throw new MarginproofError(
      "ACCOUNT_TOO_LARGE",
      `account ${JSON.stringify(account)} fits no shape of this profile: ${bracketed} bracketed and ${flat} flat holdings, ${evaluation.groups.length} risk groups, ${evaluation.stressed.length} stress scenarios`,
      { kind: "usage", hint: "Use a profile with larger shapes, or split the account into sub-accounts." },
    );
  }
  return shape;
}

/** Moves the accounts of a small last batch into free places of other last batches, when all of them fit. */
function mergeRests(open: Map<AccountShape, BatchAccount[]>, evaluator: Evaluator): void {
  for (const [shape, batch] of [...open].sort(([, one], [, other]) => one.length - other.length)) {
    const evaluations = batch.map(({ holdings }) => evaluator.evaluate(holdings));
    const target = [...open].find(
      ([other, theirs]) =>
        other !== shape &&
        theirs.length + batch.length <= other.accounts &&
        evaluations.every((evaluation) => fits(other, evaluation)),
    );
    if (target === undefined) continue;
    target[1].push(...batch);
    open.delete(shape);
  }
}
