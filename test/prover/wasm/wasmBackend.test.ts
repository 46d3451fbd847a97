import { rename } from "node:fs/promises";
import { zKey } from "snarkjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { devSetup } from "../../../src/keys/development/devSetup.js";
import { instanceFiles } from "../../../src/keys/instanceFiles.js";
import { type CircuitInput, type ProofJob, proveJob } from "../../../src/prover/backend.js";
import { createWasmBackend } from "../../../src/prover/wasm/wasmBackend.js";
import {
  compileFixture,
  SMALL_INPUT,
  stopSnarkjs,
  temporaryFolder,
  verifyWithSnarkjs,
} from "../../keys/support.js";

let folder: string;
let remove: () => Promise<void>;
let circuit: { keySet: string; instance: string };
let verifyingKey: Record<string, unknown>;

beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
  circuit = { keySet: folder, instance: "small" };
  const files = instanceFiles(folder, "small");
  const compiled = await compileFixture("small", files.folder);
  await rename(compiled.wasmPath, files.wasm);
  await devSetup({ r1csPath: compiled.r1csPath, zkeyPath: files.zkey });
  verifyingKey = await zKey.exportVerificationKey(files.zkey);
});
afterAll(async () => {
  await stopSnarkjs();
  await remove();
});

const job = (input: CircuitInput): ProofJob => ({ circuit, input });

test("two workers prove more jobs than they are, and every proof verifies", async () => {
  const backend = createWasmBackend({ workers: 2 });
  try {
    const jobs = [3, 4, 5, 6, 7].map((start) =>
      proveJob(backend, job({ ...SMALL_INPUT, start: String(start) })),
    );
    for (const { proof, publicSignals, milliseconds, peakRssBytes } of await Promise.all(jobs)) {
      expect(await verifyWithSnarkjs(verifyingKey, proof, publicSignals)).toBe(true);
      expect(JSON.stringify(proof)).not.toMatch(/"0x(?![0-9a-f]{64}")/);
      expect(milliseconds).toBeGreaterThan(0);
      expect(peakRssBytes).toBeGreaterThan(1e6);
    }
    expect((await jobs[2]!).publicSignals[1]).toBe("5");
  } finally {
    await backend.close();
  }
});

test("two proofs of one statement differ", async () => {
  const backend = createWasmBackend({ workers: 1 });
  const [first, second] = await Promise.all([
    proveJob(backend, job(SMALL_INPUT)),
    proveJob(backend, job(SMALL_INPUT)),
  ]);
  expect(first.proof).not.toEqual(second.proof);
  await backend.close();
});

test("inputs are refused with a code, and the worker goes on", async () => {
  const backend = createWasmBackend({ workers: 1 });
  try {
    const refused: [CircuitInput, string][] = [
      [{ ...SMALL_INPUT, words: ["0", "18446744073709551616"] }, "WITNESS_FAILED"],
      [{ ...SMALL_INPUT, words: ["0"] }, "WITNESS_INPUT_INVALID"],
      [{ ...SMALL_INPUT, more: "1" }, "WITNESS_INPUT_INVALID"],
      [{ words: SMALL_INPUT.words! }, "WITNESS_INPUT_INVALID"],
      ...["-1", "01", "", " 1", "0x1", (2n ** 254n).toString()].map((start): [CircuitInput, string] => [
        { ...SMALL_INPUT, start },
        "WITNESS_INPUT_INVALID",
      ]),
    ];
    for (const [input, code] of refused)
      await expect(proveJob(backend, job(input))).rejects.toMatchObject({ code });
    const { proof, publicSignals } = await proveJob(backend, job(SMALL_INPUT));
    expect(await verifyWithSnarkjs(verifyingKey, proof, publicSignals)).toBe(true);
    const other = { ...job(SMALL_INPUT), circuit: { ...circuit, instance: "none" } };
    await expect(backend.calculateWitness(other)).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
    const witness = await backend.calculateWitness(job(SMALL_INPUT));
    await expect(backend.prove({ ...witness, circuit: other.circuit })).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
    });
  } finally {
    await backend.close();
  }
});

test("closing rejects what is not finished and leaves no worker", async () => {
  const workersNow = () => process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;
  const before = workersNow();
  const backend = createWasmBackend({ workers: 2 });
  const jobs = [1, 2, 3].map((start) => proveJob(backend, job({ ...SMALL_INPUT, start: String(start) })));
  const settled = Promise.allSettled(jobs);
  await backend.close();
  for (const outcome of await settled)
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "PROVER_CLOSED" } });
  await expect(proveJob(backend, job(SMALL_INPUT))).rejects.toMatchObject({ code: "PROVER_CLOSED" });
  expect(workersNow()).toBeLessThanOrEqual(before);
});

test("a witness from one engine is proved by another, once, and only as it is", async () => {
  const [one, other] = [createWasmBackend({ workers: 1 }), createWasmBackend({ workers: 1 })];
  try {
    const witness = await one.calculateWitness(job(SMALL_INPUT));
    const short = { ...witness, wires: witness.wires.slice(32) };
    await expect(other.prove(short)).rejects.toMatchObject({
      code: "WITNESS_INPUT_INVALID",
      message: expect.stringMatching(/the witness has \d+ wires, the key \d+/),
    });
    const [first, again] = await Promise.allSettled([other.prove(witness), other.prove(witness)]);
    expect(again).toMatchObject({ status: "rejected", reason: { code: "WITNESS_INPUT_INVALID" } });
    if (first.status === "rejected") throw first.reason;
    const { proof, publicSignals } = first.value;
    expect(await verifyWithSnarkjs(verifyingKey, proof, publicSignals)).toBe(true);
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
});
