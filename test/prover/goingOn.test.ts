import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { bytesToHex } from "../../src/field/encoding.js";
import { silentProgress } from "../../src/files/progress.js";
import { loadProfile } from "../../src/keys/instances.js";
import { type AttemptWork, reopenAttempt } from "../../src/prover/attemptWork.js";
import { commitEpoch } from "../../src/prover/commit.js";
import {
  type CommittedEpoch,
  type EpochInputs,
  epochInputs,
  type Step,
} from "../../src/prover/epochInputs.js";
import { remainingSteps } from "../../src/prover/keptChain.js";
import { keepCommitment, keptCommitment } from "../../src/prover/keptCommitment.js";
import { forgetProof } from "../../src/prover/keptProofs.js";
import { type LaidOut, layOut } from "../../src/prover/layOut.js";
import { openInputs } from "../../src/prover/openInputs.js";
import { proveEpoch } from "../../src/prover/prove.js";
import type { ProvedStep } from "../../src/prover/proveSteps.js";
import { epochSteps } from "../../src/prover/steps.js";
import { FolderStore } from "../../src/prover/store/folderStore.js";
import { createWasmBackend } from "../../src/prover/wasm/wasmBackend.js";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";

/** What a run that goes on takes from the one before, on a private folder whose epoch is proved. */
const folder = mkdtempSync(join(tmpdir(), "marginproof-going-on-"));
const { market, accounts, privateDir } = tinyEpochPaths("covered");
let copies = 0;
let store: FolderStore;
let work: AttemptWork;
let plan: LaidOut;
let inputs: EpochInputs;
let epoch: CommittedEpoch;
/** All steps as they come without anything kept. */
let walked: Step[];
/** Batches read since the test began. */
let read: number[];

beforeEach(async () => {
  const own = join(folder, `private-${copies++}`);
  cpSync(privateDir, own, { recursive: true });
  store = await FolderStore.open(own);
  const profile = loadProfile("test");
  const opened = await openInputs({
    marketPath: market,
    accountsPath: accounts,
    keysDir: TEST_KEYS,
    profile,
  });
  work = await reopenAttempt(store, opened.attemptName);
  // What the run before kept.
  rmSync(join(own, "epochs", opened.attemptName, "states"), { recursive: true });
  await work.attempt.provide();
  plan = await layOut(opened, work, { progress: silentProgress });
  const whole = epochInputs(opened, work, plan);
  const batches = {
    count: whole.batches.count,
    read(index: number) {
      read.push(index);
      return whole.batches.read(index);
    },
  };
  inputs = { ...whole, batches };
  read = [];
  epoch = await commitEpoch(inputs);
  walked = [];
  for await (const step of epochSteps(inputs, epoch)) walked.push(step);
  read = [];
});
afterEach(() => store.close());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the chain", () => {
  const remaining = async (block = 2, of = inputs): Promise<(Step | ProvedStep)[]> => {
    read = [];
    const found = [];
    for await (const step of remainingSteps(of, epoch, work.attempt, block)) found.push(step);
    return found;
  };
  const named = (steps: readonly (Step | ProvedStep)[]) =>
    steps.map(({ index, signals, stateOut, ...own }) => ({
      ...{ index, signals, stateOut },
      shape: "shape" in own ? own.shape : own.instance.id,
    }));
  const inputsOf = (steps: readonly (Step | ProvedStep)[]) =>
    steps.flatMap((step) => ("input" in step ? [[step.index, step.input] as const] : []));
  /** Steps that were walked: those of which there is an input. */
  const walkedOf = (steps: readonly (Step | ProvedStep)[]) => inputsOf(steps).map(([index]) => index);
  const all = () => walked.map(({ index }) => index);

  test.each([1, 2, 3, 256])(
    "in blocks of %i: walked once, then passed without reading a batch",
    async (block) => {
      expect(plan.shapes.length).toBeGreaterThan(2);
      const first = await remaining(block);
      expect(first).toEqual(walked);
      const second = await remaining(block);
      expect(named(second)).toEqual(named(walked));
      expect(walkedOf(second)).toEqual(all().slice(plan.shapes.length));
      expect(read).toEqual([]);
    },
  );

  test("is walked again where a proof is missing, from the state before its block", async () => {
    await remaining();
    await forgetProof(work.attempt, 2);
    const found = await remaining();
    expect(named(found)).toEqual(named(walked));
    expect(read).toEqual([2, 3].filter((index) => index < plan.shapes.length));
    for (const [index, input] of inputsOf(found)) expect(input).toEqual(walked[index]!.input);
  });

  /** Spoils what is kept of the first block, and vouches for it: as if it were another epoch's. */
  const spoil = async (change: (block: Record<string, unknown>) => void): Promise<void> => {
    const name = "states/000000.json";
    const kept = await work.attempt.read(name);
    if (kept.state !== "whole") throw new Error("nothing is kept");
    const block = JSON.parse(kept.text);
    change(block);
    await work.attempt.put(name, JSON.stringify(block));
  };
  test.each<[string, (block: Record<string, unknown>) => void]>([
    ["of another statement", (block) => void (block.digest = "00".repeat(32))],
    ["that ends in another state", (block) => void ((block.state as string[])[1] = "1")],
    ["with another state on the way", (block) => void ((block.stateOuts as string[])[0] = "1")],
    ["of fewer steps", (block) => void (block.stateOuts as string[]).pop()],
    [
      "whose last commitment opens otherwise",
      (block) => void ((block.stateOuts as string[])[1] = (block.stateOuts as string[])[0]!),
    ],
  ])("takes no block %s", async (_, change) => {
    await remaining();
    await spoil(change);
    const found = await remaining();
    expect(named(found)).toEqual(named(walked));
    expect(walkedOf(found).slice(0, 2)).toEqual([0, 1]);
  });

  test("takes no block that other secrets blinded", async () => {
    await remaining();
    const others = { ...inputs, blinding: () => 7n };
    const steps: Step[] = [];
    for await (const step of epochSteps(others, epoch)) steps.push(step);
    expect(named(await remaining(2, others))).toEqual(named(steps));
    expect(read).toHaveLength(plan.shapes.length);
  });
});

