import { FunctionBuilder, I32 } from "../../wasm/wasmModule.js";
import type { FieldMaker } from "./fieldCode.js";

/** Code that turns bytes into elements and back; `ProvingKernel` describes it. */

const BYTES = 32;

/** `(from, to, count, step)`: to[i] = from[i] * 2^power / R, or the limbs of from[i] as they are without a power. `count` is of lanes. */
export function importBytes(make: FieldMaker, power?: (montgomeryBits: number) => bigint): FunctionBuilder {
  const f = new FunctionBuilder(4);
  const field = make(f);
  const [from, to, count, step] = f.all();
  const at = [from!, ...f.locals(I32, field.lanes - 1)];
  const value = field.element();
  const factor = field.element();
  if (power !== undefined) field.constant(power(field.montgomeryBits), factor);
  f.countDown(count!, () => {
    at.forEach((address, lane) => {
      if (lane > 0)
        f.get(from!)
          .i32(lane * BYTES)
          .op(0x6a)
          .set(address);
    });
    field.loadBytes(at, value);
    if (power !== undefined) {
      field.multiply(value, [[value, factor]]);
      field.reduce(value);
    }
    for (let lane = 0; lane < field.lanes; lane++) {
      field.store(to!, lane, 0, value);
      f.increment(to!, step!);
    }
    f.increment(from!, field.lanes * BYTES);
  });
  return f;
}

/** `(from, to, count)`: to[i] = from[i] * 2^power / R as 32 bytes. `count` is of lanes. */
export function exportBytes(make: FieldMaker, power: number): FunctionBuilder {
  const f = new FunctionBuilder(3);
  const field = make(f);
  const [from, to, count] = f.all();
  const source = [from!, ...f.locals(I32, field.lanes - 1)];
  const target = [to!, ...f.locals(I32, field.lanes - 1)];
  const value = field.element();
  const factor = field.element();
  field.constant(1n << BigInt(power), factor);
  f.countDown(count!, () => {
    for (let lane = 1; lane < field.lanes; lane++) {
      f.get(from!)
        .i32(lane * field.elementBytes)
        .op(0x6a)
        .set(source[lane]!);
      f.get(to!)
        .i32(lane * BYTES)
        .op(0x6a)
        .set(target[lane]!);
    }
    field.load(source, 0, value);
    field.multiply(value, [[value, factor]]);
    field.storeBytes(target, value);
    f.increment(from!, field.lanes * field.elementBytes).increment(to!, field.lanes * BYTES);
  });
  return f;
}

/**
 * `(at, exponent, bits)`: raises a vector to a power, the highest bit of which is 1 and left out; the other bits are bytes, the
 * highest first.
 */
export function power(make: FieldMaker): FunctionBuilder {
  const f = new FunctionBuilder(3);
  const field = make(f);
  const [at, exponent, bits] = f.all();
  const base = field.element();
  const result = field.element();
  field.loadVector(at!, 0, base);
  field.loadVector(at!, 0, result);
  f.countDown(bits!, () => {
    field.square(result, result);
    // Squares of squares would grow.
    field.reduce(result);
    f.get(exponent!)
      .op(0x2d, ...FunctionBuilder.memory(0))
      .when(() => field.multiply(result, [[result, base]]));
    f.increment(exponent!, 1);
  });
  field.storeVector(at!, 0, result);
  return f;
}
