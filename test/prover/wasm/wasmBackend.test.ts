import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zKey } from "snarkjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { devSetup } from "../../../src/keys/development/devSetup.js";
import type { CircuitInput, ProofJob } from "../../../src/prover/backend.js";
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
let files: { wasmPath: string; zkeyPath: string };
let verifyingKey: Record<string, unknown>;

beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
  const circuit = await compileFixture("small", folder);
  files = { wasmPath: circuit.wasmPath, zkeyPath: join(folder, "small.zkey") };
  await devSetup({ r1csPath: circuit.r1csPath, zkeyPath: files.zkeyPath });
  verifyingKey = await zKey.exportVerificationKey(files.zkeyPath);
});
afterAll(async () => {
  await stopSnarkjs();
  await remove();
});

const job = (input: CircuitInput): ProofJob => ({ ...files, input });

test("two workers prove more jobs than they are, and every proof verifies", async () => {
  const backend = createWasmBackend({ workers: 2 });
  try {
    const jobs = [3, 4, 5, 6, 7].map((start) => backend.prove(job({ ...SMALL_INPUT, start: String(start) })));
    for (const { proof, publicSignals, timings, peakRssBytes } of await Promise.all(jobs)) {
      expect(await verifyWithSnarkjs(verifyingKey, proof, publicSignals)).toBe(true);
      expect(JSON.stringify(proof)).not.toMatch(/"0x(?![0-9a-f]{64}")/);
      expect(timings.proveMs).toBeGreaterThan(0);
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
    backend.prove(job(SMALL_INPUT)),
    backend.prove(job(SMALL_INPUT)),
  ]);
  expect(first.proof).not.toEqual(second.proof);
  await backend.close();
});

test("inputs are refused with a code, and the worker goes on", async () => {
  const backend = createWasmBackend({ workers: 1 });
  const inputPath = join(folder, "input.json");
  await writeFile(inputPath, JSON.stringify(SMALL_INPUT));
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
      await expect(backend.prove(job(input))).rejects.toMatchObject({ code });
    const { proof, publicSignals } = await backend.prove({ ...files, inputPath });
    expect(await verifyWithSnarkjs(verifyingKey, proof, publicSignals)).toBe(true);
    await expect(
      backend.prove({ ...files, zkeyPath: join(folder, "none.zkey"), inputPath }),
    ).rejects.toMatchObject({
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
  const jobs = [1, 2, 3].map((start) => backend.prove(job({ ...SMALL_INPUT, start: String(start) })));
  const settled = Promise.allSettled(jobs);
  await backend.close();
  for (const outcome of await settled)
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "PROVER_CLOSED" } });
  await expect(backend.prove(job(SMALL_INPUT))).rejects.toMatchObject({ code: "PROVER_CLOSED" });
  expect(workersNow()).toBeLessThanOrEqual(before);
});
