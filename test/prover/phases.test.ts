import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bytesToHex } from "../../src/field/encoding.js";
import { loadProfile } from "../../src/keys/instances.js";
import { reopenAttempt } from "../../src/prover/attemptWork.js";
import { type ProofJob, proveJob } from "../../src/prover/backend.js";
import { commitEpoch } from "../../src/prover/commit.js";
import { epochInputs, type Step } from "../../src/prover/epochInputs.js";
import { hasProof } from "../../src/prover/keptProofs.js";
import { layOut } from "../../src/prover/layOut.js";
import { openInputs } from "../../src/prover/openInputs.js";
import { epochSteps } from "../../src/prover/steps.js";
import { FolderStore } from "../../src/prover/store/folderStore.js";
import { createWasmBackend } from "../../src/prover/wasm/wasmBackend.js";
import { parseProof } from "../../src/verifier/groth16/proof.js";
import { verifyProof } from "../../src/verifier/groth16/verify.js";
import { parseVerifyingKey } from "../../src/verifier/groth16/verifyingKey.js";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";

/** What another process has: the paths of the inputs, and the store of an epoch that this one never proved. */
const folder = mkdtempSync(join(tmpdir(), "marginproof-phases-"));
const { market, accounts, privateDir } = tinyEpochPaths("covered");
let store: FolderStore;
beforeAll(async () => {
  cpSync(privateDir, join(folder, "private"), { recursive: true });
  store = await FolderStore.open(join(folder, "private"));
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = () =>
  openInputs({
    marketPath: market,
    accountsPath: accounts,
    keysDir: TEST_KEYS,
    profile: loadProfile("test"),
  });

test("every phase is made again from paths and store: plan, statement, steps and which of them are proved", async () => {
  const opened = await open();
  const work = await reopenAttempt(store, opened.attemptName);
  const told: string[] = [];
  const plan = await layOut(opened, work, {
    progress: { stage: (id) => told.push(id), update() {}, note: (text) => told.push(text) },
  });
  expect(told).toEqual(["accounts are already laid out in batches; continuing"]);
  const inputs = epochInputs(opened, work, plan);
  const epoch = await commitEpoch(inputs);
  const [published] = await store.statements();
  expect(`0x${bytesToHex(epoch.statementDigest)}`).toBe(published!.digest);
  const steps: Step[] = [];
  for await (const step of epochSteps(inputs, epoch)) steps.push(step);
  expect(steps).toHaveLength(epoch.statement.batches.length + epoch.statement.tableSteps.length);
  for (const step of steps) {
    expect(await hasProof(work.attempt, step, (text) => told.push(text))).toBe(true);
    const other = { ...step, signals: step.signals.map((signal) => signal + 1n) };
    expect(await hasProof(work.attempt, other, (text) => told.push(text))).toBe(false);
  }
});

test("a step is a job of plain data, that any worker turns into a proof of exactly its signals", async () => {
  const opened = await open();
  const work = await reopenAttempt(store, opened.attemptName);
  const plan = await layOut(opened, work, { progress: { stage() {}, update() {}, note() {} } });
  const inputs = epochInputs(opened, work, plan);
  const steps = epochSteps(inputs, await commitEpoch(inputs));
  const { instance, input, signals } = (await steps.next()).value as Step;
  const keys = opened.keys.get(instance.id)!;
  const queued = JSON.stringify({ circuit: keys.name, input } satisfies ProofJob);
  const backend = createWasmBackend({ workers: 1 });
  try {
    const { proof, publicSignals } = await proveJob(backend, JSON.parse(queued) as ProofJob);
    expect(publicSignals.map(BigInt)).toEqual(signals);
    const key = parseVerifyingKey(keys.verifyingKey, signals.length);
    expect(verifyProof(key, signals, parseProof(proof))).toBe(true);
  } finally {
    await backend.close();
  }
});
