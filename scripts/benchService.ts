import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { loadProfile, profileInstances } from "../src/keys/instances.js";
import { setup } from "../src/keys/setup.js";
import { Postgres } from "../test/support/postgres.js";
import { arrivals, type Waits } from "./bench/arrivals.js";
import { cpuSecondsOf } from "./bench/cpuSeconds.js";
import { type BenchEpoch, ServiceWorld } from "./bench/serviceWorld.js";

/**
 * Holders fetch their files, at a steady rate, while an epoch is proved by two worker processes: how long they wait, and the server's memory.
 * On a Postgres that it starts for itself (Debian's package), or the empty database whose URL is in MARGINPROOF_DATABASE_URL.
 *
 *   npm run bench:service -- [--accounts 1000] [--holders 1000] [--rate 200] [--nice 10] [--profile demo] [--keys build/keys]
 *
 * The full one: --accounts 20000 --holders 2000 --profile p16.
 */
const { values } = parseArgs({
  options: {
    accounts: { type: "string", default: "1000" },
    holders: { type: "string", default: "1000" },
    rate: { type: "string", default: "200" },
    nice: { type: "string", default: "10" },
    profile: { type: "string", default: "demo" },
    keys: { type: "string", default: join(PACKAGE_ROOT, "build", "keys") },
  },
});

/** Of the server, in MiB. */
const memoryOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;

/** Begins to fetch holders' files, each time another's. @returns what ends it */
function fetchFiles(world: ServiceWorld, epoch: BenchEpoch): () => Promise<Waits> {
  let next = 0;
  return arrivals(`${world.url}/v1/epochs/${epoch.id}/holder`, Number(values.rate), () => {
    const name = epoch.names[next++ % epoch.names.length]!;
    return { authorization: `Bearer ${world.tokenOf(name, epoch)}` };
  });
}

async function measure(world: ServiceWorld): Promise<void> {
  const first = await world.bringIn(Number(values.holders), `first-${Date.now()}`);
  await world.proved(first);
  await world.publish(first);
  const second = await world.bringIn(Number(values.accounts), `second-${Date.now()}`);
  const [begun, busy] = [performance.now(), cpuSecondsOf(world.server)];
  const memory: number[] = [];
  const watch = setInterval(() => memory.push(memoryOf(world.server)), 250);
  const end = fetchFiles(world, first);
  const proofs = await world.proved(second).finally(() => clearInterval(watch));
  const seconds = (performance.now() - begun) / 1000;
  const { waited, failed } = await end();
  const at = (share: number): number => Math.round(waited[Math.ceil(waited.length * share) - 1]!);
  const quarter = Math.ceil(memory.length / 4);
  const most = [0, 1, 2, 3].map((k) => Math.round(Math.max(...memory.slice(k * quarter, (k + 1) * quarter))));
  const own = (cpuSecondsOf(world.server) - busy) * 1000;
  console.log(
    `${cpus()[0]?.model}, ${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(1)}
${values.accounts} accounts of profile ${values.profile}: ${proofs} proofs by two workers (nice ${values.nice}) in ${Math.round(seconds)} s
${waited.length} files of ${first.names.length} holders, ${(waited.length / seconds).toFixed(1)} a second
p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 ${at(0.99)} ms, p99.9 ${at(0.999)} ms, longest ${at(1)} ms; refused or failed ${failed}
server: ${(own / waited.length).toFixed(2)} ms of CPU a file; memory at most, by quarter of the run: ${most.join(", ")} MiB`,
  );
  if (failed > 0) process.exitCode = 1;
}

const { MARGINPROOF_DATABASE_URL: given } = process.env;
await setup({
  instances: profileInstances(loadProfile(values.profile)),
  keysDir: values.keys,
  workers: 2,
  progress: { stage: (_id, title) => console.log(title), update() {}, note() {} },
});
const postgres = given === undefined ? await Postgres.start({}, undefined, ["fsync=on"]) : undefined;
try {
  const databaseUrl = given ?? postgres!.url;
  const { keys: keysDir, profile, nice: niceness } = values;
  const world = await ServiceWorld.start({ databaseUrl, keysDir, profile, niceness }, 2);
  await measure(world).finally(() => world.end());
} finally {
  await postgres?.stop();
}
