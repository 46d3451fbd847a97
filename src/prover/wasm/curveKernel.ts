import { BASE_FIELD_ORDER } from "../../field/order.js";
import { assembleModule, FunctionBuilder } from "../../wasm/wasmModule.js";
import { BaseFieldCode, ELEMENT_BYTES, LIMB_BITS, LIMB_MASK, LIMBS, toLimbs } from "./baseFieldCode.js";
import { finishG1, finishG2, prepare } from "./pairPasses.js";

/**
 * The WebAssembly module of batched affine point addition. A task is a list of triples of addresses
 * (first point, second point, sum); one field inversion serves a whole list (Montgomery's trick).
 *
 * `prepareG1(list, count, prefix, product)` multiplies the x differences together, keeping every partial
 * product; between, the caller replaces the product by its inverse; `finishG1(listEnd, count, prefixEnd,
 * product)` walks back and writes the sums. A pair whose x may be equal is left out: its sum address gets bit 0
 * set and the word after the product counts it.
 */

export interface CurveKernel {
  readonly memory: WebAssembly.Memory;
  /** Converts field elements: 32 bytes in Montgomery form of 2^256 at `from` to limbs at `to`; count >= 1. */
  importElements(from: number, to: number, count: number): void;
  prepareG1(list: number, count: number, prefix: number, product: number): void;
  finishG1(listEnd: number, count: number, prefixEnd: number, product: number): void;
  prepareG2(list: number, count: number, prefix: number, product: number): void;
  finishG2(listEnd: number, count: number, prefixEnd: number, product: number): void;
}

let module: WebAssembly.Module | undefined;

/** A fresh instance with its own memory, 25 pages at first. */
export function createCurveKernel(): CurveKernel {
  module ??= new WebAssembly.Module(
    assembleModule(
      [importElements(), prepare(1), finishG1(), prepare(2), finishG2()],
      { importElements: 0, prepareG1: 1, finishG1: 2, prepareG2: 3, finishG2: 4 },
      25,
    ),
  );
  return new WebAssembly.Instance(module).exports as unknown as CurveKernel;
}

function importElements(): FunctionBuilder {
  const f = new FunctionBuilder(3);
  const [from, to, count] = [f.parameter(0), f.parameter(1), f.parameter(2)];
  const field = new BaseFieldCode(f);
  const value = field.element();
  const factor = field.element();
  toLimbs((1n << 266n) % BASE_FIELD_ORDER).forEach((limb, i) => {
    f.i64(limb).set(factor[i]!);
  });
  f.countDown(count, () => {
    for (let i = 0; i < LIMBS; i++) {
      const word = (LIMB_BITS * i) >> 5;
      // 64 bits from a 32-bit boundary hold the limb; the last one stays inside the element.
      const start = Math.min(word, 6);
      f.get(from).op(0x29, ...FunctionBuilder.memory(4 * start));
      f.i64(LIMB_BITS * i - 32 * start)
        .op(0x88)
        .i64(LIMB_MASK)
        .op(0x83)
        .set(value[i]!);
    }
    field.multiply(value, [[value, factor]]);
    field.reduce(value);
    field.store(to, 0, value);
    f.increment(from, 32).increment(to, ELEMENT_BYTES);
  });
  return f;
}
