import type { Coverage } from "./coverage.js";
import type { TestPlan } from "./worker.js";

/** The tests that reach a mutant, in the order in which they are tried, and what they cost without it. */
export interface Trial {
  readonly plans: readonly TestPlan[];
  readonly milliseconds: number;
  /** Digests of the tests, in order: equal lists, equal verdicts. */
  readonly digests: readonly string[];
}

/** Room of a source or test file: `market` of src/market/schema.ts and of test/market/schema.test.ts. */
const roomOf = (path: string): string => path.split("/")[1] ?? "";

/**
 * What killed the mutant last time comes first, then the tests of its own room, then the others, cheap ones first.
 * @param lastKiller test file
 */
export function trialOf(
  key: string,
  file: string,
  coverage: readonly Coverage[],
  lastKiller: string | undefined,
): Trial {
  const rank = (test: string): number => (test === lastKiller ? 0 : roomOf(test) === roomOf(file) ? 1 : 2);
  const candidates = coverage.flatMap(({ bundle, test, digest, start, tests, always, byTest }) => {
    const covering = always.has(key) ? tests : tests.filter((_, n) => byTest[n]!.has(key));
    if (covering.length === 0) return [];
    const cost = covering.reduce((sum, { milliseconds }) => sum + milliseconds, start);
    return [{ bundle, digest, rank: rank(test), cost, only: covering.map(({ id }) => id) }];
  });
  candidates.sort((a, b) => a.rank - b.rank || a.cost - b.cost);
  return {
    plans: candidates.map(({ bundle, only }) => ({ bundle, only })),
    milliseconds: candidates.reduce((sum, { cost }) => sum + cost, 0),
    digests: candidates.map(({ digest }) => digest),
  };
}
