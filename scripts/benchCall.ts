import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { loadProfile, profileInstances } from "../src/keys/instances.js";
import { setup } from "../src/keys/setup.js";
import { generateSample, writeSample } from "../src/sample/index.js";
import { beginCall, callFiles, readCall } from "../src/service/live/calls.js";
import { LiveDesk } from "../src/service/live/desk.js";
import { readBook } from "../src/service/live/readBook.js";
import { openService } from "../src/service/open.js";

/**
 * How long it takes to prove one account of the live book: from the request until its files are there to be handed out. The first call has
 * everything to load. Wall time and CPU of this process, and the prompt lane's own stages.
 *
 *   npm run bench:call -- [--accounts 1000] [--rounds 9]
 */
const { values } = parseArgs({
  options: { accounts: { type: "string", default: "1000" }, rounds: { type: "string", default: "9" } },
});
const keysDir = join(PACKAGE_ROOT, "build", "keys");
const profile = loadProfile("one");
const progress = { stage: (_id: string, title: string) => console.error(title), update() {}, note() {} };
await setup({ instances: profileInstances(profile), keysDir, workers: 2, progress });

const folder = await mkdtemp(join(tmpdir(), "marginproof-bench-"));
let stages: Readonly<Record<string, unknown>> = {};
const log = {
  info(event: string, fields: Readonly<Record<string, unknown>> = {}) {
    if (event === "proved at once") stages = fields;
  },
  warn: (event: string, fields: object = {}) => console.error(event, fields),
};
const service = await openService({ data: join(folder, "data"), keysDir }, 1, log);
const desk = new LiveDesk();
try {
  const sample = await writeSample(
    generateSample({ accounts: Number(values.accounts), seed: "live" }),
    folder,
  );
  const market: unknown = JSON.parse(await readFile(sample.market, "utf8"));
  await desk.begin({ market, model: undefined, clearBp: 100 });
  await desk.load((live) => readBook(sample.accounts, live, folder));
  const { accounts } = await desk.book.engine.page("", 1000, ["marginCall", "reduceOnly", "liquidation"]);
  const names = [...new Set(accounts.map(({ account }) => account))].slice(0, Number(values.rounds));
  for (const account of names) console.log(await timed(account));
} finally {
  await desk.close();
  await service.close();
  await rm(folder, { recursive: true });
}

async function timed(account: string): Promise<string> {
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  const { id } = await beginCall(service, await desk.moment(account), "one");
  for (;;) {
    const row = await readCall(service.database, id);
    if (["failed", "held"].includes(row.state)) throw new Error(`${row.state}: ${row.problem_code}`);
    if (row.state === "proved" && stages.epoch === id) {
      await callFiles(service, row);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const wall = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  const told = (["commit", "prove", "finish"] as const).map(
    (own) => `${own} ${Number(stages[own]).toFixed(2)}`,
  );
  return `${(wall / 1000).toFixed(2)} s, CPU ${((user + system) / 1e6).toFixed(2)} s; ${stages.steps} steps: ${told.join(", ")}`;
}
