import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { zKey } from "snarkjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256File } from "../../../src/keys/compile.js";
import { devSetup } from "../../../src/keys/development/devSetup.js";
import { instanceFiles } from "../../../src/keys/instanceFiles.js";
import { type CircuitInput, type ProverBackend, proveJob } from "../../../src/prover/backend.js";
import { chooseBackend } from "../../../src/prover/chooseBackend.js";
import { createNativeBackend } from "../../../src/prover/native/nativeBackend.js";
import {
  BUILD_RECORD,
  findNativeBinary,
  NATIVE_FOLDER,
  PINNED_HASHES,
} from "../../../src/prover/native/nativeBinary.js";
import { packageName, thisPlatform } from "../../../src/prover/native/platform.js";
import { createWasmBackend } from "../../../src/prover/wasm/wasmBackend.js";
import { compileFixture, SMALL_INPUT, stopSnarkjs, verifyWithSnarkjs } from "../../keys/support.js";
import { build, GO, isAlive, temporary, testWitness } from "./support.js";

describe.skipIf(!GO)("the native prover, built from native/", () => {
  const folder = temporary();
  const circuit = { keySet: folder, instance: "small" };
  const job = (input: CircuitInput) => ({ circuit, input });
  let path: string;
  let key: Record<string, unknown>;
  let backend: ProverBackend;

  beforeAll(async () => {
    mkdirSync(join(folder, "bin"));
    path = build(join(folder, "bin"));
    const files = instanceFiles(folder, "small");
    const compiled = await compileFixture("small", files.folder);
    await rename(compiled.wasmPath, files.wasm);
    await devSetup({ r1csPath: compiled.r1csPath, zkeyPath: files.zkey });
    key = await zKey.exportVerificationKey(files.zkey);
    backend = createNativeBackend(path, 2, createWasmBackend({ workers: 1 }));
  });
  afterAll(async () => {
    await backend?.close();
    await stopSnarkjs();
    rmSync(folder, { recursive: true, force: true });
  });

  test("makes more proofs than it has workers, each new, and snarkjs verifies them", async () => {
    const inputs = ["3", "3", "0", "5", "6", "7", "8"].map((start) => ({ ...SMALL_INPUT, start }));
    const made = await Promise.all(inputs.map((input) => proveJob(backend, job(input))));
    for (const { proof, publicSignals, milliseconds, peakRssBytes } of made) {
      expect(await verifyWithSnarkjs(key, proof, publicSignals)).toBe(true);
      expect(milliseconds).toBeGreaterThan(0);
      expect(peakRssBytes).toBeGreaterThan(1e6);
    }
    expect(made[3]!.publicSignals[1]).toBe("5");
    expect(made[0]!.publicSignals).toEqual(made[1]!.publicSignals);
    expect(made[0]!.proof).not.toEqual(made[1]!.proof);
  });

  test("proves a witness of zeros and one 1: sums of no point at all", async () => {
    const { wires, ...rest } = testWitness();
    wires.fill(0, 32);
    const { publicSignals } = await backend.prove({ ...rest, wires });
    expect(publicSignals).toEqual(["0", "0"]);
  });

  test("refuses what is no witness of its key, and goes on", async () => {
    const witness = await backend.calculateWitness(job(SMALL_INPUT));
    const refused = async (change: object, code: string) =>
      expect(backend.prove({ ...witness, wires: witness.wires.slice(), ...change })).rejects.toMatchObject({
        code,
      });
    await refused({ wires: witness.wires.slice(32) }, "WITNESS_INPUT_INVALID");
    await refused({ circuit: { ...circuit, instance: "none" } }, "FILE_UNREADABLE");
    await refused({ wires: witness.wires.slice().fill(255, 320, 352) }, "PROVER_CRASHED");
    await refused({ wires: witness.wires.slice().fill(9, 320, 321) }, "PROVER_FALSE_PROOF");
    const [first, again] = await Promise.allSettled([backend.prove(witness), backend.prove(witness)]);
    expect(first.status).toBe("fulfilled");
    expect(again).toMatchObject({ status: "rejected", reason: { code: "WITNESS_INPUT_INVALID" } });
  });

  test("names the key that it can't read", async () => {
    const broken = instanceFiles(folder, "broken");
    cpSync(instanceFiles(folder, "small").folder, broken.folder, { recursive: true });
    const zkey = readFileSync(broken.zkey);
    // The wire of the first coefficient.
    zkey.writeUInt32LE(1 << 30, coefficientsAt(zkey) + 12);
    writeFileSync(broken.zkey, zkey);
    const witness = await backend.calculateWitness(job(SMALL_INPUT));
    const elsewhere = { ...witness, circuit: { ...circuit, instance: "broken" } };
    await expect(backend.prove(elsewhere)).rejects.toMatchObject({
      code: "FILE_FORMAT",
      message: expect.stringContaining("has a coefficient outside the circuit"),
    });
  });

  test("is the same file from another folder", async () => {
    const copy = join(folder, "elsewhere", "deeper");
    cpSync(NATIVE_FOLDER, copy, { recursive: true });
    mkdirSync(join(folder, "other"));
    expect(await sha256File(build(join(folder, "other"), copy))).toBe(await sha256File(path));
  });

  test("is the pinned one, where the pins are of this Go", async () => {
    const pins = JSON.parse(readFileSync(PINNED_HASHES, "utf8")) as {
      go: string;
      sha256: Record<string, string>;
    };
    const { stdout } = spawnSync("go", ["env", "GOVERSION"], { cwd: NATIVE_FOLDER, encoding: "utf8" });
    const expected = stdout.trim() === pins.go ? await sha256File(path) : expect.any(String);
    expect(pins.sha256[packageName(thisPlatform()!)]).toEqual(expected);
  });

  test("is what auto takes once it is noted as built here", async () => {
    const sha256 = await sha256File(path);
    writeFileSync(join(folder, "bin", BUILD_RECORD), JSON.stringify({ go: "go1.26.8", sha256 }));
    const find = () => findNativeBinary(join(folder, "bin"));
    const chosen = await chooseBackend("auto", { workers: 1, find });
    expect(chosen).toMatchObject({
      name: "native",
      why: `native (${path}): built here, and it has proved the test circuit`,
      inFlight: 6,
    });
    await chosen.backend.close();
  });

  test.skipIf(process.platform === "win32")("ends when its parent is killed, and not at Ctrl-C", async () => {
    const script = `
      const child = require("child_process").spawn(process.argv[1], ["-workers", "1"]);
      child.stdout.once("data", () => console.log(child.pid));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["-e", script, path]);
    const pid = Number(await new Promise((resolve) => parent.stdout.once("data", resolve)));
    process.kill(pid, "SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await expect.poll(() => isAlive(pid), { timeout: 60_000 }).toBe(false);
  });
});

/** Where section 4 of a zkey begins. */
function coefficientsAt(zkey: Buffer): number {
  for (let at = 12; ; at += 12 + Number(zkey.readBigUInt64LE(at + 4)))
    if (zkey.readUInt32LE(at) === 4) return at + 12;
}
