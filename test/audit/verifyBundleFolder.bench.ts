import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, bench, describe } from "vitest";
import { verifyBundleFolder } from "../../src/audit/verifyBundleFolder.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { BUNDLE_FILE_NAMES } from "../../src/verifier/bundleTexts.js";
import { longEpoch } from "../support/longEpoch.js";

/** As many steps as 145,000 accounts take with profile p16. */
const STEPS = 4096;
const { files, steps, pins } = await longEpoch(STEPS - 2);
const folder = mkdtempSync(join(tmpdir(), "marginproof-bench-"));
const bundle = join(folder, "bundle");
mkdirSync(bundle);
const text = steps.map((step) => `${JSON.stringify(step)}\n`).join("");
for (const [part, content] of Object.entries({ ...files, steps: text }))
  writeFileSync(join(bundle, BUNDLE_FILE_NAMES[part as keyof typeof BUNDLE_FILE_NAMES]), content);
afterAll(() => rmSync(folder, { recursive: true }));

describe(`${STEPS} proofs of a bundle in a folder`, () => {
  const options = { hasher: bestPoseidon(), pins, allowDevKeys: true };
  const verify = async (choice: { threads?: number; from?: number }) => {
    const { verdict } = await verifyBundleFolder(bundle, options, choice);
    if (!verdict.proved) throw new Error("not proved");
  };
  const runs = { iterations: 3, time: 0, warmupIterations: 1, warmupTime: 0 };
  bench("in memory, in one thread", () => verify({ from: Number.POSITIVE_INFINITY }), runs);
  bench("as they are read, one thread checks", () => verify({ threads: 1, from: 0 }), runs);
  bench(`as they are read, ${availableParallelism()} threads check`, () => verify({ from: 0 }), runs);
});
