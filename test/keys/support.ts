import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { groth16 } from "snarkjs";
import { type CompiledCircuit, compileCircuit } from "../../src/keys/compile.js";
import type { CircuitInput } from "../../src/prover/backend.js";
import type { ProofJson } from "../../src/verifier/groth16/proof.js";

const FIXTURES = fileURLToPath(new URL("./fixtures", import.meta.url));
const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));

/** An input that satisfies `fixtures/small.circom`. */
export const SMALL_INPUT: CircuitInput = { start: "7", words: ["0", "18446744073709551615"] };

export function compileFixture(name: string, outDir: string): Promise<CompiledCircuit> {
  return compileCircuit({ source: join(FIXTURES, `${name}.circom`), outDir, includePaths: [MODULES], name });
}

/** A temporary folder and the function that removes it. */
export async function temporaryFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "marginproof-keys-"));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Verifies one of our proofs with snarkjs, the independent implementation here. */
export function verifyWithSnarkjs(key: Record<string, unknown>, proof: ProofJson, publicSignals: string[]) {
  const decimal = (hex: string) => BigInt(hex).toString();
  return groth16.verify(key, publicSignals, {
    protocol: "groth16",
    curve: "bn128",
    pi_a: [...proof.a.map(decimal), "1"],
    pi_b: [...proof.b.map((coordinate) => coordinate.map(decimal)), ["1", "0"]],
    pi_c: [...proof.c.map(decimal), "1"],
  });
}

/** Ends the threads snarkjs keeps between calls. */
export async function stopSnarkjs(): Promise<void> {
  const curve = (globalThis as { curve_bn128?: { terminate(): Promise<void> } | null }).curve_bn128;
  await curve?.terminate();
}
