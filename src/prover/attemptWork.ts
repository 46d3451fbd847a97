import { bestPoseidon } from "../field/poseidon/bestPoseidon.js";
import {
  type Market,
  type OpenTable,
  openTable,
  parseMarketText,
  parsePrivateModel,
} from "../market/index.js";
import type { Batch } from "../protocol/accountRecord.js";
import { Evaluator } from "../protocol/evaluate.js";
import type { AccountShape } from "../protocol/shapes.js";
import { batchName, batchRecords, parseBatch } from "./batchFile.js";
import type { OpenInputs } from "./openInputs.js";
import { EpochSecrets } from "./secrets.js";
import { readText } from "./store/readText.js";
import type { AttemptStore, ProverStore } from "./store/store.js";

const MARKET = "market.json";
const MODEL = "model.json";

/** One attempt at an epoch: its market, its place in the store, and its secrets. */
export interface AttemptWork extends OpenTable {
  readonly market: Market;
  readonly attempt: AttemptStore;
  readonly secrets: EpochSecrets;
  readonly evaluator: Evaluator;
}

/** What an attempt takes of the store. */
export type AttemptPlace = Pick<ProverStore, "attempt" | "masterSecret">;

/** Begins an attempt, or goes on with it; keeps in the store what `reopenAttempt` needs. */
export async function beginAttempt(store: AttemptPlace, inputs: OpenInputs): Promise<AttemptWork> {
  const attempt = store.attempt(inputs.attemptName);
  await attempt.begin();
  await attempt.put(MARKET, inputs.marketText);
  if (inputs.modelText !== undefined) await attempt.put(MODEL, inputs.modelText);
  return work(store, inputs.attemptName, inputs.market, inputs);
}

/** An attempt from its store alone. @throws MarginproofError PRIVATE_FILE_DAMAGED, MASTER_SECRET_MISSING */
export async function reopenAttempt(store: AttemptPlace, name: string): Promise<AttemptWork> {
  const attempt = store.attempt(name);
  const market = parseMarketText(await readText(attempt, MARKET));
  const model =
    market.privateRules === undefined ? undefined : parsePrivateModel(await readText(attempt, MODEL));
  return work(store, name, market, openTable(market, model, bestPoseidon()));
}

async function work(
  store: AttemptPlace,
  name: string,
  market: Market,
  { table, rules }: OpenTable,
): Promise<AttemptWork> {
  const secrets = new EpochSecrets(await store.masterSecret(), market.exchange, market.epoch, name);
  const attempt = store.attempt(name);
  return { market, table, rules, attempt, secrets, evaluator: new Evaluator(table) };
}

/** A batch as it was laid out, from the store. @throws MarginproofError PRIVATE_FILE_DAMAGED */
export async function readBatch(
  { market, attempt, secrets, evaluator }: AttemptWork,
  shapeOf: (id: string) => AccountShape,
  index: number,
): Promise<Batch> {
  const { shape, accounts } = parseBatch(await readText(attempt, batchName(index)));
  return batchRecords(index, shapeOf(shape), accounts, evaluator, market, secrets);
}
