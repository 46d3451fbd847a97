import { chooseKernel } from "../../../src/prover/wasm/kernelChoice.js";
import type { KernelKind } from "../../../src/prover/wasm/provingKernel.js";

// Asks the engine for the instructions, where it hides them.
chooseKernel();

export const FUSED_KINDS = [
  "fused, constants in code",
  "fused, constants in memory",
] as const satisfies KernelKind[];
export const KERNEL_KINDS: readonly KernelKind[] = ["integer", ...FUSED_KINDS];
