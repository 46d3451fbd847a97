import { silentProgress } from "../../files/progress.js";
import { loadProfile } from "../../keys/instances.js";
import type { InstanceKeys } from "../../keys/keyFolder.js";
import type { Batch } from "../../protocol/accountRecord.js";
import { reopenAttempt } from "../../prover/attemptWork.js";
import { type EpochInputs, epochInputs } from "../../prover/epochInputs.js";
import { layOut } from "../../prover/layOut.js";
import { openInputs } from "../../prover/openInputs.js";
import { FolderStore } from "../../prover/store/folderStore.js";
import { PLACES, PROFILE } from "./places.js";

export interface Insider {
  readonly inputs: EpochInputs;
  readonly keys: ReadonlyMap<string, InstanceKeys>;
}

/** Everything the exchange itself has of the published epoch, its accounts changed at will: the demo's cheat. */
export async function insider(change: (batch: Batch) => Batch): Promise<Insider> {
  const opened = await openInputs({
    marketPath: PLACES.market,
    accountsPath: PLACES.accounts,
    keysDir: PLACES.keys,
    profile: loadProfile(PROFILE),
  });
  const work = await reopenAttempt(await FolderStore.open(PLACES.private), opened.attemptName);
  const plan = await layOut(opened, work, { progress: silentProgress });
  const inputs = epochInputs(opened, work, plan);
  const { count, read } = inputs.batches;
  const batches = { count, read: async (index: number) => change(await read(index)) };
  return { inputs: { ...inputs, batches }, keys: opened.keys };
}
