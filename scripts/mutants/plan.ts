import type { Coverage } from "./coverage.js";
import type { TestPlan } from "./worker.js";

/** The tests that reach a mutant, in the order in which they are tried, and what they cost without it. */
export interface Trial {
  readonly plans: readonly TestPlan[];
  readonly milliseconds: number;
}

/** Room of a source or test file: `market` of src/market/schema.ts and of test/market/schema.test.ts. */
export const roomOf = (path: string): string => path.split("/")[1] ?? "";

/** A test that takes longer, in milliseconds, waits until the quick ones of all files have had their turn. */
const QUICK = 60;

/**
 * Processor time that one mutant may take, in milliseconds: what is cheaper comes first, and what only the dearest tests
 * would notice counts as not noticed.
 */
const BUDGET = 15_000;

/**
 * What killed the mutant last time comes first, then the tests of its own room, then the others: quick ones, then slow ones,
 * and cheap files first.
 * @param lastKiller test file
 */
export function trialOf(
  key: string,
  file: string,
  coverage: readonly Coverage[],
  lastKiller: string | undefined,
): Trial {
  const rank = (test: string, quick: boolean): number =>
    test === lastKiller ? 0 : (roomOf(test) === roomOf(file) ? 1 : 2) + (quick ? 0 : 2);
  const candidates = coverage.flatMap(({ bundle, test, start, tests, always, byTest }) => {
    const covering = always.has(key) ? tests : tests.filter((_, n) => byTest[n]!.has(key));
    return [true, false].flatMap((quick) => {
      const own = covering.filter(({ milliseconds }) => milliseconds <= QUICK === quick);
      if (own.length === 0) return [];
      const cost = own.reduce((sum, { milliseconds }) => sum + milliseconds, start);
      return [{ bundle, rank: rank(test, quick), cost, only: own.map(({ id }) => id) }];
    });
  });
  candidates.sort((a, b) => a.rank - b.rank || a.cost - b.cost);
  let milliseconds = 0;
  const affordable = candidates.filter(({ cost }, n) => {
    if (n > 0 && milliseconds + cost > BUDGET) return false;
    milliseconds += cost;
    return true;
  });
  return { plans: affordable.map(({ bundle, only }) => ({ bundle, only })), milliseconds };
}
