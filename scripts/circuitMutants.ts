import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { bundleTest } from "./mutants/bundle.js";
import { type CircuitMutant, circuitMutantsOf, templateParameters } from "./mutants/circuits/parse.js";
import { type Coverage, coverAll } from "./mutants/coverage.js";
import { judge, readHarmless } from "./mutants/harmless.js";
import { writeReport } from "./mutants/report.js";
import { digestOf, FOLDER, Progress, type Result, Results } from "./mutants/results.js";
import type { TestPlan } from "./mutants/worker.js";
import { type TestWorker, withWorkers } from "./mutants/workers.js";

/**
 * Changes the circuits in one place at a time, compiles the small shapes anew and runs the attacks against them: a
 * constraint taken away, an assignment without its constraint, a width or size off by one. Every change must be noticed, or
 * stand in test/circuitMutants.json with the reason why nobody could.
 *
 *   npm run mutants:circuits -- [--changed] [--workers 2] [PART OF A FILE NAME OR KEY ...]
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { changed: { type: "boolean", default: false }, workers: { type: "string", default: "2" } },
});
const workers = Number(values.workers);
/** Milliseconds without an answer that mean an endless loop. */
const LIMIT = 1_800_000;
const LIST = "test/circuitMutants.json";
const SUITES = ["bands", "pockets", "privateTable", "statement", "wires", "witness", "works"].map(
  (name) => `test/attacks/${name}.test.ts`,
);
const CIRCUITS = join(PACKAGE_ROOT, "circuits");
const COMPILED = join(PACKAGE_ROOT, "build", "attacks");
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

const prepared = async (test: string) => {
  const bundle = await bundleTest(test, new Map());
  const file = join(FOLDER, "bundles", `circuits_${test.replaceAll("/", "_")}.mjs`);
  writeFileSync(file, bundle.code);
  return { ...bundle, file };
};
const alone = await prepared("scripts/mutants/circuits/freeWires.ts");
const unchanged = copyOf("unchanged");
const circuitDigest = digestOf(...sources.values());
const suites = await coverAll(
  await Promise.all(SUITES.filter((test) => existsSync(join(PACKAGE_ROOT, test))).map(prepared)),
  [],
  circuitDigest,
  workers,
  { MARGINPROOF_CHANGED_CIRCUITS: unchanged },
);
for (const { test, unfit } of suites)
  if (unfit.length > 0)
    console.log(`not used, as it does not pass without mutants: ${test}: ${unfit.join("; ")}`);
const ordered = [...suites].sort((a, b) => costOf(a) - costOf(b));
const testsDigest = digestOf(alone.digest, ...ordered.map(({ digest }) => digest));

const byItself = await templatesByThemselves();
const results = new Results("circuits");
await tryAll();
results.save();

const survivors = chosen.filter(({ key }) => results.get(key)!.status === "survived").map(({ key }) => key);
const keys = new Set(chosen.map(({ key }) => key));
const reasons = readHarmless(LIST);
const { open, stale } = judge(survivors, reasons, (key) => positionals.length === 0 || keys.has(key));
for (const key of open) console.log(`survived: ${key}`);
for (const key of stale) console.log(`listed in ${LIST}, but killed or gone: ${key}`);
const seconds = Math.round((Date.now() - started) / 1000);
console.log(
  `${chosen.length} mutants, ${chosen.length - survivors.length} killed, ${survivors.length} survived, of these ${open.length} not listed; ${seconds} s`,
);
if (positionals.length === 0) {
  const tried = all.map(({ key, file }) => ({ key, file: `circuits/${file}`, result: results.get(key) }));
  writeReport("circuits", "npm run mutants:circuits", tried, reasons, seconds);
}
process.exitCode = open.length + stale.length === 0 ? 0 : 1;

function costOf({ start, tests }: Coverage): number {
  return tests.reduce((sum, { milliseconds }) => sum + milliseconds, start);
}

/** A copy of all circuits, for changes. */
function copyOf(name: string): string {
  const folder = join(FOLDER, "circuits", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "lib"), { recursive: true });
  for (const file of sources.keys()) cpSync(join(CIRCUITS, file), join(folder, file));
  return folder;
}

