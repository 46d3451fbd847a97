import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { bundleTest, type MutatedFile, type TestBundle } from "./mutants/bundle.js";
import { type Coverage, coverAll } from "./mutants/coverage.js";
import { prepareEpochs } from "./mutants/epochs.js";
import { judge, readHarmless } from "./mutants/harmless.js";
import { type Mutant, mutantsOf } from "./mutants/mutate.js";
import { trialOf } from "./mutants/plan.js";
import { writeReport } from "./mutants/report.js";
import { digestOf, FOLDER, Progress, type Result, Results } from "./mutants/results.js";
import { withWorkers } from "./mutants/workers.js";

/**
 * Changes the programs of protocol, verifier, holder, market and prices in one place at a time, and runs the tests that
 * reach the place: every change must be noticed, or stand in test/mutants.json with the reason why nobody could.
 *
 *   npm run mutants -- [--changed] [--workers 2] [PART OF A FILE NAME ...]
 *
 * --changed trusts what killed a mutant last time wherever the mutated file is as it was. Results are kept in
 * build/mutants, so a run that was stopped goes on.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { changed: { type: "boolean", default: false }, workers: { type: "string", default: "2" } },
});
const workers = Number(values.workers);

const ROOMS = ["protocol", "verifier", "holder", "market", "prices"];
const LIST = "test/mutants.json";
/** Tests of built files, processes and keys: they run no source that could be mutated here, or prove for minutes. */
const LEFT_OUT =
  /^test\/(cli|prover|keys|accounts|field|sample)\/|\/command\.test\.ts$|^test\/web\/(build|page|library)\.test\.ts$/;

const filesIn = (folder: string, end: string): string[] =>
  readdirSync(join(PACKAGE_ROOT, folder), { recursive: true })
    .map((name) => `${folder}/${String(name)}`)
    .filter((name) => name.endsWith(end))
    .sort();
const read = (file: string): string => readFileSync(join(PACKAGE_ROOT, file), "utf8");

const started = Date.now();
mkdirSync(join(FOLDER, "bundles"), { recursive: true });
const sources = new Map(
  ROOMS.flatMap((room) => filesIn(`src/${room}`, ".ts")).map((file) => [file, read(file)]),
);
const all: Mutant[] = [];
const files = new Map<string, MutatedFile>();
for (const [file, source] of sources) {
  const mutants = mutantsOf(file, source);
  files.set(file, { mutants, ids: mutants.map((_, n) => all.length + n + 1) });
  all.push(...mutants);
}
const chosen = all.filter(
  ({ file }) => positionals.length === 0 || positionals.some((part) => file.includes(part)),
);
console.log(`${chosen.length} mutants in ${new Set(chosen.map(({ file }) => file)).size} files`);

const env = { MARGINPROOF_TEST_EPOCHS: await prepareEpochs(workers) };
const bundles: (TestBundle & { file: string })[] = [];
for (const test of filesIn("test", ".test.ts").filter((name) => !LEFT_OUT.test(name))) {
  const bundle = await bundleTest(test, files);
  if (!bundle.inputs.some((input) => sources.has(input))) continue;
  const file = join(FOLDER, "bundles", `${test.replaceAll("/", "_")}.mjs`);
  writeFileSync(file, bundle.code);
  bundles.push({ ...bundle, file });
}
const coverage = await coverAll(bundles, all, "", workers, env);
for (const { test, unfit } of coverage)
  if (unfit.length > 0)
    console.log(`not used, as it does not pass without mutants: ${test}: ${unfit.join("; ")}`);

const results = new Results("results");
await tryAll(chosen, coverage, results);
results.save();

const survivors = chosen.filter(({ key }) => results.get(key)!.status === "survived");
const reasons = readHarmless(LIST);
const { open, stale } = judge(
  survivors.map(({ key }) => key),
  reasons,
  (key) => positionals.length === 0 || chosen.some(({ file }) => key.startsWith(`${file} |`)),
);
const lines = new Map(chosen.map(({ key, file, line }) => [key, `${file}:${line}`]));
for (const key of open) console.log(`survived: ${lines.get(key)} ${key}`);
for (const key of stale) console.log(`listed in ${LIST}, but killed or gone: ${key}`);
const seconds = Math.round((Date.now() - started) / 1000);
console.log(
  `${chosen.length} mutants, ${chosen.length - survivors.length} killed, ${survivors.length} survived, of these ${open.length} not listed; ${seconds} s`,
);
if (positionals.length === 0) {
  const tried = all.map(({ key, file }) => ({ key, file, result: results.get(key) }));
  writeReport("source", "npm run mutants", tried, reasons, seconds);
}
process.exitCode = open.length + stale.length === 0 ? 0 : 1;

async function tryAll(
  mutants: readonly Mutant[],
  covered: readonly Coverage[],
  kept: Results,
): Promise<void> {
  const digests = new Map(covered.map(({ test, digest }) => [test, digest]));
  const byBundle = new Map(covered.map((each) => [each.bundle, each]));
  const texts = new Map([...sources].map(([file, source]) => [file, digestOf(source)]));
  const number = new Map(all.map((mutant, n) => [mutant, n + 1]));
  const trials = mutants.flatMap((mutant) => {
    const { key, file } = mutant;
    const last = kept.get(key);
    const trial = trialOf(key, file, covered, last?.by);
    const tests = digestOf(...trial.digests);
    if (last !== undefined && stands(last, mutant, tests)) return [];
    return [{ mutant, trial, tests }];
  });
  function stands(last: Result, { file }: Mutant, tests: string): boolean {
    if (last.status === "survived") return last.tests === tests && last.file === texts.get(file);
    const digest = digests.get(last.by!);
    if (values.changed && digest !== undefined && last.file === texts.get(file)) return true;
    return digest === last.tests;
  }
  const progress = new Progress("mutants", trials.length);
  let [done, alive] = [0, 0];
  await withWorkers(workers, env, trials, async (worker, { mutant, trial, tests }) => {
    const file = texts.get(mutant.file)!;
    const limit = 60_000 + 30 * trial.milliseconds;
    const request = { kind: "try" as const, mutant: number.get(mutant)!, plans: trial.plans };
    const answer = trial.plans.length === 0 ? ({ kind: "tried" } as const) : await worker.ask(request, limit);
    if (answer.kind === "died" || (answer.kind === "tried" && answer.killed !== undefined)) {
      const killed = answer.kind === "tried" ? answer.killed : undefined;
      const by = byBundle.get(killed?.bundle ?? trial.plans[0]!.bundle)!;
      const test = killed?.test ?? `(the process ended: ${answer.kind === "died" ? answer.why : ""})`;
      kept.set(mutant.key, { status: "killed", by: by.test, test, file, tests: by.digest });
    } else {
      alive++;
      kept.set(mutant.key, { status: "survived", file, tests });
    }
    progress.show(++done, `, ${alive} survived, ${mutant.file}`);
  });
}
