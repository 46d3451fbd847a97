import { FunctionBuilder, I32, type Local } from "../../wasm/wasmModule.js";
import { CONSTANT, LOAD } from "./vectorOpcodes.js";

/**
 * Where a module keeps its vector constants: in the code, which V8 up to 12 compiles best, or in memory, which
 * V8 from 13 on does; the wrong one costs a factor of 2.
 */
export type ConstantPlace = "code" | "memory";

/** The 64-bit constants of a module, each in both lanes of a vector. */
export class VectorConstants {
  private readonly values: bigint[] = [];

  constructor(readonly place: ConstantPlace) {}

  /** Emits the start of a function. @returns the register that `push` is to be given: the address where `bytes` were put */
  start(f: FunctionBuilder): Local {
    const base = f.local(I32);
    if (this.place === "memory") f.global(0).set(base);
    return base;
  }

  push(f: FunctionBuilder, base: Local, bits: bigint): FunctionBuilder {
    const value = BigInt.asUintN(64, bits);
    if (this.place === "code") {
      const bytes = littleEndian(value);
      return f.simd(CONSTANT, ...bytes, ...bytes);
    }
    let index = this.values.indexOf(value);
    if (index < 0) index = this.values.push(value) - 1;
    return f.get(base).simd(LOAD, ...FunctionBuilder.memory(16 * index));
  }

  /** What memory must hold before the module is called; complete once all code is emitted. */
  get bytes(): Uint8Array {
    return Uint8Array.from(this.values.flatMap((value) => [...littleEndian(value), ...littleEndian(value)]));
  }
}

function littleEndian(value: bigint): number[] {
  return Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

/** The bits of a double. */
export function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

/** Adding this to a double of at most 2^102 rounds it to a multiple of 2^51, the number of which its bits then hold. */
export const ROUND_TO_LIMB = 3 * 2 ** 102;
/** Adding this to an integer of at most 2^51 puts it into the low bits of the double. */
export const AS_INTEGER = 3 * 2 ** 51;
