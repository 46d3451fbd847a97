import { setFlagsFromString } from "node:v8";
import { FIELD_ORDER } from "../../field/order.js";
import { assembleModule, FunctionBuilder, V128 } from "../../wasm/wasmModule.js";
import { fromFusedLimbs } from "./fusedLimbs.js";
import { createProvingKernel, type KernelKind, type ProvingKernel } from "./provingKernel.js";
import { FUSED } from "./vectorOpcodes.js";

let chosen: KernelKind | undefined;

/** The fastest kernel that is exact on this engine and processor, with its own memory. */
export function kernelFor(domainSize: number): ProvingKernel {
  // Two lanes split a domain in halves of halves.
  return domainSize < 4 ? createProvingKernel("integer") : replayKernel();
}

/** The same, for witnesses. */
export function replayKernel(): ProvingKernel {
  chosen ??= chooseKernel();
  return createProvingKernel(chosen);
}

/**
 * V8's version decides where constants stand: a timing would have to wait for its optimising compiler. Whether products are
 * fused is the processor's choice and tried out.
 */
export function chooseKernel(v8: string = process.versions.v8): KernelKind {
  if (!runsFused()) return "integer";
  const kind: KernelKind =
    Number.parseInt(v8, 10) >= 13 ? "fused, constants in memory" : "fused, constants in code";
  return isExact(createProvingKernel(kind)) ? kind : "integer";
}

/** Whether the engine knows the fused instruction, if need be after asking it to: V8 of Node 20 hides it behind a flag. */
function runsFused(): boolean {
  const f = new FunctionBuilder([V128], [V128]);
  const [x] = f.all();
  const module = assembleModule([f.get(x!).get(x!).get(x!).simd(FUSED)], {}, 1);
  if (WebAssembly.validate(module)) return true;
  if (Number.parseInt(process.versions.v8, 10) !== 11) return false;
  setFlagsFromString("--experimental-wasm-relaxed-simd");
  return WebAssembly.validate(module);
}

/** What `isExact` needs of a fused kernel. */
type Multiplier = Pick<ProvingKernel, "wasm" | "multiplyAll">;

/**
 * Multiplies limbs at the edges of what they may hold and between, and compares with big integers. Rounding twice
 * instead of once goes wrong in nearly every one of them.
 */
export function isExact({ wasm, multiplyAll }: Multiplier): boolean {
  const mark = wasm.mark();
  const operands = testOperands();
  const [a, b, out] = [0, 1, 2].map(() => wasm.reserve(8 * operands.length)) as [number, number, number];
  const doubles = (at: number) =>
    new Float64Array(wasm.bytes(at, 8 * operands.length).buffer, at, operands.length);
  doubles(a).set(operands);
  doubles(b).set(operands.slice().reverse());
  multiplyAll(a, b, out, operands.length / 10);
  const element = (at: number, index: number) => {
    const first = 10 * (index >> 1) + (index & 1);
    return fromFusedLimbs([0, 2, 4, 6, 8].map((i) => doubles(at)[first + i]!));
  };
  let exact = true;
  for (let i = 0; i < operands.length / 5; i++) {
    const difference = element(a, i) * element(b, i) - (element(out, i) << 255n);
    if (difference % FIELD_ORDER !== 0n) exact = false;
  }
  wasm.release(mark);
  return exact;
}

/** Vectors of limbs up to 2^50 in size, the last of an element up to 2^49. */
function testOperands(): Float64Array {
  const limbs = new Float64Array(160);
  let state = 0x9e3779b97f4a7c15n;
  limbs.forEach((_, i) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    const size = i % 10 < 8 ? 51 : 50;
    const edge = 2 ** (size - 1) * (i % 3 === 0 ? 1 : -1);
    limbs[i] = i < 40 ? edge : Number(BigInt.asIntN(size, state >> 13n));
  });
  return limbs;
}
