import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CompiledCircuit, compileCircuit } from "../../src/keys/compile.js";
import { checkWitness, constraintsOfWire } from "../../src/keys/iden3/checkWitness.js";
import { readLittleEndian } from "../../src/keys/iden3/fieldBytes.js";
import { readR1cs } from "../../src/keys/iden3/r1cs.js";
import { readSymbols } from "../../src/keys/iden3/symbols.js";
import { readWitness, writeWitness } from "../../src/keys/iden3/witness.js";
import { WitnessCalculator } from "../../src/prover/wasm/witnessCalculator.js";
import { compileFixture, SMALL_INPUT, temporaryFolder } from "./support.js";

let folder: string;
let remove: () => Promise<void>;
let circuit: CompiledCircuit;
let honest: bigint[];

beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
  circuit = await compileFixture("small", folder);
  const bytes = (await WitnessCalculator.load(circuit.wasmPath)).calculate(SMALL_INPUT);
  honest = Array.from({ length: bytes.length / 32 }, (_, wire) => readLittleEndian(bytes, 32 * wire));
});
afterAll(() => remove());

test("compiling leaves the three files and nothing else", async () => {
  expect((await readdir(folder)).sort()).toEqual(["small.r1cs", "small.sym", "small.wasm"]);
});

test("a circuit that does not compile is reported in the compiler's words", async () => {
  const source = join(folder, "broken.circom");
  await writeFile(
    source,
    "pragma circom 2.1.6;\ntemplate T() { signal input a; a <== nothing; }\ncomponent main = T();\n",
  );
  const failure = compileCircuit({ source, outDir: folder, includePaths: [], name: "broken" });
  await expect(failure).rejects.toMatchObject({
    code: "CIRCUIT_COMPILE_FAILED",
    message: expect.stringContaining("nothing"),
  });
  expect((await readdir(folder)).filter((name) => name.includes("tmp"))).toEqual([]);
});

test("the R1CS has the counts that the compiler reports", async () => {
  const r1cs = await readR1cs(circuit.r1csPath);
  expect(r1cs).toMatchObject({ constraintCount: circuit.constraints, wireCount: circuit.wires });
  expect([r1cs.publicOutputCount, r1cs.publicInputCount, r1cs.privateInputCount]).toEqual([1, 1, 2]);
  expect(r1cs.a.offsets).toHaveLength(circuit.constraints + 1);
});

test("the symbols name output and inputs in wire order", async () => {
  const symbols = await readSymbols(circuit.symPath);
  const named = new Map(symbols.map(({ wire, name }) => [name, wire]));
  expect(named.get("main.end")).toBe(1);
  expect(named.get("main.start")).toBe(2);
  expect(Math.max(...symbols.map(({ wire }) => wire))).toBe(circuit.wires - 1);
});

test("an honest witness satisfies every constraint, a changed one only those without the wire", async () => {
  const r1cs = await readR1cs(circuit.r1csPath);
  expect(checkWitness(r1cs, honest)).toEqual([]);
  const indexOf = constraintsOfWire(r1cs);
  for (let wire = 1; wire < circuit.wires; wire++) {
    const changed = honest.with(wire, honest[wire] === 5n ? 6n : 5n);
    const violated = checkWitness(r1cs, changed);
    expect(violated.length).toBeGreaterThan(0);
    expect(indexOf(wire)).toEqual(expect.arrayContaining(violated));
  }
});

test("a witness outside the field or of another length is refused", async () => {
  const r1cs = await readR1cs(circuit.r1csPath);
  expect(() => checkWitness(r1cs, honest.slice(1))).toThrow(RangeError);
  expect(() => checkWitness(r1cs, honest.with(3, r1cs.prime))).toThrow(RangeError);
});

test("witness files round trip and damaged ones are refused", async () => {
  const path = join(folder, "honest.wtns");
  await writeWitness(path, honest);
  expect(await readWitness(path)).toEqual(honest);
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, bytes.length - 1));
  await expect(readWitness(path)).rejects.toMatchObject({ code: "FILE_FORMAT" });
  bytes.fill(0xff, bytes.length - 32);
  await writeFile(path, bytes);
  await expect(readWitness(path)).rejects.toMatchObject({ code: "FILE_FORMAT" });
});
