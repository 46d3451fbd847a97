import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MarginproofError } from "../../errors.js";
import type { ProverBackend } from "../backend.js";
import { createNativeBackend } from "./nativeBackend.js";
import { NATIVE_FOLDER } from "./nativeBinary.js";

/** A small circuit's development key, and a witness of it: see native/README.md. */
export const SELF_TEST = join(NATIVE_FOLDER, "selfTest");

/** A binary that says nothing for so long is none; a proof of the small circuit takes a hundredth of a second. */
const PATIENCE_MS = 60_000;

/**
 * Lets a native prover prove the small circuit of native/selfTest, and verifies it.
 * @returns why it is not to be used; undefined when it is
 */
export async function failsSelfTest(path: string): Promise<string | undefined> {
  const backend = createNativeBackend(path, 1, noWitnesses);
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve("it does not answer"), PATIENCE_MS);
  });
  try {
    return await Promise.race([proveTest(backend), silence]);
  } catch (error) {
    if (error instanceof MarginproofError) return error.message;
    throw error;
  } finally {
    clearTimeout(timer);
    await backend.close();
  }
}

async function proveTest(backend: ProverBackend): Promise<undefined> {
  // A copy: small files are read into a pool that others use.
  const wires = Uint8Array.from(await readFile(join(SELF_TEST, "small", "witness.bin")));
  await backend.prove({ circuit: { keySet: SELF_TEST, instance: "small" }, wires, milliseconds: 0 });
}

/** The witness is a file. */
const noWitnesses: ProverBackend = {
  calculateWitness: () => Promise.reject(new Error("the self-test calculates no witness")),
  prove: () => Promise.reject(new Error("the self-test proves natively")),
  close: () => Promise.resolve(),
};
