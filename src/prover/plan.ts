import { MarginproofError } from "../errors.js";
import { loadProfile, profileNames } from "../keys/instances.js";
import { MAX_BATCHES } from "../protocol/constants.js";
import type { Evaluation, Evaluator } from "../protocol/evaluate.js";
import { assertInRange, fits, type Room, roomNeeded } from "../protocol/fitShape.js";
import { marginAccountTitle, type PocketId } from "../protocol/pocket.js";
import type { AccountShape } from "../protocol/shapes.js";
import { type BatchAccount, batchText } from "./batchFile.js";

/** Accounts named in one error. */
const NAMED_ACCOUNTS = 20;

/** How the margin accounts of an epoch were laid out in batches. */
export interface Plan {
  /** Shape id of each batch. */
  readonly shapes: readonly string[];
  /** Margin accounts. */
  readonly accounts: number;
}

/**
 * Streams margin accounts into batches: each goes to the cheapest shape with room for it; a batch is written as soon as
 * it is full. Memory holds one open batch a shape.
 *
 * @param shapes cheapest first
 * @param write keeps a batch's text
 * @throws MarginproofError ACCOUNT_TOO_LARGE, ACCOUNT_VALUE_RANGE naming the account; TOO_MANY_BATCHES
 */
export async function planBatches(
  portfolios: AsyncIterable<BatchAccount>,
  shapes: readonly AccountShape[],
  evaluator: Evaluator,
  write: (index: number, text: string) => Promise<void>,
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
    await write(written.length, batchText(written.length, shape, open.get(shape)!));
    written.push(shape.id);
    open.delete(shape);
  };
  const tooLarge: TooLarge[] = [];
  for await (const portfolio of portfolios) {
    const evaluation = evaluator.evaluate(portfolio.holdings);
    assertInRange(portfolio, evaluation);
    const shape = shapes.find((candidate) => fits(candidate, evaluation));
    if (shape === undefined) {
      tooLarge.push({ id: portfolio, evaluation });
      if (tooLarge.length === NAMED_ACCOUNTS) break;
      continue;
    }
    const batch = open.get(shape) ?? [];
    batch.push(portfolio);
    open.set(shape, batch);
    accounts++;
    onAccount(accounts);
    if (batch.length === shape.accounts) await flush(shape);
  }
  if (tooLarge.length > 0) throw tooLargeError(tooLarge, shapes);
  mergeRests(open, evaluator);
  for (const shape of [...open.keys()]) await flush(shape);
  if (accounts === 0) {
    throw new MarginproofError("ACCOUNTS_EMPTY", "the accounts file holds no account", {
      kind: "usage",
      hint: "Export at least one account; one that holds nothing has a row with quantity 0.",
    });
  }
  return { shapes: written, accounts };
}

interface TooLarge {
  readonly id: PocketId;
  readonly evaluation: Evaluation;
}

/** Names the accounts, what they need, what there is, and the profiles that have room for all of them. */
function tooLargeError(accounts: readonly TooLarge[], shapes: readonly AccountShape[]): MarginproofError {
  const lines = accounts.map(
    ({ id, evaluation }) => `${marginAccountTitle(id)}: ${roomText(roomNeeded(evaluation))}`,
  );
  const room = roomText(shapes.at(-1)!);
  const others = profileNames().filter((name) =>
    accounts.every(({ evaluation }) => loadProfile(name).accounts.some((shape) => fits(shape, evaluation))),
  );
  const split = "split these accounts into sub-accounts";
  return new MarginproofError(
    "ACCOUNT_TOO_LARGE",
    `no shape of this profile has room; its largest has ${room}\n${lines.join("\n")}`,
    {
      kind: "usage",
      hint:
        others.length === 0
          ? `No profile has: ${split}.`
          : `Prove with --profile ${others.join(" or ")}, or ${split}.`,
    },
  );
}

const roomText = ({ bracketed, flat, groups, scenarios, stress }: Room): string =>
  `${bracketed} bracketed and ${flat} flat holdings, ${groups} risk groups of ${scenarios} scenarios, ${stress} stress scenarios`;

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
