import { MarginproofError } from "../errors.js";
import { bytesToHex } from "../field/encoding.js";
import type { PoseidonHasher } from "../field/poseidon.js";
import { BATCH_CAPACITY, EPOCH_TREE_DEPTH } from "../protocol/constants.js";
import { type Evaluation, Evaluator } from "../protocol/evaluate.js";
import { fits, toRecord, valueOutOfRange } from "../protocol/fitShape.js";
import { leafHash } from "../protocol/leaf.js";
import { type Opening, parseOpening } from "../protocol/opening.js";
import type { Statement } from "../protocol/statement.js";
import { accountTag } from "../protocol/tag.js";
import { rootFromPath, Tree16 } from "../protocol/tree.js";
import type { RiskTable } from "../protocol/types.js";
import type { PinnedKey } from "./pins.js";

/** What a holder learns: their own account as the proofs counted it. */
export interface AccountFindings {
  readonly opening: Opening;
  /** Value units; initial in 1/10000 of one. */
  readonly evaluation: Evaluation;
}

const mismatch = (code: string, message: string): MarginproofError =>
  new MarginproofError(code, message, {
    kind: "invalid",
    hint: "Either the file is damaged, or the exchange did not count you with these holdings. Ask, and keep both files.",
  });

/** A verified epoch to look an account up in. */
export interface AccountLookup {
  readonly statement: Statement;
  /** The digest that `verifyEpoch` computed. */
  readonly digest: string;
  readonly table: RiskTable;
  readonly pins: readonly PinnedKey[];
  readonly hasher: PoseidonHasher;
  /** The holder's account name as they know it; undefined only when nobody is there to say. */
  readonly account: string | undefined;
}

/**
 * Checks that the opened account stands in the statement's tree with exactly these holdings. The statement must be
 * verified by `verifyEpoch`: this function looks only at the one leaf.
 *
 * @throws MarginproofError OPENING_INVALID, OPENING_ACCOUNT, OPENING_EPOCH, OPENING_BATCH, OPENING_SHAPE, OPENING_LEAF
 */
export function checkAccount(json: unknown, lookup: AccountLookup): AccountFindings {
  const { statement, digest, table, pins, hasher, account } = lookup;
  const opening = parseOpening(json);
  if (account !== undefined && opening.account !== account) {
    throw new MarginproofError(
      "OPENING_ACCOUNT",
      `the file is for account ${JSON.stringify(opening.account)}, not for ${JSON.stringify(account)}`,
      {
        kind: "invalid",
        hint: "A file for another name says nothing about your account, even with the same positions. Ask for your own.",
      },
    );
  }
  if (
    opening.statementDigest !== digest ||
    opening.exchange !== statement.exchange ||
    opening.epoch !== statement.epoch
  ) {
    throw mismatch(
      "OPENING_EPOCH",
      `the file belongs to statement ${opening.statementDigest}, the bundle is ${digest}`,
    );
  }
  const batch = statement.batches[opening.batch];
  const keyDigest = batch === undefined ? undefined : `0x${bytesToHex(batch.keyDigest)}`;
  const shape = pins.find((pin) => pin.id === batch?.shape && pin.keyDigest === keyDigest);
  if (batch === undefined || shape?.template !== "accounts" || opening.position >= shape.accounts) {
    throw mismatch(
      "OPENING_BATCH",
      `the statement has no place ${opening.position} in batch ${opening.batch}`,
    );
  }
  const evaluation = new Evaluator(table).evaluate(opening.holdings);
  if (!fits(shape, evaluation) || valueOutOfRange(evaluation) !== undefined) {
    throw mismatch("OPENING_SHAPE", "the holdings do not fit the batch they are said to be in");
  }
  const tag = accountTag(opening.exchange, opening.epoch, opening.account, opening.salt);
  const leaf = leafHash(hasher, shape, toRecord(table, shape, evaluation, tag), table.marginCallBp);
  const root = new Tree16(
    hasher,
    statement.batches.map(({ leafRoot }) => leafRoot),
    EPOCH_TREE_DEPTH,
  ).root;
  const index = opening.batch * BATCH_CAPACITY + opening.position;
  if (rootFromPath(hasher, leaf, index, opening.path) !== root) {
    throw mismatch(
      "OPENING_LEAF",
      "no account with this name, salt and exactly these holdings is in the statement",
    );
  }
  return { opening, evaluation };
}
