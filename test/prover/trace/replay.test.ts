import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FIELD_ORDER } from "../../../src/field/order.js";
import { compileCircuit } from "../../../src/keys/compile.js";
import { instanceFiles } from "../../../src/keys/instanceFiles.js";
import type { CircuitInput, InputValue } from "../../../src/prover/backend.js";
import { Replay } from "../../../src/prover/trace/replay.js";
import { reportingModule } from "../../../src/prover/trace/reportingModule.js";
import { traceWitness } from "../../../src/prover/trace/traceWitness.js";
import { instantiateCalculator, parseInput } from "../../../src/prover/wasm/calculatorInstance.js";
import { chooseKernel } from "../../../src/prover/wasm/kernelChoice.js";
import { createProvingKernel } from "../../../src/prover/wasm/provingKernel.js";
import { WitnessCalculator } from "../../../src/prover/wasm/witnessCalculator.js";
import { assembleModule } from "../../../src/wasm/wasmModule.js";
import { temporaryFolder } from "../../keys/support.js";
import { TEST_KEYS } from "../../support/circuit.js";
import { groupShape, plainShape, tableShape, tinyBook, tinyEpoch } from "../../support/tinyEpoch.js";

const kernels = [...new Set(["integer" as const, chooseKernel()])];
const fixtures = new URL("../../keys/fixtures", import.meta.url).pathname;
let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => ({ folder, remove } = await temporaryFolder()));
afterAll(() => remove());

/** Two calculators of one circuit: circom's alone, and one that replays from its second witness on. */
async function pair(wasm: string) {
  const [circom, replayed] = await Promise.all([
    WitnessCalculator.load(wasm, { tracedAfter: Number.POSITIVE_INFINITY }),
    WitnessCalculator.load(wasm, { tracedAfter: 1 }),
  ]);
  return { circom, replayed };
}

