import { join } from "node:path";
import { MarginproofError } from "../errors.js";
import { bestPoseidon } from "../field/bestPoseidon.js";
import { bytesToHex, toFieldHex } from "../field/encoding.js";
import { compileTable, parseMarketText } from "../market/index.js";
import { BATCH_TREE_DEPTH, EPOCH_TREE_DEPTH } from "../protocol/constants.js";
import { Evaluator } from "../protocol/evaluate.js";
import { leafHash } from "../protocol/leaf.js";
import type { OpeningJson } from "../protocol/opening.js";
import type { AccountShape } from "../protocol/shapes.js";
import { Tree16 } from "../protocol/tree.js";
import { accountSalt, type BatchAccount, batchRecords, readBatch } from "./batchFile.js";
import { readNamedFile } from "./files.js";
import { readInstances } from "./instances.js";
import { type PublishedEpoch, publishedEpochs } from "./publishedEpochs.js";
import { EpochSecrets, masterSecret } from "./secrets.js";
import { workFolder } from "./workFolder.js";

/**
 * Makes the opening of one account of a published epoch.
 * @param epoch which epoch; the last published one by default
 * @throws MarginproofError DISCLOSE_NO_EPOCH, DISCLOSE_NO_ACCOUNT, DISCLOSE_DIFFERS, MASTER_SECRET_MISSING
 */
export async function disclose(privateDir: string, account: string, epoch?: string): Promise<OpeningJson> {
  const { attempt, statement, digest } = await publishedEpoch(privateDir, epoch);
  const work = workFolder(privateDir, attempt);
  const market = parseMarketText(await readNamedFile(join(work.path, "market.json"), "market file"));
  const secrets = new EpochSecrets(await masterSecret(privateDir), market.exchange, market.epoch, attempt);
  const { batch, position, accounts, shape } = await findAccount(
    work.batches,
    statement.batches.length,
    account,
  );

  const hasher = bestPoseidon();
  const evaluator = new Evaluator(compileTable(market));
  const names = { exchange: market.exchange, epoch: market.epoch };
  const records = batchRecords(batch, shape, accounts, evaluator, names, secrets).accounts;
  const own = new Tree16(
    hasher,
    records.map((record) => leafHash(hasher, shape, record)),
    BATCH_TREE_DEPTH,
  );
  const all = new Tree16(
    hasher,
    statement.batches.map(({ leafRoot }) => leafRoot),
    EPOCH_TREE_DEPTH,
  );
  if (own.root !== statement.batches[batch]!.leafRoot) {
    throw new MarginproofError(
      "DISCLOSE_DIFFERS",
      `${privateDir} no longer makes the leaves that were published for epoch ${statement.epoch}`,
      { kind: "io", hint: "Its files or its master secret were changed. Restore the folder from a backup." },
    );
  }
  return {
    format: "marginproof/opening/1",
    exchange: market.exchange,
    epoch: market.epoch,
    statementDigest: digest,
    account,
    salt: `0x${bytesToHex(accountSalt(secrets, account))}`,
    batch,
    position,
    holdings: [...accounts[position]!.holdings].map(([instrument, steps]) => ({
      instrument,
      steps: steps.toString(),
    })),
    path: [...own.path(position), ...all.path(batch)].map((siblings) => siblings.map(toFieldHex)),
  };
}

async function publishedEpoch(privateDir: string, epoch: string | undefined): Promise<PublishedEpoch> {
  const published = await publishedEpochs(privateDir);
  const found =
    epoch === undefined ? published.at(-1) : published.find((one) => one.statement.epoch === epoch);
  if (found !== undefined) return found;
  const names = published.slice(-5).map(({ statement }) => statement.epoch);
  throw new MarginproofError(
    "DISCLOSE_NO_EPOCH",
    `${privateDir} holds no published epoch${epoch === undefined ? "" : ` ${epoch}`}`,
    {
      kind: "usage",
      hint:
        names.length === 0
          ? "Give the folder that marginproof prove wrote with --private, after it has published."
          : `It holds ${names.join(", ")}.`,
    },
  );
}

async function findAccount(
  folder: string,
  batches: number,
  account: string,
): Promise<{ batch: number; position: number; accounts: BatchAccount[]; shape: AccountShape }> {
  for (let batch = 0; batch < batches; batch++) {
    const { shape: id, accounts } = await readBatch(folder, batch);
    const position = accounts.findIndex((candidate) => candidate.account === account);
    if (position < 0) continue;
    const shape = readInstances().instances.find((instance) => instance.id === id);
    if (shape?.template !== "accounts") throw new Error(`shape ${id} is not in circuits/instances.json`);
    return { batch, position, accounts, shape };
  }
  throw new MarginproofError(
    "DISCLOSE_NO_ACCOUNT",
    `account ${JSON.stringify(account)} is not in this epoch`,
    {
      kind: "usage",
      hint: "Account names are compared exactly, letter case included.",
    },
  );
}
