import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestBundle } from "./bundle.js";
import { digestOf, FOLDER, Progress } from "./results.js";
import { withWorkers } from "./workers.js";

/** A test of a bundle that passes without a mutant. */
export interface CoveringTest {
  readonly id: string;
  readonly milliseconds: number;
}

/** Which tests of a bundle reach which mutants. */
export interface Coverage {
  readonly bundle: string;
  readonly test: string;
  readonly digest: string;
  /** What it costs to begin the file at all, in milliseconds. */
  readonly start: number;
  readonly tests: readonly CoveringTest[];
  /** Keys of mutants reached outside of tests. */
  readonly always: ReadonlySet<string>;
  /** Keys of mutants by test, in the order of `tests`. */
  readonly byTest: readonly ReadonlySet<string>[];
  /** Tests that don't pass here even without a mutant: nothing is learnt from them. */
  readonly unfit: readonly string[];
}

interface Stored {
  readonly start: number;
  readonly tests: readonly CoveringTest[];
  readonly keys: readonly string[];
  readonly always: readonly number[];
  readonly byTest: readonly (readonly number[])[];
  readonly unfit: readonly string[];
}

/**
 * Runs every test once without a mutant; what is known of an unchanged test is taken from the last run.
 * @param world digest of what the tests read besides their own program
 */
export async function coverAll(
  bundles: readonly (TestBundle & { readonly file: string })[],
  mutants: readonly { readonly key: string; readonly file: string }[],
  world: string,
  workers: number,
  env: Readonly<Record<string, string>>,
): Promise<Coverage[]> {
  const stored = new Map<string, Stored>();
  const keys = mutants.map(({ key }) => key);
  const paths = new Map(bundles.map((bundle) => [bundle.test, pathOf(bundle, mutants, world)]));
  for (const bundle of bundles) {
    const path = paths.get(bundle.test)!;
    if (existsSync(path)) stored.set(bundle.test, JSON.parse(readFileSync(path, "utf8")) as Stored);
  }
  const todo = bundles.filter(({ test }) => !stored.has(test));
  const progress = new Progress("tests without mutants", todo.length);
  let done = 0;
  await withWorkers(workers, env, todo, async (worker, bundle) => {
    const found = await cover(worker, bundle, keys);
    const path = paths.get(bundle.test)!;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(found));
    stored.set(bundle.test, found);
    progress.show(++done, `, ${bundle.test}`);
  });
  return bundles.map((bundle) => {
    const { keys: names, always, byTest, ...rest } = stored.get(bundle.test)!;
    const set = (ids: readonly number[]): ReadonlySet<string> => new Set(ids.map((id) => names[id]!));
    return {
      bundle: bundle.file,
      test: bundle.test,
      digest: bundle.digest,
      ...rest,
      always: set(always),
      byTest: byTest.map(set),
    };
  });
}

/** Where a test's coverage is kept: under what it runs, and which mutants are in that. */
function pathOf(
  bundle: TestBundle,
  mutants: readonly { readonly key: string; readonly file: string }[],
  world: string,
): string {
  const inputs = new Set(bundle.inputs);
  const own = mutants.filter(({ file }) => inputs.has(file)).map(({ key }) => key);
  return join(FOLDER, "coverage", `${digestOf(bundle.test, bundle.digest, world, ...own)}.json`);
}

async function cover(
  worker: Parameters<Parameters<typeof withWorkers>[3]>[0],
  bundle: TestBundle & { readonly file: string },
  keys: readonly string[],
): Promise<Stored> {
  const reply = await worker.ask({ kind: "cover", bundle: bundle.file });
  if (reply.kind !== "covered")
    return { start: 0, tests: [], keys: [], always: [], byTest: [], unfit: ["the whole file"] };
  const { outcome, always, byTest } = reply;
  const names: string[] = [];
  const places = new Map<number, number>();
  const place = (id: number): number => {
    let at = places.get(id);
    if (at === undefined) {
      places.set(id, (at = names.length));
      names.push(keys[id - 1]!);
    }
    return at;
  };
  const passing = outcome.error === undefined ? outcome.tests.filter(({ state }) => state === "pass") : [];
  const inTests = passing.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return {
    start: Math.max(0, outcome.milliseconds - inTests),
    tests: passing.map(({ id, milliseconds }) => ({ id, milliseconds })),
    always: always.map(place),
    byTest: passing.map(({ id }) => (byTest[id] ?? []).map(place)),
    keys: names,
    unfit: [
      ...outcome.tests.filter(({ state }) => state === "fail").map(({ name, error }) => `${name}: ${error}`),
      ...(outcome.error === undefined ? [] : [outcome.error]),
    ],
  };
}
