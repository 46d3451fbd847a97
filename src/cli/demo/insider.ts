import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { bestPoseidon } from "../../field/poseidon/bestPoseidon.js";
import { loadProfile } from "../../keys/instances.js";
import { type InstanceKeys, loadKeys } from "../../keys/keyFolder.js";
import { canonicalMarketDigest, compileTable, parseMarketText } from "../../market/index.js";
import { Evaluator } from "../../protocol/evaluate.js";
import type { AccountShape } from "../../protocol/shapes.js";
import type { Batch } from "../../protocol/types.js";
import { batchRecords, readBatch } from "../../prover/batchFile.js";
import type { EpochInputs } from "../../prover/epochInputs.js";
import type { Plan } from "../../prover/plan.js";
import { EpochSecrets, masterSecret } from "../../prover/secrets.js";
import { workFolder } from "../../prover/workFolder.js";
import { PLACES, PROFILE } from "./places.js";

export interface Insider {
  readonly inputs: EpochInputs;
  readonly keys: ReadonlyMap<string, InstanceKeys>;
}

/** Everything the exchange itself has of the published epoch, its accounts changed at will: the demo's cheat. */
export async function insider(change: (batch: Batch) => Batch): Promise<Insider> {
  const profile = loadProfile(PROFILE);
  const keys = new Map<string, InstanceKeys>();
  for (const instance of [...profile.accounts, profile.table]) {
    keys.set(instance.id, await loadKeys(PLACES.keys, instance, PROFILE));
  }
  const { attempt } = JSON.parse(await readFile(join(PLACES.private, "latest.json"), "utf8")) as {
    attempt: string;
  };
  const work = workFolder(PLACES.private, attempt);
  const market = parseMarketText(await readFile(join(work.path, "market.json"), "utf8"));
  const plan = JSON.parse(await readFile(work.plan, "utf8")) as Plan;
  const secrets = new EpochSecrets(
    await masterSecret(PLACES.private),
    market.exchange,
    market.epoch,
    attempt,
  );
  const table = compileTable(market);
  const evaluator = new Evaluator(table);
  const names = { exchange: market.exchange, epoch: market.epoch, time: market.time };
  const inputs: EpochInputs = {
    table,
    tableShape: profile.table,
    marketDigest: canonicalMarketDigest(market),
    names,
    batches: {
      count: plan.shapes.length,
      async read(index) {
        const { shape, accounts } = await readBatch(work.batches, index);
        const instance = keys.get(shape)!.instance as AccountShape;
        return change(batchRecords(index, instance, accounts, evaluator, names, secrets));
      },
    },
    keyDigest: (shape) => keys.get(shape)!.digest,
    blinding: (role, index) => secrets.field(`blinding-${role}`, index),
    hasher: bestPoseidon(),
  };
  return { inputs, keys };
}
