import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeWhole } from "../src/files/files.js";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { loadProfile } from "../src/keys/instances.js";
import { setup } from "../src/keys/setup.js";
import { hasRole } from "../src/protocol/circuits.js";
import type { ProofJob, Witness } from "../src/prover/backend.js";
import { createWasmBackend } from "../src/prover/wasm/wasmBackend.js";
import type { BackendFigures, BackendReport } from "./bench/backendReport.js";
import { cpuSeconds } from "./bench/cpuSeconds.js";
import { copyOf, ENGINES, type Engine, median, openEngine } from "./bench/engines.js";
import { ownMemory } from "./bench/ownMemory.js";
import { sampleSteps } from "./bench/sampleSteps.js";

/**
 * Compares what proves a step: every backend that is here, and rapidsnark where it is on PATH. The same witnesses under the same
 * keys, in turns, so that what else the machine does hits all alike; medians, and ratios to WebAssembly. CPU seconds are of this
 * process and its children (Linux). Then several proofs at a time, by 1 core, 2 and so on; and each engine's memory, by itself.
 * Writes build/bench/backends-PROFILE.json and prints a table; `npm run bench:picture` draws it.
 *
 *   npm run bench:backends -- [--profile p16] [--shapes ID,...] [--rounds 5] [--keys build/keys] [--without snarkjs,...]
 */
const { values } = parseArgs({
  options: {
    profile: { type: "string", default: "p16" },
    shapes: { type: "string" },
    rounds: { type: "string", default: "5" },
    keys: { type: "string", default: join(PACKAGE_ROOT, "build", "keys") },
    without: { type: "string", default: "" },
  },
});
const rounds = Number(values.rounds);
const profile = loadProfile(values.profile);
const wanted = values.shapes?.split(",");
const keysDir = values.keys;
const silent = { stage() {}, update() {}, note: (text: string) => console.log(text) };
await setup({ instances: [...profile.accounts, profile.table], keysDir, workers: 1, progress: silent });

const folder = await mkdtemp(join(tmpdir(), "marginproof-bench-"));
const left = values.without.split(",");
const names = ENGINES.filter((name) => !left.includes(name));
const cores = Array.from({ length: availableParallelism() }, (_, k) => k + 1);

/** Engines that are here. */
async function engines(workers: number, of: typeof names): Promise<Engine[]> {
  const found: Engine[] = [];
  for (const name of of) {
    const engine = await openEngine(name, workers, folder);
    if (typeof engine === "string") console.log(`without ${name}: ${engine}`);
    else found.push(engine);
  }
  return found;
}

const single = await engines(1, names);
const here = names.filter((name) => single.some((engine) => engine.name === name));
// snarkjs and rapidsnark take all cores for one proof.
const several = here.filter((name) => name === "wasm" || name === "native");
const together = new Map<number, Engine[]>();
for (const count of cores) together.set(count, await engines(count, several));

/** Of each engine, seconds and CPU seconds of a proof, by turns. The first proof, which loads the key, is apart. */
async function inTurns(witness: Witness) {
  const seen = single.map(({ name }) => ({ name, cpu: [] as number[], wall: [] as number[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { prove }] of single.entries()) {
      const copy = copyOf(witness);
      const [cpu, start] = [cpuSeconds(), performance.now()];
      await prove(copy);
      seen[i]!.wall.push((performance.now() - start) / 1000);
      const after = cpuSeconds();
      if (cpu !== undefined && after !== undefined) seen[i]!.cpu.push(after - cpu);
    }
  }
  return seen;
}

/** Of each engine, how many proofs a second so many cores make, by turns. */
async function atOnce(witness: Witness, count: number): Promise<Map<string, number>> {
  const seen = new Map(together.get(count)!.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, prove } of together.get(count)!) {
      const copies = Array.from({ length: 2 * count }, () => copyOf(witness));
      const start = performance.now();
      await Promise.all(copies.map(prove));
      if (round > 0) seen.get(name)!.push((1000 * copies.length) / (performance.now() - start));
    }
  }
  return new Map([...seen].map(([name, all]) => [name, median(all)]));
}

async function measure(
  shape: string,
  places: number | undefined,
  witness: Witness,
): Promise<BackendFigures[]> {
  const seen = await inTurns(witness);
  const proofsPerSecond = new Map<number, Map<string, number>>();
  for (const count of cores) proofsPerSecond.set(count, await atOnce(witness, count));
  const costOf = ({ cpu, wall }: (typeof seen)[number]): number =>
    median((cpu.length > 0 ? cpu : wall).slice(1));
  const wasm = seen.find(({ name }) => name === "wasm");
  const figures: BackendFigures[] = [];
  for (const [at, one] of seen.entries()) {
    figures.push({
      ...{ shape, accounts: places, backend: one.name, seconds: median(one.wall.slice(1)) },
      cpuSeconds: one.cpu.length > 0 ? costOf(one) : undefined,
      firstCpuSeconds: one.cpu[0],
      timesWasm: wasm === undefined ? undefined : Number((costOf(wasm) / costOf(one)).toFixed(2)),
      peakMiB: await ownMemory(here[at]!, witness, folder),
      proofsPerSecond: cores.flatMap((count) => {
        const found = proofsPerSecond.get(count)!.get(one.name);
        return found === undefined ? [] : [Number(found.toFixed(3))];
      }),
    });
  }
  return figures;
}

const witnesses = createWasmBackend({ workers: 1 });
const figures: BackendFigures[] = [];
const steps = await sampleSteps(profile, keysDir, folder);
for (const instance of [...profile.accounts, profile.table]) {
  const input = steps.get(instance.id);
  if (input === undefined) console.log(`no step of ${instance.id} in the sample`);
  if (input === undefined || wanted?.includes(instance.id) === false) continue;
  const job: ProofJob = { circuit: { keySet: keysDir, instance: instance.id }, input };
  const places = hasRole(instance, "accountStep") ? instance.accounts : undefined;
  const measured = await measure(instance.id, places, await witnesses.calculateWitness(job));
  console.table(measured.map(({ shape: _, ...one }) => one));
  figures.push(...measured);
}
await Promise.all([witnesses, ...single, ...[...together.values()].flat()].map((engine) => engine.close()));
await rm(folder, { recursive: true, force: true });
const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
const out = join(PACKAGE_ROOT, "build", "bench");
await mkdir(out, { recursive: true });
const report: BackendReport = { machine, profile: profile.name, rounds, figures };
const path = join(out, `backends-${profile.name}.json`);
await writeWhole(path, `${JSON.stringify(report, null, 2)}\n`);
console.log(`wrote ${path}`);
