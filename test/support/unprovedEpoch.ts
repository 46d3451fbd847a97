import { join } from "node:path";
import { bytesToHex } from "../../src/field/encoding.js";
import { silentProgress } from "../../src/files/progress.js";
import { loadProfile } from "../../src/keys/instances.js";
import type { InstanceKeys } from "../../src/keys/keyFolder.js";
import { canonicalMarketDigest } from "../../src/market/index.js";
import type { Statement } from "../../src/protocol/statement.js";
import { accountsDigest, attemptName } from "../../src/prover/attempt.js";
import { beginAttempt } from "../../src/prover/attemptWork.js";
import { commitEpoch } from "../../src/prover/commit.js";
import { epochInputs } from "../../src/prover/epochInputs.js";
import { layOut } from "../../src/prover/layOut.js";
import { openMarket } from "../../src/prover/openInputs.js";
import { FolderStore } from "../../src/prover/store/folderStore.js";
import { generateSample } from "../../src/sample/generateSample.js";
import { writeSample } from "../../src/sample/writeSample.js";

/**
 * A private folder in which an epoch of a sample exchange counts as published, its phases those of `prove` but for the proofs: what holders'
 * files are made of needs none. Without an index, as folders before there was one.
 */
export async function unprovedEpoch(folder: string, accounts: number, profileName = "p16") {
  const [privateDir, market, csv] = ["private", "market.json", "accounts.csv"].map((name) =>
    join(folder, name),
  );
  const profile = loadProfile(profileName);
  await writeSample(generateSample({ accounts, seed: 7 }), folder);
  const opened = await openMarket({ marketPath: market!, profile });
  const marketDigest = canonicalMarketDigest(opened.market);
  const accountsSha256 = await accountsDigest(csv!);
  const keys = new Map(
    [...profile.accounts, profile.table].map((instance) => [
      instance.id,
      { instance, digest: new Uint8Array(32).fill(7) } as unknown as InstanceKeys,
    ]),
  );
  const name = { marketDigest, accountsSha256, profile: profileName, keyDigests: [] };
  const inputs = {
    ...opened,
    ...{ marketDigest, profile, keys, accounts: csv!, accountsSha256, attemptName: attemptName(name) },
  };
  const store = await FolderStore.open(privateDir!);
  const { exchange, epoch } = opened.market;
  const run = await store.takeEpoch({ exchange, epoch });
  let statement: Statement;
  try {
    const work = await beginAttempt(store, inputs);
    const plan = await layOut(inputs, work, { progress: silentProgress });
    const committed = await commitEpoch(epochInputs(inputs, work, plan));
    statement = committed.statement;
    const [out, aside] = [join(folder, "bundle"), join(folder, "aside")];
    await run.beginPublication(out, aside);
    const digest = `0x${bytesToHex(committed.statementDigest)}`;
    await run.intend(out, { attempt: inputs.attemptName, statement, digest });
    await run.finishPublication(out);
  } finally {
    run.release();
    store.close();
  }
  return { privateDir: privateDir!, attempt: join(privateDir!, "epochs", inputs.attemptName), statement };
}
