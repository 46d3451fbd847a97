import { mkdir, rm } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeWhole } from "../src/files/files.js";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { loadProfile } from "../src/keys/instances.js";
import { readLock } from "../src/keys/keyFolder.js";
import { setup } from "../src/keys/setup.js";
import { hasRole } from "../src/protocol/circuits.js";
import type { Step } from "../src/prover/epochInputs.js";
import { createWasmBackend } from "../src/prover/wasm/wasmBackend.js";
import { generateSample, writeSample } from "../src/sample/index.js";
import { type ProofJson, parseProof } from "../src/verifier/groth16/proof.js";
import { parseVerifyingKey } from "../src/verifier/groth16/verifyingKey.js";
import { verifyMany } from "../src/verifier/groth16/verifyMany.js";
import { cpuSeconds } from "./bench/cpuSeconds.js";
import { copyOf, type Engine, median, openEngine } from "./bench/engines.js";
import { wholeEpoch } from "./bench/wholeEpoch.js";
import { StageMeter, timed } from "./benchStage.js";

/**
 * Measures an epoch of many accounts: time, CPU and memory of every stage. Everything but proving is done in full; of each shape one
 * step is proved, by every backend that is here, and its time multiplied by the number of steps. Then the same run goes on as after an
 * interruption. Writes build/bench/PROFILE-ACCOUNTS.json and prints tables.
 *
 *   npm run bench -- [--accounts 100000] [--profile p16] [--workers 2] [--keys build/keys] [--backends wasm,native]
 *
 * A million accounts: --accounts 1000000; 6 GB of disk, some 25 minutes on two cores.
 */
const { values } = parseArgs({
  options: {
    accounts: { type: "string", default: "100000" },
    profile: { type: "string", default: "p16" },
    workers: { type: "string", default: "2" },
    keys: { type: "string", default: join(PACKAGE_ROOT, "build", "keys") },
    backends: { type: "string", default: "wasm,native" },
  },
});
const accounts = Number(values.accounts);
const workers = Number(values.workers);
const profile = loadProfile(values.profile);
const keysDir = values.keys;
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
const engines: Engine[] = [];
for (const name of ["wasm", "native"] as const) {
  if (!values.backends.split(",").includes(name)) continue;
  const engine = await openEngine(name, workers, work);
  if (typeof engine === "string") console.log(`without ${name}: ${engine}`);
  else engines.push(engine);
}
const { market: marketPath, accounts: accountsPath } = await writeSample(
  generateSample({ accounts, seed: 1 }),
  work,
);
const witnesses = createWasmBackend({ workers });
const places = { marketPath, accountsPath, keysDir, profile };
const epoch = await wholeEpoch(places, work, witnesses, workers + 1, meter);
const { keys, first, steps } = epoch;

/** Rounds of as many proofs at a time as there are workers, the first of which only warms up. */
const ROUNDS = 3;
const proofs = new Map<string, ProofJson>();

interface Proved {
  readonly secondsPerStep: number;
  readonly cpuSecondsPerStep: number | undefined;
  readonly peakMiB: number;
}

/** Medians of a shape's step, with two at a time. Other programs on the machine disturb single rounds. */
async function proveShape({ instance, input }: Step, { prove }: Engine): Promise<Proved> {
  const witness = await witnesses.calculateWitness({ circuit: keys.get(instance.id)!.name, input });
  const [wall, cpu, memory] = [[] as number[], [] as number[], [] as number[]];
  for (let round = 0; round <= ROUNDS; round++) {
    const copies = Array.from({ length: workers }, () => copyOf(witness));
    const before = cpuSeconds();
    const [made, seconds] = await timed(() => Promise.all(copies.map(prove)));
    const after = cpuSeconds();
    const results = made as { proof: ProofJson; peakRssBytes: number }[];
    proofs.set(instance.id, results[0]!.proof);
    memory.push(...results.map(({ peakRssBytes }) => peakRssBytes));
    if (round === 0) continue;
    wall.push(seconds / workers);
    if (before !== undefined && after !== undefined) cpu.push((after - before) / workers);
  }
  return {
    secondsPerStep: median(wall),
    cpuSecondsPerStep: cpu.length === 0 ? undefined : median(cpu),
    peakMiB: Math.round(Math.max(...memory) / 2 ** 20),
  };
}

interface ShapeFigures extends Proved {
  readonly id: string;
  readonly backend: string;
  readonly constraints: number;
  readonly steps: number;
  readonly constraintsPerAccount: number | undefined;
  readonly accountsPerSecond: number | undefined;
}
const shapes: ShapeFigures[] = [];
for (const [id, step] of first) {
  const places = hasRole(step.instance, "accountStep") ? step.instance.accounts : undefined;
  const { constraints } = readLock()[id]!;
  const count = steps.filter(({ shape }) => shape === id).length;
  for (const engine of engines) {
    const proved = await proveShape(step, engine);
    shapes.push({
      ...{ id, backend: engine.name, constraints, steps: count, ...proved },
      constraintsPerAccount: places === undefined ? undefined : Math.round(constraints / places),
      accountsPerSecond: places === undefined ? undefined : places / proved.secondsPerStep,
    });
    console.log(`measured ${id} by ${engine.name}: ${proved.secondsPerStep.toFixed(2)} s a step`);
  }
}
await Promise.all([witnesses, ...engines].map((engine) => engine.close()));
await epoch.write(proofs);

const items = [...first.values()].map(({ instance: { id }, signals }) => ({
  vk: parseVerifyingKey(keys.get(id)!.verifyingKey, signals.length),
  ...{ signals, proof: parseProof(proofs.get(id)!) },
}));
const verify = [1, 10, 100].map((count) => {
  const own = Array.from({ length: count }, (_, i) => items[i % items.length]!);
  verifyMany(own);
  const started = performance.now();
  if (!verifyMany(own).ok) throw new Error("a measured proof does not verify");
  return { proofs: count, milliseconds: Math.round(performance.now() - started) };
});

const goesOn = meter.figures.at(-1)!;
const others = meter.figures.slice(0, -1);
const sum = (of: readonly (number | undefined)[]): number =>
  of.reduce<number>((all, own) => all + (own ?? 0), 0);
const totals = engines.map(({ name }) => {
  const own = shapes.filter(({ backend }) => backend === name);
  const proving = sum(own.map((shape) => shape.steps * shape.secondsPerStep));
  const cpu = sum(own.map((shape) => shape.steps * (shape.cpuSecondsPerStep ?? Number.NaN)));
  return {
    backend: name,
    provingSeconds: Math.round(proving),
    provingCpuSeconds: Number.isNaN(cpu) ? undefined : Math.round(cpu),
    accountsPerSecond: Number((accounts / proving).toFixed(1)),
    everythingElsePercent: Number(((100 * sum(others.map(({ cpuSeconds }) => cpuSeconds))) / cpu).toFixed(1)),
  };
});
const report = {
  measuredOn: {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  },
  ...{ profile: profile.name, accounts, workers, steps: steps.length, setupSeconds },
  ...{ stages: others, goesOn, shapes, totals, verify },
};
await writeWhole(join(folder, `${profile.name}-${accounts}.json`), `${JSON.stringify(report, null, 2)}\n`);
epoch.close();
await rm(work, { recursive: true, force: true });
console.table(shapes);
console.table(meter.figures);
console.table(totals);
console.table(verify);
console.log(
  `${accounts} accounts, ${steps.length} steps of ${profile.name}: wrote ${folder}/${profile.name}-${accounts}.json`,
);
