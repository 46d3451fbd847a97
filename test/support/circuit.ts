import { existsSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { checkWitness } from "../../src/keys/iden3/checkWitness.js";
import { readLittleEndian } from "../../src/keys/iden3/fieldBytes.js";
import { type R1cs, readR1cs } from "../../src/keys/iden3/r1cs.js";
import { instanceFiles } from "../../src/keys/instanceFiles.js";
import type { CircuitInput } from "../../src/prover/backend.js";
import { WitnessCalculator } from "../../src/prover/wasm/witnessCalculator.js";

/** Where the test run's global setup puts the circuits and keys of profiles `test` and `examples`. */
export const TEST_KEYS = join(PACKAGE_ROOT, "build", "keys");

/** A compiled circuit whose witnesses a test may write itself. */
export interface TestCircuit {
  readonly r1cs: R1cs;
  /** The honest witness: an error when the calculator refuses the input. */
  witness(input: CircuitInput): bigint[];
  /** Indices of the constraints that a witness breaks. */
  broken(witness: readonly bigint[]): number[];
}

export async function loadTestCircuit(id: string): Promise<TestCircuit> {
  const files = instanceFiles(TEST_KEYS, id);
  if (!existsSync(files.r1cs)) throw new Error(`${files.r1cs} is missing: run npm test, which builds it`);
  const calculator = await WitnessCalculator.load(files.wasm);
  const r1cs = await readR1cs(files.r1cs);
  return {
    r1cs,
    witness(input) {
      const bytes = calculator.calculate(input);
      return Array.from({ length: bytes.length / 32 }, (_, wire) => readLittleEndian(bytes, 32 * wire));
    },
    broken: (witness) => checkWitness(r1cs, [...witness]),
  };
}
