import { readFileSync } from "node:fs";
import { allow, startLimit } from "./limit.js";
import { type FileOutcome, isLoaded, loadTest, runFile } from "./testRun.js";

/** One bundle of tests, and which of them. */
export interface TestPlan {
  readonly bundle: string;
  readonly only?: readonly string[];
}

export type Request =
  /** Every test of a bundle without a mutant: what passes, how long it takes, and which mutants it reaches. */
  | { readonly kind: "cover"; readonly bundle: string }
  /** The tests of several bundles with one mutant, up to the first that fails. */
  | {
      readonly kind: "try";
      readonly mutant: number;
      readonly plans: readonly TestPlan[];
      readonly env?: Record<string, string>;
      /** Milliseconds of processor time after which it loops for ever. */
      readonly limit?: number;
    };

export type Reply =
  | {
      readonly kind: "covered";
      readonly outcome: FileOutcome;
      /** Mutants that the file reaches outside of its tests: each of its tests may notice them. */
      readonly always: readonly number[];
      readonly byTest: Readonly<Record<string, readonly number[]>>;
    }
  | {
      readonly kind: "tried";
      readonly killed?: { readonly bundle: string; readonly test: string; readonly error: string };
    };

declare global {
  var __mutant: (id: number) => boolean;
}

let active = 0;
let reached: Set<number> | undefined;
globalThis.__mutant = (id) => {
  if (reached !== undefined) reached.add(id);
  return id === active;
};

async function cover(bundle: string): Promise<Reply> {
  active = 0;
  const always = new Set<number>();
  const byTest: Record<string, number[]> = {};
  reached = always;
  const outcome = await run(bundle, {
    bail: false,
    watch: {
      before: () => {
        reached = new Set();
      },
      after: (id) => {
        byTest[id] = [...(reached ?? [])];
        reached = always;
      },
    },
  });
  reached = undefined;
  return { kind: "covered", outcome, always: [...always], byTest };
}

async function attempt({
  mutant,
  plans,
  env = {},
  limit,
}: Extract<Request, { kind: "try" }>): Promise<Reply> {
  Object.assign(process.env, env);
  active = mutant;
  allow(limit);
  for (const { bundle, only } of plans) {
    const { tests, error } = await run(bundle, { bail: true, ...(only === undefined ? {} : { only }) });
    const failed = tests.find(({ state }) => state === "fail");
    if (failed !== undefined || error !== undefined)
      return {
        kind: "tried",
        killed: {
          bundle,
          test: failed?.name ?? "(the file itself)",
          error: (failed?.error ?? error ?? "").slice(0, 300),
        },
      };
  }
  return { kind: "tried" };
}

function run(bundle: string, options: Parameters<typeof runFile>[1]): Promise<FileOutcome> {
  if (!isLoaded(bundle)) loadTest(bundle, readFileSync(bundle, "utf8"));
  return runFile(bundle, options);
}

startLimit();
process.on("message", (request: Request) => {
  (request.kind === "cover" ? cover(request.bundle) : attempt(request)).then(
    (reply) => process.send!(reply),
    (error: unknown) => {
      console.error(error);
      process.exit(3);
    },
  );
});
// What a mutant leaves running, or throws when nobody waits for it, is no failure of the run itself.
process.on("unhandledRejection", () => {});
