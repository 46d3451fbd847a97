import { atPlace, blaming, MarginproofError } from "../errors.js";
import { bytesToHex } from "../field/encoding.js";
import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import { bandOf } from "../protocol/bands.js";
import { hasRole } from "../protocol/circuits.js";
import { BATCH_CAPACITY, EPOCH_TREE_DEPTH } from "../protocol/constants.js";
import { type Evaluation, Evaluator } from "../protocol/evaluate.js";
import { fits, toRecord, valueOutOfRange } from "../protocol/fitShape.js";
import { leafHash } from "../protocol/leaf.js";
import { marginAccountTitle, pocketTitle } from "../protocol/pocket.js";
import type { RiskTable } from "../protocol/riskTable.js";
import type { AccountShape } from "../protocol/shapes.js";
import type { Statement } from "../protocol/statement.js";
import { isPrivate } from "../protocol/tableParts.js";
import { accountTag } from "../protocol/tag.js";
import { rootFromPath, Tree16 } from "../protocol/tree.js";
import type { PinnedKey } from "../verifier/pins.js";
import { type Opening, type PocketOpening, parseOpening } from "./opening.js";

/** One pocket as the proofs counted it. */
export interface PocketFindings {
  readonly opening: PocketOpening;
  /** Of this pocket alone. Value units; initial in 1/10000 of one. */
  readonly evaluation: Evaluation;
}

/** What a holder learns: every pocket that their file shows, as the proofs counted it. */
export interface AccountFindings {
  readonly account: string;
  /** Cross first, then by name. */
  readonly pockets: readonly PocketFindings[];
}

const ASK =
  "Either the file is damaged, or the exchange did not count you with these holdings. Ask the exchange, and keep both files.";
const mismatch = (code: string, message: string): MarginproofError =>
  new MarginproofError(code, message, {
    kind: "invalid",
    hint: ASK,
  });

/** What an account is looked up in: names of the epoch, the root over its accounts, and the shapes that leaves have. */
export interface EpochLeaves {
  readonly exchange: string;
  readonly epoch: string;
  readonly digest: string;
  readonly root: bigint;
  readonly table: RiskTable;
  readonly hasher: PoseidonHasher;
  /** The holder's account name as they know it; undefined only when nobody is there to say. */
  readonly account: string | undefined;
  /** Shapes that a leaf at this place may have; none where the epoch has no such place. A leaf names its shape. */
  readonly shapesAt: (place: Pick<PocketOpening, "batch" | "position">) => readonly AccountShape[];
}

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
 * Checks that every pocket in the file stands in the statement's tree, as a leaf of its own, with exactly these
 * holdings. The statement must be verified by `verifyEpoch`: this function looks only at the holder's leaves. It can't
 * know of a pocket that the file leaves out: show the holder which ones there are. What blames the file itself, or that
 * it is for something else, says nothing of the account.
 *
 * @throws MarginproofError OPENING_INVALID, OPENING_POCKETS, OPENING_ACCOUNT, OPENING_EPOCH, OPENING_BATCH,
 *   OPENING_SHAPE, OPENING_REQUIREMENT, OPENING_LEAF
 */
export function checkAccount(json: unknown, lookup: AccountLookup): AccountFindings {
  const { statement, pins, digest, table, hasher, account } = lookup;
  const { root } = new Tree16(
    hasher,
    statement.batches.map(({ leafRoot }) => leafRoot),
    EPOCH_TREE_DEPTH,
  );
  const shapesAt: EpochLeaves["shapesAt"] = ({ batch: at, position }) => {
    const batch = statement.batches[at];
    const keyDigest = batch === undefined ? undefined : `0x${bytesToHex(batch.keyDigest)}`;
    const shape = pins.find((pin) => pin.id === batch?.shape && pin.keyDigest === keyDigest);
    return shape !== undefined && hasRole(shape, "accountStep") && position < shape.accounts ? [shape] : [];
  };
  const { exchange, epoch } = statement;
  return openAccount(json, { exchange, epoch, digest, root, table, hasher, account, shapesAt });
}

