import { mkdir, rm } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeWhole } from "../src/files/files.js";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { loadProfile, readInstances } from "../src/keys/instances.js";
import { readLock } from "../src/keys/keyFolder.js";
import { setup } from "../src/keys/setup.js";
import { hasRole } from "../src/protocol/circuits.js";
import { beginAttempt } from "../src/prover/attemptWork.js";
import { commitEpoch } from "../src/prover/commit.js";
import { epochInputs, type Step } from "../src/prover/epochInputs.js";
import { layOut } from "../src/prover/layOut.js";
import { openInputs } from "../src/prover/openInputs.js";
import { epochSteps } from "../src/prover/steps.js";
import { FolderStore } from "../src/prover/store/folderStore.js";
import { createWasmBackend } from "../src/prover/wasm/wasmBackend.js";
import { generateSample, writeSample } from "../src/sample/index.js";
import { type ProofJson, parseProof } from "../src/verifier/groth16/proof.js";
import { parseVerifyingKey } from "../src/verifier/groth16/verifyingKey.js";
import { verifyMany } from "../src/verifier/groth16/verifyMany.js";
import { StageMeter, timed } from "./benchStage.js";

/**
 * Measures constraints per account, and time and memory of every stage of an epoch of many accounts: everything
 * but proving is run in full; of each shape, one step is proved and its time multiplied by the number of steps.
 * Writes build/bench/PROFILE.json and prints a table.
 *
 *   npm run bench -- [--accounts 100000] [--profile p16] [--workers 2]
 */
const { values } = parseArgs({
  options: {
    accounts: { type: "string", default: "100000" },
    profile: { type: "string", default: "p16" },
    workers: { type: "string", default: "2" },
  },
});
const accounts = Number(values.accounts);
const workers = Number(values.workers);
const profile = loadProfile(values.profile);
const keysDir = join(PACKAGE_ROOT, "build", "keys");
const folder = join(PACKAGE_ROOT, "build", "bench");
const work = join(folder, "work");
await rm(work, { recursive: true, force: true });
await mkdir(work, { recursive: true });

const meter = new StageMeter();
const [, setupSeconds] = await timed(() =>
  setup({
    instances: [...profile.accounts, profile.table],
    keysDir,
    workers,
    progress: { stage: (_id, title) => console.log(title), update() {}, note() {} },
  }),
);
const { market, accounts: accountsPath } = await writeSample(generateSample({ accounts, seed: 1 }), work);
const opened = await openInputs({ marketPath: market, accountsPath, keysDir, profile });
const { keys } = opened;
const store = await FolderStore.open(join(work, "private"));
const attempt = await beginAttempt(store, opened);
const plan = await layOut(opened, attempt, { progress: meter });
const inputs = epochInputs(opened, attempt, plan, { onBatch: () => meter.update() });
meter.stage("commit", "commit and weigh");
const epoch = await commitEpoch(inputs);
const first = new Map<string, Step>();
const steps = new Map<string, number>();
meter.stage("prove", "chain and step inputs");
for await (const step of epochSteps(inputs, epoch)) {
  const { id } = step.instance;
  steps.set(id, (steps.get(id) ?? 0) + 1);
  if (!first.has(id)) first.set(id, step);
  // As it goes to a worker.
  structuredClone(step.input);
  meter.update();
}
meter.end();
const stages = meter.figures;
store.close();

// Of every shape, one round to warm up, then three rounds of as many proofs at a time as there are workers: the median
// round counts, since other programs on the machine disturb single ones.
const ROUNDS = 3;
const backend = createWasmBackend({ workers });
const shapes = [];
const proofs: { id: string; signals: readonly bigint[]; proof: ProofJson }[] = [];
for (const [id, step] of first) {
  const job = { circuit: keys.get(id)!.name, input: step.input };
  const proveOne = async () => {
    const witness = await backend.calculateWitness(job);
    return { ...(await backend.prove(witness)), witnessMs: witness.milliseconds };
  };
  const together = () => Promise.all(Array.from({ length: workers }, proveOne));
  await together();
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await timed(together));
  const [results, seconds] = rounds.sort(([, one], [, other]) => one - other)[(ROUNDS - 1) / 2]!;
  const witnessSeconds = results.reduce((sum, { witnessMs }) => sum + witnessMs, 0) / workers / 1000;
  const proveSeconds = seconds / workers;
  for (const { proof } of results) proofs.push({ id, signals: step.signals, proof });
  const places = hasRole(step.instance, "accountStep") ? step.instance.accounts : undefined;
  const { constraints } = readLock()[id]!;
  shapes.push({
    id,
    constraints,
    constraintsPerAccount: places === undefined ? undefined : Math.round(constraints / places),
    steps: steps.get(id)!,
    witnessSeconds,
    secondsPerStep: proveSeconds,
    accountsPerSecond: places === undefined ? undefined : places / proveSeconds,
    peakMiB: Math.round(Math.max(...results.map(({ peakRssBytes }) => peakRssBytes)) / 2 ** 20),
  });
  console.log(`measured ${id}: ${proveSeconds.toFixed(2)} s a step`);
}
await backend.close();

const verify = [1, 10, 100].map((count) => {
  const items = Array.from({ length: count }, (_, i) => {
    const { id, signals, proof } = proofs[i % proofs.length]!;
    return {
      vk: parseVerifyingKey(keys.get(id)!.verifyingKey, signals.length),
      signals,
      proof: parseProof(proof),
    };
  });
  verifyMany(items);
  const started = performance.now();
  if (!verifyMany(items).ok) throw new Error("a measured proof does not verify");
  return { proofs: count, milliseconds: Math.round(performance.now() - started) };
});

const proving = shapes.reduce((sum, shape) => sum + shape.steps * shape.secondsPerStep, 0);
const witness = shapes.reduce((sum, shape) => sum + (shape.steps * shape.witnessSeconds) / workers, 0);
const others = stages.reduce((sum, stage) => sum + stage.seconds, 0) + witness;
const report = {
  measuredOn: {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  },
  profile: profile.name,
  accounts,
  workers,
  steps: [...steps.values()].reduce((sum, count) => sum + count, 0),
  setupSeconds,
  stages: [
    ...stages,
    {
      stage: "witnesses (inside proving)",
      seconds: witness,
      peakMiB: Math.max(...shapes.map((s) => s.peakMiB)),
    },
  ],
  shapes,
  provingSeconds: proving,
  accountsPerSecond: accounts / (proving + others - witness),
  everythingElseShare: others / (proving - witness),
  verify,
  budgets: readInstances().budgets,
};
await writeWhole(join(folder, `${profile.name}.json`), `${JSON.stringify(report, null, 2)}\n`);
await rm(work, { recursive: true, force: true });
console.table(shapes);
console.table(report.stages);
console.table(verify);
console.log(
  `${accounts} accounts, ${report.steps} steps: proving ${proving.toFixed(0)} s (${report.accountsPerSecond.toFixed(1)} accounts/s), everything else ${(100 * report.everythingElseShare).toFixed(1)}% of that; ${folder}/${profile.name}.json`,
);