/** What a calculator answers: its bytes, or its error as the user sees it. */
function answer(calculator: WitnessCalculator, input: CircuitInput): string {
  try {
    return Buffer.from(calculator.calculate(input)).toString("hex");
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as Error).message}`;
  }
}

/** The input with one of the values that a signal has replaced. */
function changed(value: InputValue, place: number, by: (old: bigint) => bigint): InputValue {
  const leaves = { passed: 0 };
  const walk = (at: InputValue): InputValue =>
    typeof at === "string"
      ? leaves.passed++ === place
        ? by(BigInt(at)).toString()
        : at
      : (at as readonly InputValue[]).map(walk);
  return walk(value);
}
const countOf = (value: InputValue): number =>
  typeof value === "string"
    ? 1
    : (value as readonly InputValue[]).reduce((sum: number, at) => sum + countOf(at), 0);

describe("a replay gives circom's witness, byte for byte", () => {
  test("for every step of an epoch, whichever of a shape's steps was traced, in either arithmetic", async () => {
    const { steps } = await tinyEpoch(tinyBook());
    for (const { id } of [plainShape, groupShape, tableShape]) {
      const wasm = instanceFiles(TEST_KEYS, id).wasm;
      const { circom } = await pair(wasm);
      const inputs = steps.filter(({ instance }) => instance.id === id).map(({ input }) => input);
      const asked = instantiateCalculator(new WebAssembly.Module(await readFile(wasm)), { onMessage() {} });
      for (const kernel of kernels) {
        const trace = traceWitness(await readFile(wasm), parseInput(asked, inputs.at(-1)!));
        const replay = new Replay(createProvingKernel(kernel), trace);
        for (const input of inputs) {
          const witness = replay.calculate(parseInput(asked, input).flatMap(({ values }) => values));
          expect(Buffer.compare(witness!, circom.calculate(input)), `${id}, ${kernel}`).toBe(0);
        }
      }
    }
  });

  test("and its error with template and line, for every signal changed to values that mostly fail", async () => {
    const { steps } = await tinyEpoch(tinyBook());
    for (const shape of [groupShape, tableShape]) {
      const { circom, replayed } = await pair(instanceFiles(TEST_KEYS, shape.id).wasm);
      const { input } = steps.find(({ instance }) => instance.id === shape.id)!;
      expect(answer(replayed, input)).toBe(answer(circom, input));
      expect(answer(replayed, input)).toBe(answer(circom, input));
      expect(replayed.memoryBytes).toBeGreaterThan(0);
      let [failed, passed] = [0, 0];
      for (const [name, value] of Object.entries(input)) {
        for (const place of new Set([0, countOf(value) - 1]))
          for (const by of [(old: bigint) => old + 1n, () => 0n, () => FIELD_ORDER - 1n]) {
            if (countOf(value) === 0) continue;
            const other = { ...input, [name]: changed(value, place, by) };
            const expected = answer(circom, other);
            expect(answer(replayed, other), `${name} ${place}`).toBe(expected);
            if (expected.startsWith("WITNESS_FAILED")) {
              failed++;
              expect(expected).toMatch(/Error in template \w+ line: \d+/);
            } else passed++;
          }
      }
      expect(Math.min(failed, passed)).toBeGreaterThan(10);
      expect(replayed.memoryBytes).toBeGreaterThan(0);
    }
  });

  test("whatever order the signals are given in", async () => {
    const { steps } = await tinyEpoch(tinyBook());
    const { circom, replayed } = await pair(instanceFiles(TEST_KEYS, plainShape.id).wasm);
    const { input } = steps.find(({ instance }) => instance.id === plainShape.id)!;
    const backwards = Object.fromEntries(Object.entries(input).reverse());
    for (const given of [input, input, backwards])
      expect(answer(replayed, given)).toBe(answer(circom, given));
    expect(replayed.memoryBytes).toBeGreaterThan(0);
  });
});

describe("hints that depend on the input", () => {
  async function compiled(unknown: number): Promise<string> {
    const source = join(folder, `hints${unknown}.circom`);
    const main = `pragma circom 2.1.6;\ninclude "hints.circom";\ncomponent main = Hints(${unknown});\n`;
    await writeFile(source, main);
    const circuit = await compileCircuit({
      ...{ source, outDir: join(folder, `${unknown}`), name: "hints" },
      includePaths: [fixtures],
    });
    return circuit.wasmPath;
  }
  const element = fc.oneof(
    fc.constantFrom(
      0n,
      1n,
      7n,
      FIELD_ORDER - 3n,
      FIELD_ORDER - 1n,
      FIELD_ORDER >> 1n,
      1n << 31n,
      (1n << 253n) + 1n,
    ),
    fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n }),
  );
  const inputs = fc.tuple(element, element, fc.array(element, { minLength: 140, maxLength: 140 }));
  const toInput = ([a, b, many]: [bigint, bigint, bigint[]]): CircuitInput => ({
    ...{ a: `${a}`, b: `${b}` },
    many: many.map(String),
  });

  test("are replayed where they go the same way, and left to circom where not", async () => {
    const { circom, replayed } = await pair(await compiled(0));
    const traced = toInput([5n, 9n, new Array<bigint>(140).fill(1n)]);
    for (const input of [traced, traced]) expect(answer(replayed, input)).toBe(answer(circom, input));
    expect(replayed.memoryBytes).toBeGreaterThan(0);
    const largest = new Array<bigint>(140).fill(FIELD_ORDER - 1n);
    // The other branch; what is compared is equal; a division by 0.
    for (const [a, b] of [
      [0n, 4n],
      [4n, 4n],
      [4n, FIELD_ORDER - 3n],
    ] as const)
      expect(answer(replayed, toInput([a, b, largest]))).toBe(answer(circom, toInput([a, b, largest])));
    fc.assert(
      fc.property(inputs, (values) => {
        expect(answer(replayed, toInput(values))).toBe(answer(circom, toInput(values)));
      }),
      { numRuns: 300 },
    );
    expect(replayed.memoryBytes).toBeGreaterThan(0);
  });

  test("are left to circom always, if they cannot be written down", async () => {
    for (const unknown of [1, 2, 3]) {
      const { circom, replayed } = await pair(await compiled(unknown));
      for (const values of fc.sample(inputs, 10))
        expect(answer(replayed, toInput(values))).toBe(answer(circom, toInput(values)));
      expect(replayed.memoryBytes).toBe(0);
    }
  });

  test("a module that is no calculator is not rewritten", () => {
    expect(reportingModule(assembleModule([], {}, 1))).toBeUndefined();
    expect(reportingModule(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))).toBeUndefined();
  });
});
