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
const BUDGET = 4_000;

/** Tests in other rooms that are about a room's files too. */
const NEAR: Readonly<Record<string, RegExp>> = {
  verifier: /attacks\/(bundle|prices)\.test|report\/judged\.test/,
  protocol: /attacks\/(bundle|hostileText)\.test|market\/(compileTable|checkTable)\.test/,
  holder: /attacks\/(opening|pockets|hints)\.test|attest\/lightCheck\.test/,
  market: /attacks\/(names|fund)\.test|rules\/badRules\.test/,
  prices: /attacks\/(prices|relabelled)\.test/,
};

/** Whether mutants of a room are tried with a test: those of its own room, and what stands near it. */
export const isNear = (test: string, room: string): boolean =>
  roomOf(test) === room || NEAR[room]?.test(test) === true;

/** Runs a whole epoch through the verifier: tried as it stands, quick and slow tests in their own order. */
const WHOLE = "test/attacks/bundle.test.ts";

/**
 * What killed the mutant last time comes first, then the tests of its own room, then those near it: quick ones before slow
 * ones, and cheap files first.
 * @param lastKiller test file
 */
export function trialOf(
  key: string,
  file: string,
  coverage: readonly Coverage[],
  lastKiller: string | undefined,
): Trial {
  const room = roomOf(file);
  const rank = (test: string, quick: boolean): number =>
    test === lastKiller ? 0 : (roomOf(test) === room ? 1 : 3) + (quick ? 0 : 1);
  const candidates = coverage.flatMap(({ bundle, test, start, tests, always, byTest }) => {
    if (!isNear(test, room)) return [];
    const covering = always.has(key) ? [...tests] : tests.filter((_, n) => byTest[n]!.has(key));
    const whole = test === WHOLE;
    return (whole ? [true] : [true, false]).flatMap((quick) => {
      const own = covering.filter(({ milliseconds }) => whole || milliseconds <= QUICK === quick);
      if (own.length === 0) return [];
      if (!whole) own.sort((a, b) => a.milliseconds - b.milliseconds);
      const cost = own.reduce((sum, each) => sum + each.milliseconds, start);
      return [{ bundle, rank: rank(test, quick), start, cost, own }];
    });
  });
  candidates.sort((a, b) => a.rank - b.rank || a.cost - b.cost);
  let milliseconds = 0;
  const affordable = candidates.flatMap(({ bundle, start, own }, n) => {
    // Of a file too dear as a whole, as many tests as there is time for; one in any case.
    let cost = start;
    const only = own
      .filter((each, at) => (cost += each.milliseconds) <= BUDGET - milliseconds || (n === 0 && at === 0))
      .map(({ id }) => id);
    if (only.length === 0) return [];
    milliseconds += Math.min(cost, Math.max(own[0]!.milliseconds + start, BUDGET - milliseconds));
    return [{ bundle, only }];
  });
  return { plans: affordable, milliseconds };
}
