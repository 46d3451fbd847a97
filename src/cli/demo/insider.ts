import { bestPoseidon } from "../../field/poseidon/bestPoseidon.js";
import { loadProfile } from "../../keys/instances.js";
import { type InstanceKeys, loadKeys } from "../../keys/keyFolder.js";
import { canonicalMarketDigest, compileTable, parseMarketText } from "../../market/index.js";
import type { Batch } from "../../protocol/accountRecord.js";
import { Evaluator } from "../../protocol/evaluate.js";
import type { AccountShape } from "../../protocol/shapes.js";
import { batchName, batchRecords, parseBatch } from "../../prover/batchFile.js";
import type { EpochInputs } from "../../prover/epochInputs.js";
import { PLAN } from "../../prover/layOut.js";
import type { Plan } from "../../prover/plan.js";
import { EpochSecrets } from "../../prover/secrets.js";
import { FolderStore } from "../../prover/store/folderStore.js";
import { readText } from "../../prover/store/readText.js";
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
  const store = await FolderStore.open(PLACES.private);
  const { attempt } = (await store.statements()).at(-1)!;
  const kept = store.attempt(attempt);
  const market = parseMarketText(await readText(kept, "market.json"));
  const plan = JSON.parse(await readText(kept, PLAN)) as Plan;
  const secrets = new EpochSecrets(await store.masterSecret(), market.exchange, market.epoch, attempt);
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
        const { shape, accounts } = parseBatch(await readText(kept, batchName(index)));
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
