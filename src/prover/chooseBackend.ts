import { MarginproofError } from "../errors.js";
import type { ProverBackend } from "./backend.js";
import { createNativeBackend } from "./native/nativeBackend.js";
import { type FoundBinary, findNativeBinary } from "./native/nativeBinary.js";
import { PROOFS_A_CHECK } from "./native/proofChecks.js";
import { failsSelfTest } from "./native/selfTest.js";
import { createSnarkjsBackend } from "./snarkjs/snarkjsBackend.js";
import { createWasmBackend } from "./wasm/wasmBackend.js";

export const BACKENDS = ["auto", "wasm", "native", "snarkjs"] as const;
export type BackendName = (typeof BACKENDS)[number];

export interface ChosenBackend {
  readonly backend: ProverBackend;
  readonly name: Exclude<BackendName, "auto">;
  /** For a person: which it is, and why. */
  readonly why: string;
  /** Steps to have in it at a time, so that no worker waits. */
  readonly inFlight: number;
}

/**
 * The engine of a name. `auto` takes the native prover where there is one that may be started and has just proved a small
 * circuit, and else WebAssembly, which is everywhere.
 *
 * @param options.workers proofs at a time
 * @param options.find how the native prover is looked for
 * @throws MarginproofError `NATIVE_MISSING` and `NATIVE_REFUSED` where `native` was asked for and is not to be had
 */
export async function chooseBackend(
  name: BackendName,
  options: { readonly workers: number; readonly find?: () => Promise<FoundBinary> },
): Promise<ChosenBackend> {
  const { workers, find = findNativeBinary } = options;
  const witnesses = createWasmBackend({ workers });
  // One more than runs: its input is ready when a worker becomes free.
  const inFlight = workers + 1;
  if (name === "wasm") return { backend: witnesses, name, why: "wasm, as asked for", inFlight };
  if (name === "snarkjs")
    return { backend: createSnarkjsBackend(witnesses), name, why: "snarkjs, as asked for", inFlight: 2 };
  const native = await usable(find);
  if (native.path !== undefined) {
    const backend = createNativeBackend(native.path, workers, witnesses);
    const why = `native (${native.path}): ${native.why}, and it has proved the test circuit`;
    // Those that wait to be verified together keep no worker waiting.
    return { backend, name: "native", why, inFlight: inFlight + PROOFS_A_CHECK };
  }
  if (name === "auto") return { backend: witnesses, name: "wasm", why: `wasm: ${native.why}`, inFlight };
  throw new MarginproofError(native.missing ? "NATIVE_MISSING" : "NATIVE_REFUSED", native.why, {
    hint: "Build it here, where Go is: npm run native. Or use --backend wasm, which is always there.",
    kind: "io",
  });
}

async function usable(find: () => Promise<FoundBinary>): Promise<FoundBinary> {
  const found = await find();
  if (found.path === undefined) return found;
  const failure = await failsSelfTest(found.path);
  if (failure === undefined) return found;
  return { path: undefined, missing: false, why: `${found.path} failed its self-test: ${failure}` };
}
