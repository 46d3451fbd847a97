import { poseidon } from "./poseidon.js";
import { type BatchPoseidonHasher, createWasmPoseidon } from "./poseidonWasm.js";

let best: BatchPoseidonHasher | undefined;

/** The WebAssembly Poseidon where the engine can run it, else the bigint one: same results. One a thread. */
export function bestPoseidon(): BatchPoseidonHasher {
  return (best ??= chooseHasher());
}

function chooseHasher(): BatchPoseidonHasher {
  if (typeof WebAssembly === "object") {
    try {
      return createWasmPoseidon();
    } catch {
      // An engine or a content security policy that refuses to compile: the slow hasher is as correct.
    }
  }
  return {
    hash: poseidon.hash,
    hashMany: (jobs) => jobs.map(({ initialState, inputs }) => poseidon.hash(initialState, inputs)),
  };
}
