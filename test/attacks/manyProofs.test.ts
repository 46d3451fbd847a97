import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { BUNDLE_FILE_NAMES, type BundleTexts, parseBundleTexts } from "../../src/verifier/bundleTexts.js";
import { fastSteps } from "../../src/verifier/fastSteps.js";
import { createFastBatch } from "../../src/verifier/groth16/batch/kernelBatch.js";
import type { FastBatch } from "../../src/verifier/groth16/fastBatch.js";
import { pinnedKeysToJson } from "../../src/verifier/pins.js";
import type { Verdict } from "../../src/verifier/verdict.js";
import { verifyEpoch } from "../../src/verifier/verifyEpoch.js";
import { verifyBundle } from "../../src/web/index.js";
import { run } from "../cli/run.js";
import { type LongEpoch, longEpoch } from "../support/longEpoch.js";

/** The verifier checks 32 proofs at once: 68 account steps and 2 table steps fill two such chunks and begin a third. */
const ACCOUNT_STEPS = 68;
const PROOFS = 70;

let honest: LongEpoch;
beforeAll(async () => {
  honest = await longEpoch(ACCOUNT_STEPS);
});

/** The epoch as published with the proofs at these positions exchanged for true ones of other steps. */
function texts(...lies: readonly number[]): BundleTexts {
  const { files, steps } = honest;
  const other = (n: number): number => (n === 0 || n === ACCOUNT_STEPS ? n + 1 : n - 1);
  const told = steps.map((step, n) => (lies.includes(n) ? { ...step, proof: steps[other(n)]!.proof } : step));
  return { ...files, steps: told.map((step) => `${JSON.stringify(step)}\n`).join("") };
}

/** The verdict, and how far it says it was while it checked. */
function verdictOf(...lies: readonly number[]): { verdict: Verdict; progress: [number, number][] } {
  return verdictWith(undefined, lies);
}

function verdictWith(fast: FastBatch | undefined, lies: readonly number[]) {
  const progress: [number, number][] = [];
  const parts = parseBundleTexts(texts(...lies));
  const { verdict } = verifyEpoch(parts, {
    hasher: bestPoseidon(),
    ...(fast && { steps: fastSteps(parts, fast) }),
    pins: honest.pins,
    allowDevKeys: true,
    onProgress: (done, total) => progress.push([done, total]),
  });
  return { verdict, progress };
}

const nameOf = (n: number): string =>
  n < ACCOUNT_STEPS ? `account step ${n}` : `table step ${n - ACCOUNT_STEPS}`;

function expectFalse({ proved, valid, solvent, checks }: Verdict, lies: readonly number[]): void {
  expect({ proved, valid, solvent }).toEqual({ proved: false, valid: false, solvent: false });
  expect(checks.filter(({ status }) => status === "fail")).toEqual([
    {
      id: "proofs",
      title: "every proof verifies",
      status: "fail",
      code: "PROOF_FALSE",
      detail: `PROOF_FALSE: ${lies.length} of ${PROOFS} proofs do not verify: ${lies.slice(0, 5).map(nameOf).join(", ")}`,
      kind: "proof",
    },
  ]);
}

describe("a false proof among very many", () => {
  test("the honest epoch is valid, and every one of its proofs is looked at", () => {
    const { verdict, progress } = verdictOf();
    expect(honest.steps).toHaveLength(PROOFS);
    expect(verdict.checks.filter(({ status }) => status !== "pass")).toEqual([]);
    expect(verdict.valid).toBe(true);
    expect(verdict.checks.find(({ id }) => id === "proofs")!.detail).toBe(`${PROOFS} Groth16 proofs`);
    expect(progress.at(-1)).toEqual([PROOFS, PROOFS]);
  });

  // First and last of each chunk, one in its middle, the last account step and both table steps.
  test.each([0, 15, 31, 32, 50, 63, 64, 67, 68, 69])("position %d alone is found", (lie) => {
    expectFalse(verdictOf(lie).verdict, [lie]);
  });

  test.each([[[0, 69]], [[31, 32]], [[33, 34, 40, 62, 63, 64]]])(
    "several are all found, and the first five named: %j",
    (lies) => {
      expectFalse(verdictOf(...lies).verdict, lies);
    },
  );

  test.each([[[]], [[0]], [[23]], [[69]], [[0, 23, 69]]])(
    "false are %j: the verdict is the same word for word with the kernel, all at once or by 32",
    (lies: number[]) => {
      const { verdict } = verdictOf(...lies);
      const fast = createFastBatch();
      expect(verdictWith(fast, lies).verdict).toEqual(verdict);
      expect(verdictWith({ ...fast, size: 32 }, lies).verdict).toEqual(verdict);
    },
  );

  test.each([32, 69])("position %d: the library of the web page finds it too", (lie) => {
    const trust = { pins: honest.pins, allowDevKeys: true };
    expectFalse(verifyBundle(texts(lie), trust).verdict, [lie]);
  });
});

describe("a false proof among very many, at the command line", () => {
  const folder = mkdtempSync(join(tmpdir(), "marginproof-many-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([[[]], [[0]], [[23]], [[32]], [[69]]])("false are %j", (lies: number[]) => {
    const bundle = mkdtempSync(join(folder, "bundle-"));
    const files = texts(...lies);
    for (const part of ["statement", "market", "steps", "verifyingKeys"] as const)
      writeFileSync(join(bundle, BUNDLE_FILE_NAMES[part]), files[part]);
    const keys = join(folder, "keys.json");
    writeFileSync(keys, JSON.stringify(pinnedKeysToJson(honest.pins)));
    const { code, out } = run(["verify", bundle, "--keys", keys, "--allow-dev-keys", "--json"]);
    const verdict = JSON.parse(out) as Verdict;
    expect(code).toBe(lies.length === 0 ? 0 : 1);
    if (lies.length === 0) expect(verdict.valid).toBe(true);
    else expectFalse(verdict, lies);
  });
});