/** The main file of a template by itself, with small parameters. */
function mainOf(file: string, template: string): string {
  const given = (templateParameters(sources.get(file)!).get(template) ?? []).map(SMALL).join(", ");
  return `pragma circom 2.1.9;\n\ninclude "${file}";\n\ncomponent main = ${template}(${given});\n`;
}

function envOf(folder: string, main: string): Record<string, string> {
  return { MARGINPROOF_CHANGED_CIRCUITS: folder, MARGINPROOF_CHANGED_TEMPLATE: main };
}

/** Templates in which every wire follows from the inputs when nothing is changed. */
async function templatesByThemselves(): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const templates = new Map(chosen.map(({ file, template }) => [template, file]));
  await withWorkers(workers, {}, [...templates], async (worker, [template, file]) => {
    const env = envOf(unchanged, mainOf(file, template));
    const answer = await worker.ask({ kind: "try", mutant: 0, plans: [{ bundle: alone.file }], env }, LIMIT);
    if (answer.kind === "tried" && answer.killed === undefined) found.add(template);
  });
  return found;
}

async function tryAll(): Promise<void> {
  const digests = new Map([alone, ...ordered].map(({ test, digest }) => [test, digest]));
  const stands = ({ key, file }: CircuitMutant): boolean => {
    const last = results.get(key);
    if (last === undefined) return false;
    const text = values.changed ? digestOf(sources.get(file)!) : circuitDigest;
    if (last.status === "survived") return last.tests === testsDigest && last.file.includes(text);
    return last.file.includes(text) && (values.changed || last.tests === digests.get(last.by!));
  };
  const todo = chosen.filter((mutant) => !stands(mutant));
  const progress = new Progress("circuit mutants", todo.length);
  const kept = new Set(existsSync(COMPILED) ? readdirSync(COMPILED) : []);
  const folders = new Map<TestWorker, string>();
  let [done, alive] = [0, 0];
  await withWorkers(workers, {}, todo, async (worker, mutant) => {
    let folder = folders.get(worker);
    if (folder === undefined) folders.set(worker, (folder = copyOf(`worker-${folders.size}`)));
    writeFileSync(join(folder, mutant.file), mutant.text);
    const result = await tryOne(worker, mutant, folder);
    results.set(mutant.key, result);
    writeFileSync(join(folder, mutant.file), sources.get(mutant.file)!);
    if (result.status === "survived") alive++;
    progress.show(++done, `, ${alive} survived, ${mutant.file}`);
    if (done % 10 === 0 && folders.size === 1) removeCompiled(kept);
  });
  removeCompiled(kept);
}

/** Compiled mutants are of no further use. */
function removeCompiled(kept: ReadonlySet<string>): void {
  for (const name of existsSync(COMPILED) ? readdirSync(COMPILED) : [])
    if (!kept.has(name)) rmSync(join(COMPILED, name), { recursive: true, force: true });
}

async function tryOne(worker: TestWorker, mutant: CircuitMutant, folder: string): Promise<Result> {
  const file = `${digestOf(sources.get(mutant.file)!)} ${circuitDigest}`;
  const attacks: TestPlan[] = ordered.map(({ bundle, tests }) => ({
    bundle,
    only: tests.map(({ id }) => id),
  }));
  const plans = byItself.has(mutant.template) ? [{ bundle: alone.file }, ...attacks] : attacks;
  const env = envOf(folder, mainOf(mutant.file, mutant.template));
  const answer = await worker.ask({ kind: "try", mutant: 0, plans, env }, LIMIT);
  if (answer.kind === "died")
    return {
      status: "killed",
      by: ordered[0]!.test,
      test: `(the process ended: ${answer.why})`,
      file,
      tests: ordered[0]!.digest,
    };
  if (answer.kind === "tried" && answer.killed !== undefined) {
    const { bundle, test, error } = answer.killed;
    const by = [{ bundle: alone.file, test: alone.test, digest: alone.digest }, ...ordered].find(
      (each) => each.bundle === bundle,
    )!;
    const refused = /^circom ended with/.test(error);
    return {
      status: "killed",
      by: by.test,
      test: refused ? "(the compiler refuses it)" : test,
      file,
      tests: by.digest,
    };
  }
  return { status: "survived", file, tests: testsDigest };
}
