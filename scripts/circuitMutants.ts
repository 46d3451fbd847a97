import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { bundleTest } from "./mutants/bundle.js";
import { CircuitCopy } from "./mutants/circuits/copies.js";
import { type CircuitMutant, circuitMutantsOf, templateParameters } from "./mutants/circuits/parse.js";
import { coverAll } from "./mutants/coverage.js";
import { judge, readHarmless } from "./mutants/harmless.js";
import { writeReport } from "./mutants/report.js";
import { digestOf, FOLDER, Progress, type Result, Results } from "./mutants/results.js";
import type { TestPlan } from "./mutants/worker.js";
import { type TestWorker, withWorkers } from "./mutants/workers.js";

/**
 * Changes the circuits in one place at a time, compiles the small shapes anew and runs the attacks against them: a
 * constraint taken away, an assignment without its constraint, a width or size off by one. Every change must be noticed, or
 * stand in test/mutants/circuits.json with the reason why nobody could.
 *
 *   npm run mutants:circuits -- [--changed] [--workers 2] [--tests PART OF A TEST'S NAME] [--report]
 *     [PART OF A MUTANT'S NAME ...]
 *
 * --tests is for a quick look with some tests only ("none": free wires, template by template): what they let through is
 * shown, not kept. --report, --changed and build/mutants serve as for `npm run mutants`.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    changed: { type: "boolean", default: false },
    workers: { type: "string", default: "2" },
    tests: { type: "string", default: "" },
    report: { type: "boolean", default: false },
  },
});
const workers = Number(values.workers);
const LIST = "test/mutants/circuits.json";
const SUITES = [
  "circuits/sameNumbers",
  "attacks/bands",
  "attacks/leaf",
  "attacks/manySlots",
  "attacks/parts",
  "attacks/path16",
  "attacks/pockets",
  "attacks/privateTable",
  "attacks/sides",
  "attacks/statement",
  "attacks/templates",
  "attacks/wires",
  "attacks/witness",
  "attacks/works",
]
  .map((name) => `test/${name}.test.ts`)
  .filter((test) => test.includes(values.tests));
const CIRCUITS = join(PACKAGE_ROOT, "circuits");
/** Small enough to compile at once, and large enough for loops to have a first, a middle and a last turn. */
const SMALL = (parameter: string): string => (parameter.startsWith("ROLE") ? "1" : "3");

const started = Date.now();
mkdirSync(join(FOLDER, "bundles"), { recursive: true });
const files = ["", "lib/"].flatMap((folder) =>
  readdirSync(join(CIRCUITS, folder))
    .filter((name) => name.endsWith(".circom"))
    .map((name) => `${folder}${name}`),
);
const sources = new Map(files.sort().map((file) => [file, readFileSync(join(CIRCUITS, file), "utf8")]));
const all = [...sources].flatMap(([file, source]) => circuitMutantsOf(file, source));
const chosen = all.filter(
  ({ key }) => positionals.length === 0 || positionals.some((part) => key.includes(part)),
);
console.log(`${chosen.length} mutants of ${new Set(chosen.map(({ file }) => file)).size} circuit files`);

const results = new Results("circuits");
const reasons = readHarmless(LIST);
const prepared = async (test: string) => {
  const bundle = await bundleTest(test, new Map());
  const file = join(FOLDER, "bundles", `circuits_${test.replaceAll("/", "_")}.mjs`);
  writeFileSync(file, bundle.code);
  return { ...bundle, file };
};
const alone = await prepared("scripts/mutants/circuits/freeWires.ts");
const suites = await Promise.all(SUITES.map(prepared));
const bundles = [alone, ...suites];
const digests = new Map(bundles.map(({ test, digest }) => [test, digest]));
const circuitDigest = digestOf(...sources.values());
const testsDigest = digestOf(...digests.values());
if (values.report) {
  report();
  process.exit(0);
}
const unchanged = new CircuitCopy("unchanged", sources);

const todo = chosen.filter((mutant) => !stands(mutant));
const whole = await templatesByThemselves();
const rest = await tryEach("by themselves", todo, ({ template }) =>
  whole.has(template) ? [{ bundle: alone.file }] : [],
);
let alive = rest;
if (rest.length > 0 && suites.length > 0) {
  const attacks = await plannedAttacks();
  alive = await tryEach("under attack", rest, () => attacks);
}
if (values.tests !== "") {
  for (const { key } of alive) console.log(`alive: ${key}`);
  results.save();
  process.exit(alive.length === 0 ? 0 : 1);
}
for (const mutant of alive)
  results.set(mutant.key, {
    status: "survived",
    file: `${fileDigest(mutant)} ${circuitDigest}`,
    tests: testsDigest,
  });
results.save();

const survivors = chosen.filter(({ key }) => results.get(key)!.status === "survived").map(({ key }) => key);
const keys = new Set(chosen.map(({ key }) => key));
const { open, stale } = judge(survivors, reasons, (key) => positionals.length === 0 || keys.has(key));
for (const key of open) console.log(`survived: ${key}`);
for (const key of stale) console.log(`listed in ${LIST}, but killed or gone: ${key}`);
const seconds = Math.round((Date.now() - started) / 1000);
console.log(
  `${chosen.length} mutants, ${chosen.length - survivors.length} killed, ${survivors.length} survived, of these ${open.length} not listed; ${seconds} s`,
);
if (positionals.length === 0) report();
process.exitCode = open.length + stale.length === 0 ? 0 : 1;