/** The same, of whatever the root and the shapes are known from. @throws MarginproofError as `checkAccount` */
export function openAccount(json: unknown, leaves: EpochLeaves): AccountFindings {
  const opening = blaming("file", () => openingFor(json, leaves));
  const evaluator = new Evaluator(leaves.table);
  return {
    account: opening.account,
    pockets: opening.pockets.map((pocket) => checkPocket(opening, pocket, leaves, evaluator)),
  };
}

/** The file, if it is one, and of this account and this epoch. */
function openingFor(json: unknown, { exchange, epoch, digest, account }: EpochLeaves): Opening {
  const opening = parseOpening(json);
  // Names in accounts files are NFC; some keyboards and file systems decompose what they give.
  if (account !== undefined && opening.account !== account && opening.account !== account.normalize("NFC")) {
    throw new MarginproofError(
      "OPENING_ACCOUNT",
      `the file is for account ${JSON.stringify(opening.account)}, not for ${JSON.stringify(account)}`,
      {
        kind: "invalid",
        hint: "A file for another name says nothing about your account, even with the same positions. Ask for your own.",
      },
    );
  }
  if (opening.statementDigest !== digest || opening.exchange !== exchange || opening.epoch !== epoch) {
    throw new MarginproofError(
      "OPENING_EPOCH",
      `the file is for epoch ${opening.epoch}, statement ${opening.statementDigest}; what it is looked up in is epoch ${epoch}, statement ${digest}`,
      {
        kind: "invalid",
        hint: "Take the bundle that the file is for, or ask for your file of this epoch. If both bear one epoch's name, the exchange made two statements for it: keep both.",
      },
    );
  }
  return opening;
}

/**
 * The holder's own results. Where rates are secret, both requirements are taken from the file, and stand or fall with the
 * leaf: it binds them, and the proofs show that the committed rates give no others.
 */
function withRequirement(
  evaluation: Evaluation,
  { pocket, requirement }: PocketOpening,
  marginCallBp: bigint,
): Evaluation {
  const secret = evaluation.holdings.some(({ row }) => isPrivate(row));
  if (secret !== (requirement !== undefined)) {
    throw mismatch(
      "OPENING_REQUIREMENT",
      secret
        ? `${pocketTitle(pocket)}: its rates are secret, and the file does not say what it requires`
        : `${pocketTitle(pocket)}: the file says what it requires, though none of its rates is secret`,
    );
  }
  if (requirement === undefined) return evaluation;
  return {
    ...evaluation,
    ...requirement,
    band: bandOf({ equity: evaluation.equity, ...requirement }, marginCallBp),
  };
}

function checkPocket(
  { exchange, epoch, account }: Opening,
  opening: PocketOpening,
  { table, hasher, root, shapesAt }: EpochLeaves,
  evaluator: Evaluator,
): PocketFindings {
  const { pocket, salt, batch: at, position, holdings, path } = opening;
  const shapes = shapesAt(opening);
  if (shapes.length === 0) {
    throw mismatch(
      "OPENING_BATCH",
      `${pocketTitle(pocket)}: the statement has no place ${position} in batch ${at}`,
    );
  }
  const held = atPlace(pocketTitle(pocket), () => evaluator.evaluate(holdings), ASK);
  const evaluation = withRequirement(held, opening, table.marginCallBp);
  const fitting = shapes.filter((shape) => fits(shape, evaluation));
  if (fitting.length === 0 || valueOutOfRange(evaluation) !== undefined) {
    throw mismatch(
      "OPENING_SHAPE",
      `${pocketTitle(pocket)}: the holdings do not fit the batch they are said to be in`,
    );
  }
  const tag = accountTag(exchange, epoch, account, pocket, salt);
  const opens = (shape: AccountShape): boolean => {
    const leaf = leafHash(hasher, shape, toRecord(table, shape, evaluation, tag), table.marginCallBp);
    return rootFromPath(hasher, leaf, at * BATCH_CAPACITY + position, path) === root;
  };
  if (!fitting.some(opens)) {
    throw mismatch(
      "OPENING_LEAF",
      `${marginAccountTitle({ account, pocket })}: nothing with this name, salt and exactly these holdings is in the statement`,
    );
  }
  return { opening, evaluation };
}
