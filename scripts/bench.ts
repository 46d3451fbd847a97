import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openSnapshot } from "../src/accounts/index.js";
import { bestPoseidon } from "../src/field/poseidon/bestPoseidon.js";
import { writeWhole } from "../src/files/files.js";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { loadProfile, readInstances } from "../src/keys/instances.js";
import { type InstanceKeys, loadKeys, readLock } from "../src/keys/keyFolder.js";
import { setup } from "../src/keys/setup.js";
import { canonicalMarketDigest, compileTable, listedInstruments, parseMarket } from "../src/market/index.js";
import { hasRole } from "../src/protocol/circuits.js";
import { Evaluator } from "../src/protocol/evaluate.js";
import type { AccountShape, Instance } from "../src/protocol/shapes.js";
import { batchName, batchRecords, parseBatch } from "../src/prover/batchFile.js";
import { commitEpoch } from "../src/prover/commit.js";
import type { EpochInputs, Step } from "../src/prover/epochInputs.js";
import { planBatches } from "../src/prover/plan.js";
import { EpochSecrets } from "../src/prover/secrets.js";
import { epochSteps } from "../src/prover/steps.js";
import { createWasmBackend } from "../src/prover/wasm/wasmBackend.js";
import { generateSample, writeSample } from "../src/sample/index.js";
import type { ProofJson } from "../src/verifier/groth16/proof.js";
import { parseProof } from "../src/verifier/groth16/proof.js";
import { parseVerifyingKey } from "../src/verifier/groth16/verifyingKey.js";
import { verifyMany } from "../src/verifier/groth16/verifyMany.js";
import { measureStage, type StageFigures, timed } from "./benchStage.js";

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
await mkdir(join(work, "batches"), { recursive: true });

const instances: Instance[] = [...profile.accounts, profile.table];
const [, setupSeconds] = await timed(() =>
  setup({
    instances,
    keysDir,
    workers,
    progress: { stage: (name) => console.log(name), update() {}, note() {} },
  }),
);
const keys = new Map<string, InstanceKeys>();
for (const instance of instances) keys.set(instance.id, await loadKeys(keysDir, instance, profile.name));

const sample = generateSample({ accounts, seed: 1 });
await writeSample(sample, work);
const market = parseMarket(sample.market);
const table = compileTable(market);
const evaluator = new Evaluator(table);
const secrets = new EpochSecrets(new Uint8Array(32).fill(1), market.exchange, market.epoch, "bench");
const stages: StageFigures[] = [];

const [snapshot, readFigures] = await measureStage("read and check accounts", (sampleMemory) =>
  openSnapshot(join(work, "accounts.csv"), listedInstruments(market), {
    shuffleKey: secrets.bytes("shuffle", ""),
    spoolParent: work,
    onProgress: sampleMemory,
  }),
);
stages.push(readFigures);
const [plan, planFigures] = await measureStage("lay out batches", (sampleMemory) =>
  planBatches(
    snapshot.portfolios(),
    profile.accounts,
    evaluator,
    (index, text) => writeWhole(join(work, batchName(index)), text),
    (done) => {
      if (done % 1000 === 0) sampleMemory();
    },
  ),
);
snapshot.close();
stages.push(planFigures);

const names = { exchange: market.exchange, epoch: market.epoch, time: market.time };
let note = (): void => {};
const inputs: EpochInputs = {
  table,
  tableShape: profile.table,
  marketDigest: canonicalMarketDigest(market),
  names,
  batches: {
    count: plan.shapes.length,
    async read(index) {
      const batch = parseBatch(await readFile(join(work, batchName(index)), "utf8"));
      const shape = keys.get(batch.shape)!.instance as AccountShape;
      return batchRecords(index, shape, batch.accounts, evaluator, names, secrets);
    },
  },
  keyDigest: (shape) => keys.get(shape)!.digest,
  blinding: (role, index) => secrets.field(role, index),
  hasher: bestPoseidon(),
  onBatch: () => note(),
};
const [epoch, commitFigures] = await measureStage("commit and weigh", (sampleMemory) => {
  note = sampleMemory;
  return commitEpoch(inputs);
});
stages.push(commitFigures);
const first = new Map<string, Step>();
const steps = new Map<string, number>();
const [, chainFigures] = await measureStage("chain and step inputs", async (sampleMemory) => {
  for await (const step of epochSteps(inputs, epoch)) {
    const { id } = step.instance;
    steps.set(id, (steps.get(id) ?? 0) + 1);
    if (!first.has(id)) first.set(id, step);
    await writeFile(join(work, "step.json"), JSON.stringify(step.input));
    sampleMemory();
  }
});
stages.push(chainFigures);

// Of every shape, one round to warm up, then three rounds of as many proofs at a time as there are workers: the median
// round counts, since other programs on the machine disturb single ones.
const ROUNDS = 3;
const backend = createWasmBackend({ workers });
const shapes = [];
const proofs: { id: string; signals: readonly bigint[]; proof: ProofJson }[] = [];
for (const [id, step] of first) {
  const { files } = keys.get(id)!;
  const job = { wasmPath: files.wasm, zkeyPath: files.zkey, input: step.input };
  const together = () => Promise.all(Array.from({ length: workers }, () => backend.prove(job)));
  await together();
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await timed(together));
  const [results, seconds] = rounds.sort(([, one], [, other]) => one - other)[(ROUNDS - 1) / 2]!;
  const witnessSeconds = results.reduce((sum, { timings }) => sum + timings.witnessMs, 0) / workers / 1000;
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
await writeFile(join(folder, `${profile.name}.json`), `${JSON.stringify(report, null, 2)}\n`);
await rm(work, { recursive: true, force: true });
console.table(shapes);
console.table(report.stages);
console.table(verify);
console.log(
  `${accounts} accounts, ${report.steps} steps: proving ${proving.toFixed(0)} s (${report.accountsPerSecond.toFixed(1)} accounts/s), everything else ${(100 * report.everythingElseShare).toFixed(1)}% of that; ${folder}/${profile.name}.json`,
);