describe("the commitment", () => {
  beforeEach(() => keepCommitment(work.attempt, plan, epoch));

  test("is found as it was made, with no batch read", async () => {
    expect(await keptCommitment(work.attempt, inputs, plan)).toEqual(epoch);
    expect(read).toEqual([]);
  });

  test.each<[string, () => [EpochInputs, LaidOut]]>([
    ["other secrets", () => [{ ...inputs, blinding: () => 7n }, plan]],
    ["another market", () => [{ ...inputs, marketDigest: new Uint8Array(32) }, plan]],
    ["another time", () => [{ ...inputs, names: { ...inputs.names, time: "2030-01-01T00:00:00Z" } }, plan]],
    ["another table", () => [{ ...inputs, table: { ...inputs.table, digest: new Uint8Array(32) } }, plan]],
    ["other keys", () => [{ ...inputs, keyDigest: () => new Uint8Array(32) }, plan]],
    ["batches laid out otherwise", () => [inputs, { ...plan, batchesSha256: "00".repeat(32) }]],
    ["fewer batches", () => [inputs, { ...plan, shapes: plan.shapes.slice(1) }]],
    ["other shapes", () => [inputs, { ...plan, shapes: plan.shapes.map(() => "accounts-a1-b1") }]],
  ])("is made again under %s", async (_, changed) => {
    expect(await keptCommitment(work.attempt, ...changed())).toBe(undefined);
  });

  test.each(["totals", "weights"] as const)(
    "is made again when its %s are not what was committed to",
    async (which) => {
      const sums = epoch[which];
      const offsets = sums.offsets.map((offset, row) => (row === 0 ? offset + 1n : offset));
      await keepCommitment(work.attempt, plan, {
        ...epoch,
        [which]: Object.assign(Object.create(sums), { offsets }),
      });
      expect(await keptCommitment(work.attempt, inputs, plan)).toBe(undefined);
    },
  );
});

describe("what another version kept, or a machine that failed", () => {
  const name = "commitment.json";
  type Kept = Record<string, unknown> & { statement: { totals: Record<string, string> } };
  const change = async (how: (kept: Kept) => void): Promise<void> => {
    await keepCommitment(work.attempt, plan, epoch);
    const kept = await work.attempt.read(name);
    if (kept.state !== "whole") throw new Error("nothing is kept");
    const json = JSON.parse(kept.text) as Kept;
    how(json);
    await work.attempt.put(name, JSON.stringify(json));
  };

  test.each<[string, (kept: Kept) => void]>([
    ["of another format", (kept) => void (kept.format = "marginproof/kept-commitment/2")],
    ["without a part", (kept) => void delete kept.weights],
    ["whose statement is none", (kept) => void delete (kept.statement as Record<string, unknown>).totals],
    ["with numbers that are none", (kept) => void (kept.totals = { count: ["x"], offsets: [] })],
  ])("%s is not there", async (_, how) => {
    await change(how);
    expect(await keptCommitment(work.attempt, inputs, plan)).toBe(undefined);
  });

  test("states that are none are not there either", async () => {
    const steps = [];
    for await (const step of remainingSteps(inputs, epoch, work.attempt)) steps.push(step);
    for (const text of ["null", "{}", '{"format":"marginproof/kept-states/1","state":["x"]}']) {
      await work.attempt.put("states/000000.json", text);
      const again = [];
      for await (const step of remainingSteps(inputs, epoch, work.attempt)) again.push(step);
      expect(again).toEqual(steps);
    }
  });

  test.each<[string, (kept: Kept) => void]>([
    ["a published total", ({ statement: { totals } }) => void (totals.positiveEquity = "1")],
    [
      "a leaf root",
      ({ statement }) =>
        void ((statement as unknown as { batches: { leafRoot: string }[] }).batches[0]!.leafRoot =
          `0x${"00".repeat(31)}07`),
    ],
  ])(
    "with another %s is found out before anything is published, and the same command then commits anew",
    async (_, how) => {
      await change(how);
      store.close();
      const backend = createWasmBackend({ workers: 1 });
      const prove = () =>
        proveEpoch({
          ...{ marketPath: market, accountsPath: accounts, out: join(folder, `bundle-${copies}`) },
          ...{
            privateDir: join(folder, `private-${copies - 1}`),
            keysDir: TEST_KEYS,
            profile: loadProfile("test"),
          },
          ...{ backend, inFlight: 1, progress: silentProgress },
        });
      try {
        await expect(prove()).rejects.toThrow();
        const { statementDigest } = await prove();
        expect(statementDigest).toBe(`0x${bytesToHex(epoch.statementDigest)}`);
      } finally {
        await backend.close();
        store = await FolderStore.open(join(folder, `private-${copies - 1}`));
      }
    },
  );
});
