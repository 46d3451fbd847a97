import { constants, Script } from "node:vm";
import * as expecting from "@vitest/expect";
import * as runner from "@vitest/runner";
import fc from "fast-check";

/** How one test of a file went. */
export interface TestOutcome {
  readonly id: string;
  readonly name: string;
  readonly state: "pass" | "fail" | "skip";
  readonly milliseconds: number;
  readonly error?: string;
}

export interface FileOutcome {
  readonly tests: readonly TestOutcome[];
  /** The file itself, or a hook of it, failed. */
  readonly error?: string;
  readonly milliseconds: number;
}

/** What happens around tests. */
export interface Watch {
  before?(id: string): void;
  after?(id: string): void;
}

const { chai, GLOBAL_EXPECT, ASYMMETRIC_MATCHERS_OBJECT, setState, getState } = expecting;
chai.use(expecting.JestExtend);
chai.use(expecting.JestChaiExpect);
chai.use(expecting.JestAsymmetricMatchers);

type Expect = ReturnType<typeof makeExpect>;
/** `expect` as vitest puts it together, from the same parts. */
function makeExpect() {
  const expect = Object.assign(
    (value: unknown, message?: string) => {
      setState(
        { assertionCalls: (getState(expect as never).assertionCalls ?? 0) + 1 } as never,
        expect as never,
      );
      return chai.expect(value, message);
    },
    chai.expect,
    (globalThis as Record<symbol, object>)[ASYMMETRIC_MATCHERS_OBJECT],
  );
  setState({ assertionCalls: 0 } as never, expect as never);
  return expect;
}
const expect: Expect = makeExpect();
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect, writable: true, configurable: true });

/** What a test file gets for "vitest": its own runner and expectations, without the process around them. */
const VITEST = { ...runner, it: runner.it, test: runner.test, expect };

/** Random tests draw the same values every time: else a mutant would die on one day and live on another. */
const SEED = 20_261_123;

const modules = new Map<string, Promise<unknown>>();
function importModule(name: string): unknown {
  if (name === "vitest") return VITEST;
  let module = modules.get(name);
  if (module === undefined) modules.set(name, (module = import(name)));
  return module;
}

/** Processor time, so that figures mean the same on a busy machine. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const scripts = new Map<string, Script>();

/** Compiles a bundle once; `file` is where it stands, which is where its own imports are looked for. */
export function loadTest(file: string, code: string): void {
  scripts.set(
    file,
    new Script(code, { filename: file, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER }),
  );
}
export const isLoaded = (file: string): boolean => scripts.has(file);

/** One test at a time, in the order of the file, none twice; made anew for each run. */
const runnerConfig = (): runner.VitestRunner["config"] => ({
  root: "/",
  name: undefined,
  setupFiles: [],
  passWithNoTests: true,
  testNamePattern: undefined,
  allowOnly: true,
  sequence: { seed: 1, hooks: "stack", setupFiles: "list" },
  chaiConfig: undefined,
  maxConcurrency: 1,
  testTimeout: 600_000,
  hookTimeout: 600_000,
  retry: 0,
  includeTaskLocation: false,
  tags: [],
  tagsFilter: undefined,
  strictTags: false,
});

/**
 * Runs a bundle's tests from its top level on, and stops at the first that fails when told so.
 * @param only ids of the tests to run; all without
 */
export async function runFile(
  file: string,
  { only, bail, watch = {} }: { only?: readonly string[]; bail: boolean; watch?: Watch },
): Promise<FileOutcome> {
  fc.configureGlobal({ seed: SEED, endOnFailure: true });
  const start = cpuMilliseconds();
  let stop = false;
  const tests: TestOutcome[] = [];
  const began = new Map<string, number>();
  const engine: runner.VitestRunner = {
    config: runnerConfig(),
    async importFile() {
      const run = scripts.get(file)!.runInThisContext() as (load: typeof importModule) => Promise<void>;
      await run(importModule);
    },
    onBeforeRunTask(test) {
      if (stop) test.mode = "skip";
    },
    onBeforeTryTask(test) {
      began.set(test.id, cpuMilliseconds());
      watch.before?.(test.id);
    },
    onAfterRunTask(test) {
      watch.after?.(test.id);
      const state =
        test.result?.state === "pass" || test.result?.state === "fail" ? test.result.state : "skip";
      const error = test.result?.errors?.[0]?.message;
      const milliseconds = cpuMilliseconds() - (began.get(test.id) ?? cpuMilliseconds());
      tests.push({
        id: test.id,
        name: test.fullTestName ?? test.name,
        state,
        milliseconds,
        ...(error === undefined ? {} : { error }),
      });
      if (state === "fail" && bail) stop = true;
    },
    onAfterRunSuite(suite) {
      if (suite.result?.state === "fail" && bail) stop = true;
    },
  };
  const [task] = await runner.startTests(
    [{ filepath: file, ...(only === undefined ? {} : { testIds: [...only] }) }],
    engine,
  );
  const broken = firstError(task!);
  return {
    tests,
    milliseconds: cpuMilliseconds() - start,
    ...(broken === undefined ? {} : { error: broken }),
  };
}

/** Of a file or suite itself: its top level or a hook. */
function firstError(task: runner.Suite): string | undefined {
  const own = task.result?.errors?.[0]?.message;
  if (own !== undefined) return own;
  for (const child of task.tasks) {
    const inside = child.type === "suite" ? firstError(child) : undefined;
    if (inside !== undefined) return inside;
  }
  return undefined;
}
