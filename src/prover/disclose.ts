import { MarginproofError } from "../errors.js";
import { bytesToHex, toFieldHex } from "../field/encoding.js";
import { bestPoseidon } from "../field/poseidon/bestPoseidon.js";
import { MAX_HOLDINGS, MAX_POCKETS, type OpeningJson, type PocketOpeningJson } from "../holder/opening.js";
import { readInstances } from "../keys/instances.js";
import { hasRole } from "../protocol/circuits.js";
import { EPOCH_TREE_DEPTH } from "../protocol/constants.js";
import type { Evaluation } from "../protocol/evaluate.js";
import { comparePockets } from "../protocol/pocket.js";
import type { AccountShape } from "../protocol/shapes.js";
import type { Statement } from "../protocol/statement.js";
import { isPrivate } from "../protocol/tableParts.js";
import { Tree16 } from "../protocol/tree.js";
import { type AttemptPlace, type AttemptWork, reopenAttempt } from "./attemptWork.js";
import { accountSalt, batchName, batchRecords, parseBatch } from "./batchFile.js";
import { batchTree } from "./batchTree.js";
import { settleEpoch } from "./publication.js";
import { FolderStore } from "./store/folderStore.js";
import { readText } from "./store/readText.js";
import type { ProverStore, StoredStatement } from "./store/store.js";

/**
 * Makes the holder's file of one account of a published epoch: all its pockets.
 * @param epoch which epoch; the last published one by default
 * @throws MarginproofError DISCLOSE_NO_EPOCH, DISCLOSE_NO_ACCOUNT, DISCLOSE_POCKETS, DISCLOSE_DIFFERS,
 *   MASTER_SECRET_MISSING
 */
export async function disclose(privateDir: string, account: string, epoch?: string): Promise<OpeningJson> {
  const store = await FolderStore.openExisting(privateDir);
  if (store === undefined) throw noEpoch(privateDir, epoch, []);
  try {
    return await discloseFrom(store, account, epoch);
  } finally {
    store.close();
  }
}

async function discloseFrom(store: ProverStore, account: string, epoch?: string): Promise<OpeningJson> {
  const found = await publishedEpoch(store, epoch);
  return openingOf(await openDisclosure(store, store.place, found), account, found.statement.batches.keys());
}

/** What the holders' files of one epoch have in common: made once, for as many as ask. */
export interface OpenDisclosure {
  readonly place: string;
  readonly work: AttemptWork;
  readonly statement: Statement;
  readonly digest: string;
  /** Over the batches. */
  readonly all: Tree16;
}

/** @param place what messages call the store */
export async function openDisclosure(
  store: AttemptPlace,
  place: string,
  { attempt, statement, digest }: Pick<StoredStatement, "attempt" | "statement" | "digest">,
): Promise<OpenDisclosure> {
  const work = await reopenAttempt(store, attempt);
  const roots = statement.batches.map(({ leafRoot }) => leafRoot);
  return { place, work, statement, digest, all: new Tree16(bestPoseidon(), roots, EPOCH_TREE_DEPTH) };
}

/**
 * The holder's file of an account.
 * @param batches where to look for it, rising: all of the epoch's, or those that an index names
 * @throws MarginproofError DISCLOSE_NO_ACCOUNT, DISCLOSE_POCKETS, DISCLOSE_DIFFERS
 */
