import type { Witness } from "../../src/prover/backend.js";
import { chooseBackend } from "../../src/prover/chooseBackend.js";
import { rapidsnark } from "./rapidsnark.js";

/** What proves a witness: one of the backends, or rapidsnark. Its proofs are looked at by it or by the caller. */
export interface Engine {
  readonly name: string;
  readonly prove: (witness: Witness) => Promise<unknown>;
  readonly close: () => Promise<unknown>;
}

export const ENGINES = ["wasm", "native", "snarkjs", "rapidsnark"] as const;

/**
 * An engine, or why it is not here.
 * @param workers proofs at a time
 * @param folder for files of rapidsnark's
 */
export async function openEngine(
  name: (typeof ENGINES)[number],
  workers: number,
  folder: string,
): Promise<Engine | string> {
  if (name === "rapidsnark") {
    const prove = rapidsnark(folder);
    return prove === undefined ? "it is not on PATH" : { name, prove, close: async () => {} };
  }
  try {
    const { backend } = await chooseBackend(name, { workers });
    return { name, prove: (witness) => backend.prove(witness), close: () => backend.close() };
  } catch (error) {
    return (error as Error).message;
  }
}

/** A witness is used up when it is proved. */
export const copyOf = (witness: Witness): Witness => ({ ...witness, wires: witness.wires.slice() });

/** Of an odd number of figures the middle one. */
export const median = (all: readonly number[]): number =>
  [...all].sort((one, other) => one - other)[Math.floor(all.length / 2)]!;
