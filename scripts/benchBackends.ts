import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeWhole } from "../src/files/files.js";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { instanceFiles } from "../src/keys/instanceFiles.js";
import { loadProfile } from "../src/keys/instances.js";
import { setup } from "../src/keys/setup.js";
import type { ProofJob, Witness } from "../src/prover/backend.js";
import { chooseBackend } from "../src/prover/chooseBackend.js";
import { createWasmBackend } from "../src/prover/wasm/wasmBackend.js";
import { cpuSeconds } from "./bench/cpuSeconds.js";
import { rapidsnark } from "./bench/rapidsnark.js";
import { sampleSteps } from "./bench/sampleSteps.js";

/**
 * Compares what proves a step: every backend that is here, and rapidsnark where it is on PATH. The same witnesses under the same
 * keys, in turns, so that what else the machine does hits all alike; medians, and ratios to WebAssembly. CPU seconds are of this
 * process and its children (Linux). Writes build/bench/backends.json and prints a table.
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
const whole = loadProfile(values.profile);
const wanted = values.shapes?.split(",");
const profile = { ...whole, accounts: whole.accounts.filter(({ id }) => wanted?.includes(id) ?? true) };
const keysDir = values.keys;
const silent = { stage() {}, update() {}, note: (text: string) => console.log(text) };
await setup({ instances: [...profile.accounts, profile.table], keysDir, workers: 1, progress: silent });

/** One proof of a witness; it must be a valid one, which the backend or the caller has looked at. */
interface Engine {
  readonly name: string;
  readonly prove: (witness: Witness) => Promise<unknown>;
  readonly close: () => Promise<unknown>;
}

const folder = await mkdtemp(join(tmpdir(), "marginproof-bench-"));
const left = values.without.split(",");
const engines: Engine[] = [];
for (const name of ["wasm", "native", "snarkjs"] as const) {
  if (left.includes(name)) continue;
  try {
    const { backend } = await chooseBackend(name, { workers: 1 });
    engines.push({ name, prove: (witness) => backend.prove(witness), close: () => backend.close() });
  } catch (error) {
    console.log(`without ${name}: ${(error as Error).message}`);
  }
}
const rapid = rapidsnark(folder);
if (rapid === undefined) console.log("without rapidsnark: it is not on PATH");
else engines.push({ name: "rapidsnark", prove: rapid, close: async () => {} });

interface Figures {
  readonly shape: string;
  readonly backend: string;
  readonly cpuSeconds: number | undefined;
  readonly seconds: number;
  /** Of the first proof, which loads the key. */
  readonly firstCpuSeconds: number | undefined;
  /** How many times faster than WebAssembly, by CPU seconds where they are known. */
  readonly timesWasm: number | undefined;
}

const median = (all: readonly number[]): number =>
  [...all].sort((one, other) => one - other)[Math.floor(all.length / 2)]!;

async function measure(shape: string, witness: Witness): Promise<Figures[]> {
  const seen = engines.map(({ name }) => ({ name, cpu: [] as number[], wall: [] as number[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { prove }] of engines.entries()) {
      const copy = { ...witness, wires: witness.wires.slice() };
      const [cpu, start] = [cpuSeconds(), performance.now()];
      await prove(copy);
      seen[i]!.wall.push((performance.now() - start) / 1000);
      const after = cpuSeconds();
      if (cpu !== undefined && after !== undefined) seen[i]!.cpu.push(after - cpu);
    }
  }
  const costOf = ({ cpu, wall }: (typeof seen)[number]): number =>
    median((cpu.length > 0 ? cpu : wall).slice(1));
  const wasm = seen.find(({ name }) => name === "wasm");
  return seen.map((one) => ({
    ...{ shape, backend: one.name, seconds: median(one.wall.slice(1)), firstCpuSeconds: one.cpu[0] },
    cpuSeconds: one.cpu.length > 0 ? costOf(one) : undefined,
    timesWasm: wasm === undefined ? undefined : Number((costOf(wasm) / costOf(one)).toFixed(2)),
  }));
}

const witnesses = createWasmBackend({ workers: 1 });
const figures: Figures[] = [];
for (const [instance, input] of await sampleSteps(profile, keysDir, folder)) {
  if (wanted !== undefined && !wanted.includes(instance)) continue;
  const job: ProofJob = { circuit: { keySet: keysDir, instance }, input };
  const measured = await measure(instance, await witnesses.calculateWitness(job));
  console.table(measured);
  figures.push(...measured);
  console.log(instanceFiles(keysDir, instance).zkey);
}
await Promise.all([witnesses, ...engines].map((engine) => engine.close()));
await rm(folder, { recursive: true, force: true });
const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
const out = join(PACKAGE_ROOT, "build", "bench");
await mkdir(out, { recursive: true });
await writeWhole(
  join(out, "backends.json"),
  `${JSON.stringify({ machine, profile: profile.name, rounds, figures }, null, 2)}\n`,
);
