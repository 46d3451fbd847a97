import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { bundleTest, type MutatedFile, type TestBundle } from "./mutants/bundle.js";
import { type Coverage, coverAll } from "./mutants/coverage.js";
import { prepareEpochs } from "./mutants/epochs.js";
import { entryOf, judge, readHarmless } from "./mutants/harmless.js";
import { type Mutant, mutantsOf } from "./mutants/mutate.js";
import { isNear, roomOf, trialOf } from "./mutants/plan.js";
import { writeReport } from "./mutants/report.js";
import { digestOf, FOLDER, Progress, Results } from "./mutants/results.js";
import { withWorkers } from "./mutants/workers.js";

/** Operators, those that leave out a check or a part of what is hashed first. */
const RANK = "condition element statement loop boundary operand arithmetic constant method anchor".split(" ");

/**
 * Changes the programs of protocol, verifier, holder, market and prices in one place at a time, and runs the tests that
 * reach the place: every change must be noticed, or stand in test/mutants/source.json with the reason why nobody could.
 *
 *   npm run mutants -- [--changed] [--workers 2] [--tests PART OF A TEST'S NAME] [--operators "condition element"]
 *     [--report] [PART OF A MUTANT'S NAME ...]
 *
 * --report tries nothing, and writes what still holds of what is known into docs/mutation.md, as a whole run does.
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
    operators: { type: "string", default: RANK.join(" ") },
    report: { type: "boolean", default: false },
  },
});
const workers = Number(values.workers);
const operators = values.operators.split(" ");
/** Then what the list says of other mutants is left alone, and no report is written. */
const partial = positionals.length > 0 || operators.length < RANK.length;

const ROOMS = ["protocol", "verifier", "holder", "market", "prices", "signing"];
const LIST = "test/mutants/source.json";
/** Tests that start processes run no source that could be mutated here. */
const LEFT_OUT = /\/command\.test\.ts$/;

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
  ({ key, change }) =>
    operators.includes(change.operator) &&
    (positionals.length === 0 || positionals.some((part) => key.includes(part))),
);
// A run that is stopped has tried what matters most.
chosen.sort((a, b) => RANK.indexOf(a.change.operator) - RANK.indexOf(b.change.operator));
console.log(`${chosen.length} mutants in ${new Set(chosen.map(({ file }) => file)).size} files`);

const results = new Results("results");
const reasons = readHarmless(LIST);
const rooms = [...new Set(chosen.map(({ file }) => roomOf(file)))];
const env = values.report ? {} : { MARGINPROOF_TEST_EPOCHS: await prepareEpochs(workers) };
const bundles: (TestBundle & { file: string })[] = [];
for (const test of filesIn("test", ".test.ts").filter(
  (name) => !LEFT_OUT.test(name) && name.includes(values.tests) && rooms.some((room) => isNear(name, room)),
)) {
  const bundle = await bundleTest(test, files);
  if (!bundle.inputs.some((input) => sources.has(input))) continue;
  const file = join(FOLDER, "bundles", `${test.replaceAll("/", "_")}.mjs`);
  writeFileSync(file, bundle.code);
  bundles.push({ ...bundle, file });
}
const digests = new Map(bundles.map(({ test, digest }) => [test, digest]));
const texts = new Map([...sources].map(([file, source]) => [file, digestOf(source)]));
/** Of all tests that a file's mutants are tried with. */
const testsOf = new Map(
  [...sources.keys()].map((file) => [
    file,
    digestOf(
      ...bundles
        .filter(({ test, inputs }) => isNear(test, roomOf(file)) && inputs.includes(file))
        .map(({ digest }) => digest),
    ),
  ]),
);

if (values.report) {
  report();
  process.exit(0);
}
let alive = chosen.filter((mutant) => !stands(mutant));
const targets = new Set(alive.map(({ file }) => file));
const reaching = bundles.filter(({ inputs }) => inputs.some((input) => targets.has(input)));
if (alive.length > 0) alive = await tryAll(alive, await coverAll(reaching, all, "", workers, env));
if (values.tests !== "") {
  for (const { key, file, line } of alive) console.log(`alive: ${file}:${line} ${key}`);
  results.save();
  process.exit(alive.length === 0 ? 0 : 1);
}
for (const { key, file } of alive)
  results.set(key, { status: "survived", file: texts.get(file)!, tests: testsOf.get(file)! });
results.save();

const survivors = chosen.filter(({ key }) => results.get(key)!.status === "survived");
const named = new Set(chosen.map(({ key }) => entryOf(key, reasons)));
const { open, stale } = judge(
  survivors.map(({ key }) => key),
  reasons,
  (entry) => !partial || named.has(entry),
);
const lines = new Map(chosen.map(({ key, file, line }) => [key, `${file}:${line}`]));
for (const key of open) console.log(`survived: ${lines.get(key)} ${key}`);
for (const key of stale) console.log(`listed in ${LIST}, but killed or gone: ${key}`);
const seconds = Math.round((Date.now() - started) / 1000);
console.log(
  `${chosen.length} mutants, ${chosen.length - survivors.length} killed, ${survivors.length} survived, of these ${open.length} not listed; ${seconds} s`,
);
if (!partial) report();
process.exitCode = open.length + stale.length === 0 ? 0 : 1;

function report(): void {
  const tried = all.map((mutant) => {
    const { key, file } = mutant;
    return { key, file, result: stands(mutant) ? results.get(key) : undefined };
  });
  writeReport("source", "npm run mutants", tried, reasons);
}

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
async function tryAll(mutants: readonly Mutant[], covered: readonly Coverage[]): Promise<Mutant[]> {
  for (const { test, unfit } of covered)
    if (unfit.length > 0)
      console.log(`not used, as it does not pass without mutants: ${test}: ${unfit.join("; ")}`);
  const byBundle = new Map(covered.map((each) => [each.bundle, each]));
  const number = new Map(all.map((mutant, n) => [mutant, n + 1]));
  const survived: Mutant[] = [];
  const progress = new Progress("mutants", mutants.length);
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
      if (values.tests === "")
        results.set(key, { status: "survived", file: texts.get(file)!, tests: testsOf.get(file)! });
      console.log(`alive: ${file}:${mutant.line} ${key}`);
    }
    progress.show(++done, `, ${survived.length} alive, ${file}`);
  });
  return survived;
}
