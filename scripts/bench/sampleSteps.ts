import { join } from "node:path";
import type { Profile } from "../../src/keys/instances.js";
import { beginAttempt } from "../../src/prover/attemptWork.js";
import type { CircuitInput } from "../../src/prover/backend.js";
import { commitEpoch } from "../../src/prover/commit.js";
import { epochInputs } from "../../src/prover/epochInputs.js";
import { layOut } from "../../src/prover/layOut.js";
import { openInputs } from "../../src/prover/openInputs.js";
import { epochSteps } from "../../src/prover/steps.js";
import { FolderStore } from "../../src/prover/store/folderStore.js";
import { generateSample, writeSample } from "../../src/sample/index.js";

/** The first step of each shape of an invented exchange's epoch, by shape. */
export async function sampleSteps(
  profile: Profile,
  keysDir: string,
  folder: string,
): Promise<ReadonlyMap<string, CircuitInput>> {
  const { market, accounts } = await writeSample(generateSample({ accounts: 2000, seed: 7 }), folder);
  const opened = await openInputs({ marketPath: market, accountsPath: accounts, keysDir, profile });
  const store = await FolderStore.open(join(folder, "private"));
  try {
    const attempt = await beginAttempt(store, opened);
    const plan = await layOut(opened, attempt, { progress: { stage() {}, update() {}, note() {} } });
    const inputs = epochInputs(opened, attempt, plan);
    const steps = new Map<string, CircuitInput>();
    for await (const { instance, input } of epochSteps(inputs, await commitEpoch(inputs)))
      if (!steps.has(instance.id)) steps.set(instance.id, input);
    return steps;
  } finally {
    store.close();
  }
}
