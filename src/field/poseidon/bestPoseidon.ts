import { type PoseidonHasher, poseidon } from "./poseidon.js";
import { createWasmPoseidon } from "./poseidonWasm.js";

let best: PoseidonHasher | undefined;

/** The WebAssembly Poseidon where the engine can run it, else the bigint one: same results. One a thread. */
export function bestPoseidon(): PoseidonHasher {
  return (best ??= chooseHasher());
}

function chooseHasher(): PoseidonHasher {
  if (typeof WebAssembly === "object") {
    try {
      return createWasmPoseidon();
    } catch {
      // An engine or a content security policy that refuses to compile: the slow hasher is as correct.
    }
  }
  return poseidon;
}
