import { readdirSync, readlinkSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { curves, groth16, powersOfTau, wtns, zKey } from "snarkjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CompiledCircuit } from "../../src/keys/compile.js";
import { devSetup } from "../../src/keys/development/devSetup.js";
import { readVerifyingKey } from "../../src/keys/iden3/verifyingKey.js";
import { adoptContributions, ptauSetup } from "../../src/keys/ptauSetup.js";
import { closingFiles } from "../../src/keys/snarkjsFiles.js";
import { Groth16Prover } from "../../src/prover/wasm/groth16Prove.js";
import { WitnessCalculator } from "../../src/prover/wasm/witnessCalculator.js";
import { compileFixture, SMALL_INPUT, stopSnarkjs, temporaryFolder, verifyWithSnarkjs } from "./support.js";

let folder: string;
let remove: () => Promise<void>;
let circuit: CompiledCircuit;
let zkeyPath: string;

beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
  circuit = await compileFixture("small", folder);
  zkeyPath = join(folder, "dev.zkey");
  await devSetup({ r1csPath: circuit.r1csPath, zkeyPath, threads: 1 });
});
afterAll(async () => {
  await stopSnarkjs();
  await remove();
});

test("snarkjs proves with the development key and accepts its own proof", async () => {
  const witness = { type: "mem" } as const;
  await wtns.calculate(SMALL_INPUT, circuit.wasmPath, witness);
  const { proof, publicSignals } = await groth16.prove(zkeyPath, witness);
  const key = await zKey.exportVerificationKey(zkeyPath);
  expect(await groth16.verify(key, publicSignals, proof)).toBe(true);
  expect(await groth16.verify(key, [publicSignals[0]!, "8"], proof)).toBe(false);
});

test("everybody gets the same development key, whatever the number of threads", async () => {
  const again = join(folder, "again.zkey");
  const progress: number[] = [];
  await devSetup({
    r1csPath: circuit.r1csPath,
    zkeyPath: again,
    threads: 3,
    onProgress: (done) => progress.push(done),
  });
  expect((await readFile(again)).equals(await readFile(zkeyPath))).toBe(true);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(progress.at(-1)).toBe(1);
});

test("the verifying key is that of snarkjs in canonical hex", async () => {
  const key = await readVerifyingKey(zkeyPath);
  const theirs = await zKey.exportVerificationKey(zkeyPath);
  const decimal = (hex: string) => BigInt(hex).toString();
  expect(key.alpha1.map(decimal)).toEqual((theirs.vk_alpha_1 as string[]).slice(0, 2));
  for (const [ours, name] of [
    [key.beta2, "vk_beta_2"],
    [key.gamma2, "vk_gamma_2"],
    [key.delta2, "vk_delta_2"],
  ] as const)
    expect(ours.map((coordinate) => coordinate.map(decimal))).toEqual(
      (theirs[name] as string[][]).slice(0, 2),
    );
  expect(key.ic.map((point) => point.map(decimal))).toEqual(
    (theirs.IC as string[][]).map((point) => point.slice(0, 2)),
  );
  expect(JSON.stringify(key)).not.toMatch(/"0x(?![0-9a-f]{64}")/);
});

test("a proof of a witness that breaks the circuit does not verify", async () => {
  const witness = (await WitnessCalculator.load(circuit.wasmPath)).calculate(SMALL_INPUT);
  const prover = await Groth16Prover.load(zkeyPath);
  const key = await zKey.exportVerificationKey(zkeyPath);
  const honest = prover.prove(witness);
  expect(await verifyWithSnarkjs(key, honest.proof, honest.publicSignals)).toBe(true);
  witness[32 * (circuit.wires - 1)]! ^= 1;
  const forged = prover.prove(witness);
  expect(await verifyWithSnarkjs(key, forged.proof, forged.publicSignals)).toBe(false);
  expect(() => prover.prove(witness.subarray(32))).toThrow(RangeError);
});

