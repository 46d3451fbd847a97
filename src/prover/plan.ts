import { MarginproofError } from "../errors.js";
import type { Profile } from "../keys/instances.js";
import { MAX_BATCHES } from "../protocol/constants.js";
import type { Evaluator } from "../protocol/evaluate.js";
import { assertInRange, fits } from "../protocol/fitShape.js";
import type { AccountShape } from "../protocol/shapes.js";
import { type BatchAccount, batchText } from "./batchFile.js";
import { type TooLarge, tooLargeError } from "./tooLarge.js";

/** Accounts named in one error. */
const NAMED_ACCOUNTS = 20;

/** How the margin accounts of an epoch were laid out in batches. */
export interface Plan {
  /** Shape id of each batch. */
  readonly shapes: readonly string[];
  /** Margin accounts. */
  readonly accounts: number;
}

/** A batch that is not full yet. */
interface OpenBatch {
  readonly shape: AccountShape;
  readonly accounts: readonly BatchAccount[];
}

/**
 * Streams margin accounts into batches: each goes to the shape with room for it whose places are cheapest; a batch is
 * written as soon as it is full. Memory holds one open batch a shape.
 *
 * @param write keeps a batch's text
 * @throws MarginproofError ACCOUNT_TOO_LARGE, ACCOUNT_VALUE_RANGE naming the account; TOO_MANY_BATCHES
 */
export async function planBatches(
  portfolios: AsyncIterable<BatchAccount>,
  profile: Pick<Profile, "name" | "accounts" | "stepCost">,
  evaluator: Evaluator,
  write: (index: number, text: string) => Promise<void>,
  onAccount: (accounts: number) => void,
): Promise<Plan> {
  const open = new Map<AccountShape, BatchAccount[]>();
  const written: string[] = [];
  let accounts = 0;
  const flush = async (batch: OpenBatch): Promise<void> => {
    if (written.length === MAX_BATCHES) {
      throw new MarginproofError("TOO_MANY_BATCHES", `more than ${MAX_BATCHES} batches`, {
        kind: "usage",
        hint: "Prove with a profile of larger steps.",
      });
    }
    await write(written.length, batchText(written.length, batch.shape, batch.accounts));
    written.push(batch.shape.id);
  };
  const tooLarge: TooLarge[] = [];
  for await (const portfolio of portfolios) {
    const evaluation = evaluator.evaluate(portfolio.holdings);
    assertInRange(portfolio, evaluation);
    const shape = profile.accounts.find((candidate) => fits(candidate, evaluation));
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
    if (batch.length < shape.accounts) continue;
    open.delete(shape);
    await flush({ shape, accounts: batch });
  }
  if (tooLarge.length > 0) throw tooLargeError(tooLarge, profile);
  const rests = [...open].map(([shape, batch]) => ({ shape, accounts: batch }));
  for (const rest of cheaperRests(rests, profile, evaluator)) await flush(rest);
  if (accounts === 0) {
    throw new MarginproofError("ACCOUNTS_EMPTY", "the accounts file holds no account", { kind: "usage" });
  }
  return { shapes: written, accounts };
}

/**
 * The last batch of each shape, which is not full, at less cost: one whose accounts all find free places in others goes
 * away, the dearest first; what remains goes to the cheapest step that takes it.
 */
function cheaperRests(
  rests: readonly OpenBatch[],
  { accounts: shapes, stepCost }: Pick<Profile, "accounts" | "stepCost">,
  evaluator: Evaluator,
): OpenBatch[] {
  const has = (shape: AccountShape, { holdings }: BatchAccount): boolean =>
    fits(shape, evaluator.evaluate(holdings));
  const byCost = (one: OpenBatch, other: OpenBatch): number =>
    stepCost(other.shape) - stepCost(one.shape) || one.accounts.length - other.accounts.length;
  let left = [...rests];
  for (const rest of [...rests].sort(byCost)) {
    const others = spread(
      rest.accounts,
      left.filter(({ shape }) => shape !== rest.shape),
      has,
    );
    if (others !== undefined) left = others;
  }
  return left.map(({ shape, accounts }) => {
    const roomy = shapes.filter(
      (other) => other.accounts >= accounts.length && accounts.every((account) => has(other, account)),
    );
    const cheapest = roomy.reduce((best, other) => (stepCost(other) < stepCost(best) ? other : best), shape);
    return { shape: cheapest, accounts };
  });
}

/** The batches with all these accounts in their free places; undefined if one finds none. */
function spread(
  accounts: readonly BatchAccount[],
  batches: readonly OpenBatch[],
  has: (shape: AccountShape, account: BatchAccount) => boolean,
): OpenBatch[] | undefined {
  const filled = batches.map(({ shape, accounts: own }) => ({ shape, accounts: [...own] }));
  for (const account of accounts) {
    const target = filled.find(
      ({ shape, accounts: own }) => own.length < shape.accounts && has(shape, account),
    );
    if (target === undefined) return undefined;
    target.accounts.push(account);
  }
  return filled;
}
