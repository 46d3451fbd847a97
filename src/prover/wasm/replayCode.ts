import type { Element, FieldCode, FieldMaker } from "../../field/kernel/fieldCode.js";
import { FunctionBuilder, I32, type Local } from "../../wasm/wasmModule.js";

/** Code of the replay of a witness calculation; `ProvingKernel` describes it. Lists are of 32-bit words. */

const WORD = 4;
const ADD = 0x6a;
const load = (f: FunctionBuilder, at: Local, offset: number, into: Local): void => {
  f.get(at)
    .op(0x28, ...FunctionBuilder.memory(offset))
    .set(into);
};

/** Stores every lane's element, one after the other, and moves `to` on. */
function storeLanes(f: FunctionBuilder, field: FieldCode, to: Local, value: Element, lanes: number): void {
  for (let lane = 0; lane < lanes; lane++) {
    field.store(to, lane, 0, value);
    f.increment(to, field.elementBytes);
  }
}

/** `(list, out, count)` */
export function sums(make: FieldMaker): FunctionBuilder {
  const f = new FunctionBuilder(3);
  const field = make(f);
  const [list, out, count] = f.all() as [Local, Local, Local];
  const [terms, left] = [f.local(I32), f.local(I32)];
  const [factorAt, valueAt] = [f.locals(I32, field.lanes), f.locals(I32, field.lanes)];
  const [factor, value] = [field.element(), field.element()];
  f.countDown(count, () => {
    load(f, list, 0, terms);
    load(f, list, WORD, left);
    field.beginSum();
    f.countDown(left, () => {
      for (let lane = 0; lane < field.lanes; lane++) {
        load(f, terms, 2 * WORD * lane, factorAt[lane]!);
        load(f, terms, 2 * WORD * lane + WORD, valueAt[lane]!);
      }
      field.load(factorAt, 0, factor);
      field.load(valueAt, 0, value);
      field.addProduct(value, factor);
      f.increment(terms, 2 * WORD * field.lanes);
    });
    field.endSum(value);
    storeLanes(f, field, out, value, 1);
    f.increment(list, 2 * WORD);
  });
  return f;
}

/** `(list, out, count)` */
export function productPairs(make: FieldMaker): FunctionBuilder {
  const f = new FunctionBuilder(3);
  const field = make(f);
  const [list, out, count] = f.all() as [Local, Local, Local];
  const [aAt, bAt] = [f.locals(I32, field.lanes), f.locals(I32, field.lanes)];
  const [a, b] = [field.element(), field.element()];
  f.countDown(count, () => {
    for (let lane = 0; lane < field.lanes; lane++) {
      load(f, list, 2 * WORD * lane, aAt[lane]!);
      load(f, list, 2 * WORD * lane + WORD, bAt[lane]!);
    }
    field.load(aAt, 0, a);
    field.load(bAt, 0, b);
    field.multiply(a, [[a, b]]);
    field.reduce(a);
    storeLanes(f, field, out, a, field.lanes);
    f.increment(list, 2 * WORD * field.lanes);
  });
  return f;
}

/** `(list, to, count)` */
export function plainBytes(make: FieldMaker): FunctionBuilder {
  const f = new FunctionBuilder(3);
  const field = make(f);
  const [list, to, count] = f.all() as [Local, Local, Local];
  const [from, target] = [f.locals(I32, field.lanes), f.locals(I32, field.lanes)];
  const [value, one] = [field.element(), field.element()];
  field.constant(1n, one);
  f.countDown(count, () => {
    for (let lane = 0; lane < field.lanes; lane++) {
      load(f, list, WORD * lane, from[lane]!);
      f.get(to)
        .i32(32 * lane)
        .op(ADD)
        .set(target[lane]!);
    }
    field.load(from, 0, value);
    field.multiply(value, [[value, one]]);
    field.storeBytes(target, value);
    f.increment(list, WORD * field.lanes).increment(to, 32 * field.lanes);
  });
  return f;
}