test("a damaged key is refused", async () => {
  const bytes = await readFile(zkeyPath);
  const path = join(folder, "short.zkey");
  await writeFile(path, bytes.subarray(0, bytes.length - 100));
  await expect(Groth16Prover.load(path)).rejects.toMatchObject({ code: "FILE_FORMAT" });
});

test("a ceremony file gives a key; one too small, not prepared or not contributed to is refused", async () => {
  const at = (name: string) => join(folder, name);
  const tiny = await compileFixture("tiny", folder);
  const witness = (await WitnessCalculator.load(tiny.wasmPath)).calculate({ start: "3", factor: "5" });
  await powersOfTau.newAccumulator(await curves.getCurveFromName("bn128"), 3, at("new.ptau"));
  await powersOfTau.contribute(at("new.ptau"), at("one.ptau"), "test", "entropy");
  await powersOfTau.preparePhase2(at("one.ptau"), at("three.ptau"));

  const key = await ptauSetup({
    r1csPath: tiny.r1csPath,
    ptauPath: at("three.ptau"),
    zkeyPath: at("real.zkey"),
  });
  expect(key).toEqual(await readVerifyingKey(at("real.zkey")));
  const prover = await Groth16Prover.load(at("real.zkey"));
  const { proof, publicSignals } = prover.prove(witness);
  expect(
    await verifyWithSnarkjs(await zKey.exportVerificationKey(at("real.zkey")), proof, publicSignals),
  ).toBe(true);

  await expect(
    ptauSetup({ r1csPath: tiny.r1csPath, ptauPath: at("one.ptau"), zkeyPath: at("no.zkey") }),
  ).rejects.toMatchObject({ code: "PTAU_NOT_PREPARED" });

  await powersOfTau.newAccumulator(await curves.getCurveFromName("bn128"), 1, at("small.ptau"));
  await expect(
    ptauSetup({ r1csPath: tiny.r1csPath, ptauPath: at("small.ptau"), zkeyPath: at("no.zkey") }),
  ).rejects.toMatchObject({ code: "PTAU_TOO_SMALL" });

  await zKey.newZKey(tiny.r1csPath, at("three.ptau"), at("forgeable.zkey"));
  await expect(readVerifyingKey(at("forgeable.zkey"))).rejects.toMatchObject({
    code: "KEY_GAMMA_EQUALS_DELTA",
  });
  await expect(Groth16Prover.load(at("forgeable.zkey"))).rejects.toMatchObject({
    code: "KEY_GAMMA_EQUALS_DELTA",
  });
});

test.skipIf(process.platform !== "linux")(
  "no file stays open, whether a key is made, adopted or refused",
  async () => {
    const at = (name: string) => join(folder, name);
    const open = () =>
      readdirSync("/proc/self/fd")
        .map((fd) => {
          try {
            return readlinkSync(`/proc/self/fd/${fd}`);
          } catch {
            return "closed meanwhile";
          }
        })
        .filter((path) => path.includes(".ptau") || path.includes(".zkey"));
    const { r1csPath } = await compileFixture("tiny", folder);
    await closingFiles(async () => {
      await powersOfTau.newAccumulator(await curves.getCurveFromName("bn128"), 3, at("1.ptau"));
      await powersOfTau.contribute(at("1.ptau"), at("2.ptau"), "test", "entropy");
      await powersOfTau.preparePhase2(at("2.ptau"), at("3.ptau"));
    });
    const own = { r1csPath, ptauPath: at("3.ptau"), zkeyPath: at("adopted.zkey") };
    await ptauSetup(own);
    await adoptContributions(own);
    // Of the ceremony before it is prepared: snarkjs says no, and leaves what it opened.
    const refused = await closingFiles(() => zKey.newZKey(r1csPath, at("2.ptau"), at("none.zkey")));
    expect(refused).toBe(-1);
    expect(open()).toEqual([]);
  },
);
