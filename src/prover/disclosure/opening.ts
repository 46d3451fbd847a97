import { createHash } from "node:crypto";
import { MarginproofError } from "../../errors.js";
import { bytesToHex } from "../../field/encoding.js";
import { MAX_HOLDINGS, MAX_POCKETS, type OpeningJson, type PocketOpeningJson } from "../../holder/opening.js";
import type { Evaluation, Evaluator } from "../../protocol/evaluate.js";
import { comparePockets } from "../../protocol/pocket.js";
import { isPrivate } from "../../protocol/tableParts.js";
import { accountSalt, type BatchAccount, batchName, parseBatch } from "../batchFile.js";
import type { EpochSecrets } from "../secrets.js";
import { readText } from "../store/readText.js";
import type { AttemptStore } from "../store/store.js";

/** A batch as it was laid out. */
export interface LaidOutBatch {
  readonly index: number;
  /** Of its text. */
  readonly sha256: string;
  /** Its shape's id. */
  readonly shape: string;
  readonly accounts: readonly BatchAccount[];
}

/** What the holders' files of one epoch have in common: made once, for as many as ask. */
export interface OpenDisclosure {
  readonly names: { readonly exchange: string; readonly epoch: string };
  /** Digest of the statement. */
  readonly digest: string;
  readonly attempt: AttemptStore;
  readonly secrets: EpochSecrets;
  /** For markets with secret rates. */
  readonly evaluator?: Evaluator | undefined;
  /**
   * The ways from places of a batch to the epoch's root, per level from the leaf up: of a batch that makes the leaves that were
   * published.
   * @throws MarginproofError DISCLOSE_DIFFERS for another; IndexFault
   */
  paths(batch: LaidOutBatch, positions: readonly number[]): Promise<string[][][]>;
}

/**
 * The holder's file of an account.
 * @param batches where to look for it, rising: all of the epoch's, or those that an index names
 * @throws MarginproofError DISCLOSE_NO_ACCOUNT, DISCLOSE_POCKETS, DISCLOSE_DIFFERS
 */
export async function openingOf(
  opened: OpenDisclosure,
  account: string,
  batches: Iterable<number>,
): Promise<OpeningJson> {
  const pockets: PocketOpeningJson[] = [];
  for (const index of batches) {
    const batch = await readLaidOut(opened.attempt, index);
    const positions = [...batch.accounts.keys()].filter((at) => batch.accounts[at]!.account === account);
    if (positions.length === 0) continue;
    assertFits(account, [...pockets, ...positions.map((position) => batch.accounts[position]!)]);
    const paths = await opened.paths(batch, positions);
    for (const [n, position] of positions.entries()) {
      pockets.push(pocketOf(opened, batch, position, paths[n]!));
    }
  }
  if (pockets.length === 0) throw noAccount(account);
  return openingFrom(opened, account, pockets);
}

/** @throws MarginproofError PRIVATE_FILE_DAMAGED */
export async function readLaidOut(attempt: AttemptStore, index: number): Promise<LaidOutBatch> {
  const text = await readText(attempt, batchName(index));
  return { index, sha256: createHash("sha256").update(text).digest("hex"), ...parseBatch(text) };
}

/** The pocket at one place of a batch. */
export function pocketOf(
  { secrets, evaluator }: OpenDisclosure,
  { index, accounts }: LaidOutBatch,
  position: number,
  path: string[][],
): PocketOpeningJson {
  const { account, pocket, holdings } = accounts[position]!;
  return {
    pocket,
    salt: `0x${bytesToHex(accountSalt(secrets, { account, pocket }))}`,
    batch: index,
    position,
    holdings: [...holdings].map(([instrument, steps]) => ({ instrument, steps: steps.toString() })),
    ...(evaluator === undefined ? {} : secretRequirement(evaluator.evaluate(holdings))),
    path,
  };
}

/** @param pockets of the account, all of them, in any order */
export function openingFrom(
  { names: { exchange, epoch }, digest }: OpenDisclosure,
  account: string,
  pockets: readonly PocketOpeningJson[],
): OpeningJson {
  return {
    format: "marginproof/opening/1",
    exchange,
    epoch,
    statementDigest: digest,
    account,
    pockets: [...pockets].sort((one, other) => comparePockets(one.pocket, other.pocket)),
  };
}

/** The text of a holder's file. */
export const openingText = (file: object): string => `${JSON.stringify(file, null, 1)}\n`;

/** @throws MarginproofError DISCLOSE_POCKETS when one file does not take these pockets */
export function assertFits(
  account: string,
  pockets: readonly { readonly holdings: BatchAccount["holdings"] | PocketOpeningJson["holdings"] }[],
): void {
  const listed = pockets.reduce(
    (sum, { holdings }) => sum + (holdings instanceof Map ? holdings.size : (holdings as unknown[]).length),
    0,
  );
  if (pockets.length <= MAX_POCKETS && listed <= MAX_HOLDINGS) return;
  const hint = "Give a holder with so many pockets several accounts, from the next epoch on.";
  const most = `${MAX_POCKETS} pockets or ${MAX_HOLDINGS} holdings in them`;
  throw refusal(account, "DISCLOSE_POCKETS", `has more than ${most}, the most of one file`, hint);
}

export const noAccount = (account: string): MarginproofError => {
  const hint = "Account names are compared exactly, letter case included.";
  return refusal(account, "DISCLOSE_NO_ACCOUNT", "is not in this epoch", hint);
};

export const differs = (place: string, epoch: string): MarginproofError =>
  new MarginproofError(
    "DISCLOSE_DIFFERS",
    `${place} no longer makes the leaves that were published for epoch ${epoch}`,
    {
      kind: "io",
      hint: "Its files or its master secret were changed. Restore the folder from a backup.",
    },
  );

const refusal = (account: string, code: string, message: string, hint: string): MarginproofError =>
  new MarginproofError(code, `account ${JSON.stringify(account)} ${message}`, { kind: "usage", hint });

/** What the holder can't compute: the requirements, where some of the rates behind them are secret. */
function secretRequirement({ holdings, maintenance, initial }: Evaluation) {
  if (!holdings.some(({ row }) => isPrivate(row))) return {};
  return { requirement: { maintenance: maintenance.toString(), initial: initial.toString() } };
}
