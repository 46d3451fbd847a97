import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { bundleTest, type MutatedFile, type TestBundle } from "./mutants/bundle.js";
import { type Coverage, coverAll } from "./mutants/coverage.js";
import { prepareEpochs } from "./mutants/epochs.js";
import { entryOf, judge, readHarmless } from "./mutants/harmless.js";
import { type Mutant, mutantsOf } from "./mutants/mutate.js";
import { roomOf, trialOf } from "./mutants/plan.js";
import { writeReport } from "./mutants/report.js";
import { digestOf, FOLDER, Progress, Results } from "./mutants/results.js";
import { withWorkers } from "./mutants/workers.js";

/**
 * Changes the programs of protocol, verifier, holder, market and prices in one place at a time, and runs the tests that
 * reach the place: every change must be noticed, or stand in test/mutants/source.json with the reason why nobody could.
 *
 *   npm run mutants -- [--changed] [--workers 2] [--tests PART OF A TEST'S NAME] [PART OF A MUTANT'S NAME ...]
 *
 * --tests is for a quick look with some tests only, while one writes one: what they let through is shown, not kept.
 * --changed trusts what killed a mutant last time wherever the mutated file is as it was. Results are kept in
 * build/mutants, so a run that was stopped goes on.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    changed: { type: "boolean", default: false },
    workers: { type: "string", default: "2" },
    tests: { type: "string", default: "" },
  },
});
const workers = Number(values.workers);

const ROOMS = ["protocol", "verifier", "holder", "market", "prices"];
const LIST = "test/mutants/source.json";
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
  ({ key }) => positionals.length === 0 || positionals.some((part) => key.includes(part)),
);
console.log(`${chosen.length} mutants in ${new Set(chosen.map(({ file }) => file)).size} files`);

const env = { MARGINPROOF_TEST_EPOCHS: await prepareEpochs(workers) };
const bundles: (TestBundle & { file: string })[] = [];
for (const test of filesIn("test", ".test.ts").filter(
  (name) => !LEFT_OUT.test(name) && name.includes(values.tests),
)) {
  const bundle = await bundleTest(test, files);
  if (!bundle.inputs.some((input) => sources.has(input))) continue;
  const file = join(FOLDER, "bundles", `${test.replaceAll("/", "_")}.mjs`);
  writeFileSync(file, bundle.code);
  bundles.push({ ...bundle, file });
}
const digests = new Map(bundles.map(({ test, digest }) => [test, digest]));
const texts = new Map([...sources].map(([file, source]) => [file, digestOf(source)]));
/** Of all tests that could reach a file. */
const testsOf = new Map(
  [...sources.keys()].map((file) => [
    file,
    digestOf(...bundles.filter(({ inputs }) => inputs.includes(file)).map(({ digest }) => digest)),
  ]),
);

const results = new Results("results");
const reasons = readHarmless(LIST);
let alive = chosen.filter((mutant) => !stands(mutant));
const argued: Mutant[] = [];
// Most mutants die in the tests of their own room, and the attacks cost most: they see what is left.
const rooms = new Set(chosen.map(({ file }) => roomOf(file)));
const stageOf = (test: string): number => (roomOf(test) === "attacks" ? 2 : rooms.has(roomOf(test)) ? 0 : 1);
for (const [stage, name] of ["own tests", "other tests", "attacks"].entries()) {
  if (name === "attacks") {
    // What is argued to change nothing is not tried with the dearest tests again.
    argued.push(...alive.filter(({ key }) => entryOf(key, reasons) !== undefined));
    alive = alive.filter(({ key }) => entryOf(key, reasons) === undefined);
  }
  if (alive.length === 0) continue;
  const targets = new Set(alive.map(({ file }) => file));
  const reaching = bundles.filter(
    ({ test, inputs }) => stageOf(test) === stage && inputs.some((input) => targets.has(input)),
  );
  alive = await tryAll(alive, await coverAll(reaching, all, "", workers, env), name);
}
if (values.tests !== "") {
  for (const { key, file, line } of alive) console.log(`alive: ${file}:${line} ${key}`);
  results.save();
  process.exit(alive.length === 0 ? 0 : 1);
}
for (const { key, file } of [...alive, ...argued])
  results.set(key, { status: "survived", file: texts.get(file)!, tests: testsOf.get(file)! });
results.save();

const survivors = chosen.filter(({ key }) => results.get(key)!.status === "survived");
const named = new Set(chosen.map(({ key }) => entryOf(key, reasons)));
const { open, stale } = judge(
  survivors.map(({ key }) => key),
  reasons,
  (entry) => positionals.length === 0 || named.has(entry),
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

/** The result of the last run, if nothing that it rests on has changed. */
function stands({ key, file }: Mutant): boolean {
  const last = results.get(key);
  if (last === undefined) return false;
  const same = last.file === texts.get(file);
  if (last.status === "survived") return same && last.tests === testsOf.get(file);
  const digest = digests.get(last.by!);
  return digest === last.tests || (values.changed && same && digest !== undefined);
}

/** Tries mutants with the tests that reach them. @returns those that no test noticed */
async function tryAll(
  mutants: readonly Mutant[],
  covered: readonly Coverage[],
  name: string,
): Promise<Mutant[]> {
  for (const { test, unfit } of covered)
    if (unfit.length > 0)
      console.log(`not used, as it does not pass without mutants: ${test}: ${unfit.join("; ")}`);
  const byBundle = new Map(covered.map((each) => [each.bundle, each]));
  const number = new Map(all.map((mutant, n) => [mutant, n + 1]));
  const survived: Mutant[] = [];
  const progress = new Progress(`mutants, ${name}`, mutants.length);
  let done = 0;
  await withWorkers(workers, env, mutants, async (worker, mutant) => {
    const { key, file } = mutant;
    const { plans, milliseconds } = trialOf(key, file, covered, results.get(key)?.by);
    // Only what takes many times as long as it should loops for ever.
    const limit = 3000 + 5 * milliseconds;
    const request = { kind: "try" as const, mutant: number.get(mutant)!, plans, limit };
    const answer = plans.length === 0 ? ({ kind: "tried" } as const) : await worker.try(request);
    if (answer.kind === "died" || (answer.kind === "tried" && answer.killed !== undefined)) {
      const killed = answer.kind === "tried" ? answer.killed : undefined;
      const by = byBundle.get((killed ?? plans[0]!).bundle)!;
      const test = killed?.test ?? `(the process ended: ${answer.kind === "died" ? answer.why : ""})`;
      results.set(key, { status: "killed", by: by.test, test, file: texts.get(file)!, tests: by.digest });
    } else {
      survived.push(mutant);
    }
    progress.show(++done, `, ${survived.length} alive, ${file}`);
  });
  return survived;
}
