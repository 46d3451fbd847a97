import { describe, expect, test } from "vitest";
import type { Coverage } from "../../scripts/mutants/coverage.js";
import { isNear, trialOf } from "../../scripts/mutants/plan.js";

const KEY = "src/verifier/x.ts | f | condition | a -> true";
/** Tests of one file, each with its milliseconds, all of them reaching the mutant unless told. */
const covered = (test: string, milliseconds: readonly number[], reached = true): Coverage => ({
  bundle: `${test}.mjs`,
  test,
  digest: "",
  start: 10,
  tests: milliseconds.map((each, n) => ({ id: `${n}`, milliseconds: each })),
  always: new Set(),
  byTest: milliseconds.map(() => new Set(reached ? [KEY] : [])),
  unfit: [],
});
const tried = (coverage: readonly Coverage[], last?: string) =>
  trialOf(KEY, "src/verifier/x.ts", coverage, last).plans.map(({ bundle, only }) => [
    bundle.replace(/^test\/|\.test\.ts\.mjs$/g, ""),
    only,
  ]);

describe("the tests that a mutant is tried with", () => {
  const own = covered("test/verifier/own.test.ts", [500, 20]);
  const cheap = covered("test/verifier/cheap.test.ts", [5]);
  const near = covered("test/attacks/bundle.test.ts", [100, 30]);

  test("are its room's, quick ones first, then those near it in their own order", () => {
    expect(tried([near, own, cheap])).toEqual([
      ["verifier/cheap", ["0"]],
      ["verifier/own", ["1"]],
      ["verifier/own", ["0"]],
      ["attacks/bundle", ["0", "1"]],
    ]);
  });

  test("begin with what killed it last time", () => {
    expect(tried([near, own, cheap], near.test)[0]).toEqual(["attacks/bundle", ["0", "1"]]);
  });

  test("reach it, and stand near its room", () => {
    expect(tried([covered("test/verifier/own.test.ts", [5], false)])).toEqual([]);
    expect(tried([covered("test/market/schema.test.ts", [5])])).toEqual([]);
    expect(isNear("test/market/schema.test.ts", "market")).toBe(true);
    expect(isNear("test/attacks/names.test.ts", "market")).toBe(true);
    expect(isNear("test/attacks/names.test.ts", "verifier")).toBe(false);
  });

  test("take 4 seconds at most, but one test in any case", () => {
    const dear = covered("test/verifier/dear.test.ts", [9000, 9000]);
    expect(tried([dear])).toEqual([["verifier/dear", ["0"]]]);
    expect(tried([dear, cheap])).toEqual([["verifier/cheap", ["0"]]]);
    const many = covered("test/attacks/bundle.test.ts", [3000, 700, 700]);
    expect(tried([many])).toEqual([["attacks/bundle", ["0", "1"]]]);
  });
});