function report(): void {
  const tried = all.map((mutant) => {
    const { key, file } = mutant;
    return { key, file: `circuits/${file}`, result: stands(mutant) ? results.get(key) : undefined };
  });
  writeReport("circuits", "npm run mutants:circuits", tried, reasons);
}

/** The result of the last run, if nothing that it rests on has changed. */
function stands(mutant: CircuitMutant): boolean {
  const last = results.get(mutant.key);
  if (last === undefined || !last.file.includes(values.changed ? fileDigest(mutant) : circuitDigest))
    return false;
  if (last.status === "survived") return last.tests === testsDigest;
  return values.changed || last.tests === digests.get(last.by!);
}

function fileDigest({ file }: CircuitMutant): string {
  return digestOf(sources.get(file)!);
}

/** The attacks that pass on the circuits as they are, judged as written; cheap ones first. */
async function plannedAttacks(): Promise<TestPlan[]> {
  const env = { MARGINPROOF_CHANGED_CIRCUITS: unchanged.folder };
  const covered = await coverAll(suites, [], circuitDigest, workers, env);
  for (const { test, unfit } of covered)
    if (unfit.length > 0)
      console.log(`not used, as it does not pass without mutants: ${test}: ${unfit.join("; ")}`);
  const cost = ({ start, tests }: (typeof covered)[number]): number =>
    tests.reduce((sum, { milliseconds }) => sum + milliseconds, start);
  return covered
    .filter(({ tests }) => tests.length > 0)
    .sort((a, b) => cost(a) - cost(b))
    .map(({ bundle, tests }) => ({ bundle, only: tests.map(({ id }) => id) }));
}

/** What the tests read: the changed circuits, and the main file of one template by itself, with small parameters. */
function envOf(
  { folder }: CircuitCopy,
  { file, template }: Pick<CircuitMutant, "file" | "template">,
): Record<string, string> {
  const given = (templateParameters(sources.get(file)!).get(template) ?? []).map(SMALL).join(", ");
  return {
    MARGINPROOF_CHANGED_CIRCUITS: folder,
    MARGINPROOF_CHANGED_TEMPLATE: `pragma circom 2.1.9;\n\ninclude "${file}";\n\ncomponent main = ${template}(${given});\n`,
  };
}

/** Templates in which every wire follows from the inputs when nothing is changed. */
async function templatesByThemselves(): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const templates = new Map(todo.map(({ file, template }) => [template, { file, template }]));
  await withWorkers(workers, {}, [...templates.values()], async (worker, each) => {
    const plans = [{ bundle: alone.file }];
    const answer = await worker.try({ kind: "try", mutant: 0, plans, env: envOf(unchanged, each) });
    if (answer.kind === "tried" && answer.killed === undefined) found.add(each.template);
  });
  return found;
}

/** Tries mutants with some tests each. @returns those that nothing noticed */
async function tryEach(
  how: string,
  mutants: readonly CircuitMutant[],
  plansOf: (mutant: CircuitMutant) => readonly TestPlan[],
): Promise<CircuitMutant[]> {
  const alive: CircuitMutant[] = [];
  const copies = new Map<TestWorker, CircuitCopy>();
  const progress = new Progress(`circuit mutants ${how}`, mutants.length);
  let done = 0;
  await withWorkers(workers, {}, mutants, async (worker, mutant) => {
    const plans = plansOf(mutant);
    let copy = copies.get(worker);
    if (copy === undefined)
      copies.set(worker, (copy = new CircuitCopy(`worker-${copies.size}`, sources, unchanged)));
    copy.apply(mutant);
    const killed = plans.length === 0 ? undefined : await killer(worker, mutant, plans, copy);
    copy.restore(mutant);
    if (killed === undefined) alive.push(mutant);
    else results.set(mutant.key, killed);
    progress.show(++done, `, ${alive.length} alive, ${mutant.file}`);
  });
  return alive;
}

async function killer(
  worker: TestWorker,
  mutant: CircuitMutant,
  plans: readonly TestPlan[],
  copy: CircuitCopy,
): Promise<Result | undefined> {
  const answer = await worker.try({ kind: "try", mutant: 0, plans, env: envOf(copy, mutant) });
  const killed = answer.kind === "tried" ? answer.killed : undefined;
  if (answer.kind === "tried" && killed === undefined) return undefined;
  const { test: by, digest: tests } = bundles.find(({ file }) => file === (killed ?? plans[0]!).bundle)!;
  const test =
    answer.kind === "died"
      ? `(the process ended: ${answer.why})`
      : killed!.error.startsWith("circom ended with")
        ? "(the compiler refuses it)"
        : killed!.test;
  return { status: "killed", by, test, file: `${fileDigest(mutant)} ${circuitDigest}`, tests };
}