export async function openingOf(
  { place, work: opened, statement, digest, all }: OpenDisclosure,
  account: string,
  batches: Iterable<number>,
): Promise<OpeningJson> {
  const { market, table, secrets, evaluator, ...work } = opened;
  const hasher = bestPoseidon();
  const pockets: PocketOpeningJson[] = [];
  let listed = 0;
  for (const batch of batches) {
    const { leafRoot } = statement.batches[batch]!;
    const { shape: id, accounts } = parseBatch(await readText(work.attempt, batchName(batch)));
    const positions = [...accounts.keys()].filter((position) => accounts[position]!.account === account);
    if (positions.length === 0) continue;
    listed = positions.reduce((sum, position) => sum + accounts[position]!.holdings.size, listed);
    if (pockets.length + positions.length > MAX_POCKETS || listed > MAX_HOLDINGS) {
      const hint = "Give a holder with so many pockets several accounts, from the next epoch on.";
      const most = `${MAX_POCKETS} pockets or ${MAX_HOLDINGS} holdings in them`;
      throw refusal(account, "DISCLOSE_POCKETS", `has more than ${most}, the most of one file`, hint);
    }
    const shape = accountShape(id);
    const records = batchRecords(batch, shape, accounts, evaluator, market, secrets);
    const own = batchTree(hasher, records, table.marginCallBp);
    if (own.root !== leafRoot) {
      throw new MarginproofError(
        "DISCLOSE_DIFFERS",
        `${place} no longer makes the leaves that were published for epoch ${statement.epoch}`,
        {
          kind: "io",
          hint: "Its files or its master secret were changed. Restore the folder from a backup.",
        },
      );
    }
    for (const position of positions) {
      const { pocket, holdings } = accounts[position]!;
      pockets.push({
        pocket,
        salt: `0x${bytesToHex(accountSalt(secrets, { account, pocket }))}`,
        batch,
        position,
        holdings: [...holdings].map(([instrument, steps]) => ({ instrument, steps: steps.toString() })),
        ...secretRequirement(evaluator.evaluate(holdings)),
        path: [...own.path(position), ...all.path(batch)].map((siblings) => siblings.map(toFieldHex)),
      });
    }
  }
  if (pockets.length === 0) throw noAccount(account);
  return {
    format: "marginproof/opening/1",
    exchange: market.exchange,
    epoch: market.epoch,
    statementDigest: digest,
    account,
    pockets: pockets.sort((one, other) => comparePockets(one.pocket, other.pocket)),
  };
}

const noAccount = (account: string): MarginproofError => {
  const hint = "Account names are compared exactly, letter case included.";
  return refusal(account, "DISCLOSE_NO_ACCOUNT", "is not in this epoch", hint);
};

const refusal = (account: string, code: string, message: string, hint: string): MarginproofError =>
  new MarginproofError(code, `account ${JSON.stringify(account)} ${message}`, { kind: "usage", hint });

/** What the holder can't compute: the requirements, where some of the rates behind them are secret. */
function secretRequirement({ holdings, maintenance, initial }: Evaluation) {
  if (!holdings.some(({ row }) => isPrivate(row))) return {};
  return { requirement: { maintenance: maintenance.toString(), initial: initial.toString() } };
}

async function publishedEpoch(store: ProverStore, epoch: string | undefined): Promise<StoredStatement> {
  // Only those of the epoch asked for: what is wrong with the statement of another must not stand in the way.
  for (const { published, statement } of await store.statements(epoch)) {
    if (!published) await settleEpoch(store, statement);
  }
  const publicOnes = async (name?: string) => (await store.statements(name)).filter((one) => one.published);
  const own = await publicOnes(epoch);
  const found = epoch === undefined ? own.at(-1) : own[0];
  if (found !== undefined) return found;
  throw noEpoch(
    store.place,
    epoch,
    (await publicOnes()).slice(-5).map(({ statement }) => statement.epoch),
  );
}

function noEpoch(place: string, epoch: string | undefined, others: readonly string[]): MarginproofError {
  return new MarginproofError(
    "DISCLOSE_NO_EPOCH",
    `${place} holds no published epoch${epoch === undefined ? "" : ` ${epoch}`}`,
    {
      kind: "usage",
      hint:
        others.length === 0
          ? "Give the folder that marginproof prove wrote with --private, after it has published."
          : `It holds ${others.join(", ")}.`,
    },
  );
}

function accountShape(id: string): AccountShape {
  const shape = readInstances().instances.find((instance) => instance.id === id);
  if (shape === undefined || !hasRole(shape, "accountStep"))
    throw new Error(`shape ${id} is not in circuits/instances.json`);
  return shape;
}
