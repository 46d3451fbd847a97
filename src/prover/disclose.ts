import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { MarginproofError } from "../errors.js";
import { bestPoseidon } from "../field/bestPoseidon.js";
import { bytesToHex, toFieldHex } from "../field/encoding.js";
import { compileTable, parseMarketText } from "../market/index.js";
import { firstSeed, secondSeed } from "../protocol/challenges.js";
import { BATCH_TREE_DEPTH, EPOCH_TREE_DEPTH } from "../protocol/constants.js";
import { Evaluator } from "../protocol/evaluate.js";
import { leafHash } from "../protocol/leaf.js";
import type { OpeningJson } from "../protocol/opening.js";
import type { AccountShape } from "../protocol/shapes.js";
import { parseStatement } from "../protocol/statement.js";
import { Tree16 } from "../protocol/tree.js";
import { accountSalt, type BatchAccount, batchRecords, readBatch } from "./batchFile.js";
import { readIfPresent, readNamedFile } from "./files.js";
import { readInstances } from "./instances.js";
import { EpochSecrets, masterSecret } from "./secrets.js";
import { workFolder } from "./workFolder.js";

/**
 * Makes the opening of one account of a published epoch.
 * @param epoch which epoch; the last published one by default
 * @throws MarginproofError DISCLOSE_NO_EPOCH, DISCLOSE_NO_ACCOUNT
 */
export async function disclose(privateDir: string, account: string, epoch?: string): Promise<OpeningJson> {
  const attempt = await publishedAttempt(privateDir, epoch);
  const work = workFolder(privateDir, attempt);
  const statement = parseStatement(JSON.parse(await readNamedFile(work.published, "published statement")));
  const market = parseMarketText(await readNamedFile(join(work.path, "market.json"), "market file"));
  const secrets = new EpochSecrets(await masterSecret(privateDir), market.exchange, market.epoch, attempt);
  const { batch, position, accounts, shape } = await findAccount(
    work.batches,
    statement.batches.length,
    account,
  );

  const hasher = bestPoseidon();
  const table = compileTable(market);
  const evaluator = new Evaluator(table);
  const names = { exchange: market.exchange, epoch: market.epoch };
  const records = batchRecords(batch, shape, accounts, evaluator, names, secrets).accounts;
  const own = new Tree16(
    hasher,
    records.map((record) => leafHash(hasher, shape, record, table.marginCallBp)),
    BATCH_TREE_DEPTH,
  );
  const all = new Tree16(
    hasher,
    statement.batches.map(({ leafRoot }) => leafRoot),
    EPOCH_TREE_DEPTH,
  );
  const digest = secondSeed(firstSeed(statement), statement.weights);
  return {
    format: "marginproof/opening/1",
    exchange: market.exchange,
    epoch: market.epoch,
    statementDigest: `0x${bytesToHex(digest)}`,
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

async function publishedAttempt(privateDir: string, epoch: string | undefined): Promise<string> {
  const latest = await readIfPresent(join(privateDir, "latest.json"));
  const last = latest === undefined ? undefined : (JSON.parse(latest) as { attempt: string; epoch: string });
  if (last !== undefined && (epoch === undefined || epoch === last.epoch)) return last.attempt;
  for (const attempt of await readdir(join(privateDir, "epochs")).catch((): string[] => [])) {
    const statement = await readIfPresent(workFolder(privateDir, attempt).published);
    if (statement !== undefined && (JSON.parse(statement) as { epoch: string }).epoch === epoch)
      return attempt;
  }
  throw new MarginproofError(
    "DISCLOSE_NO_EPOCH",
    `${privateDir} holds no published epoch${epoch === undefined ? "" : ` ${epoch}`}`,
    {
      kind: "usage",
      hint: "Give the folder that marginproof prove wrote with --private, after it has published.",
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
