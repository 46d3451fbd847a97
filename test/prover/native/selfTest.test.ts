import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { compileCircuit } from "../../../src/keys/compile.js";
import { devSetup } from "../../../src/keys/development/devSetup.js";
import { SELF_TEST } from "../../../src/prover/native/selfTest.js";
import { WitnessCalculator } from "../../../src/prover/wasm/witnessCalculator.js";
import { temporary } from "./support.js";

const folder = temporary();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("key and witness of the self-test are those of its circuit", async () => {
  const { r1csPath, wasmPath } = await compileCircuit({
    ...{ source: join(SELF_TEST, "circuit.circom"), outDir: folder, includePaths: [], name: "circuit" },
  });
  const zkeyPath = join(folder, "circuit.zkey");
  await devSetup({ r1csPath, zkeyPath });
  expect(readFileSync(zkeyPath).equals(readFileSync(join(SELF_TEST, "small", "circuit.zkey")))).toBe(true);
  const calculator = await WitnessCalculator.load(wasmPath);
  const wires = calculator.calculate({ start: "7", word: "12297829382473034411" });
  expect(readFileSync(join(SELF_TEST, "small", "witness.bin")).equals(wires)).toBe(true);
});
