import type { Element, FieldCode, FieldMaker } from "../../field/kernel/fieldCode.js";
import { FunctionBuilder, I32, type Local } from "../../wasm/wasmModule.js";

/** Code of the layers of number-theoretic transforms and of what stands around them; `ProvingKernel` describes it. */

type Butterfly = (field: FieldCode, a: Element, b: Element, w: Element) => readonly [Element, Element];

/** a, b -> a + b, (b - a) w */
const splitting: Butterfly = (field, a, b, w) => {
  const sum = field.element();
  field.add(a, b, sum);
  field.reduce(sum);
  field.subtract(b, a, b);
  field.multiply(b, [[b, w]]);
  return [sum, b];
};

/** a, b -> a + b w, a - b w */
const joining: Butterfly = (field, a, b, w) => {
  const difference = field.element();
  field.multiply(b, [[b, w]]);
  field.reduce(a);
  field.subtract(a, b, difference);
  field.add(a, b, a);
  return [a, difference];
};

/** `(data, half, blocks, factors, step)`: one layer in blocks of 2 * half vectors; j of each half has the factor at factors + j * step. */
function layer(make: FieldMaker, butterfly: Butterfly): FunctionBuilder {
  const f = new FunctionBuilder(5);
  const field = make(f);
  const [data, half, blocks, factors, step] = f.all() as [Local, Local, Local, Local, Local];
  const [other, factor, left] = f.locals(I32, 3) as [Local, Local, Local];
  const [a, b, w] = [field.element(), field.element(), field.element()];
  const vectorBytes = field.lanes * field.elementBytes;
  f.countDown(blocks, () => {
    f.get(half).i32(vectorBytes).op(0x6c).get(data).op(0x6a).set(other);
    f.get(factors).set(factor).get(half).set(left);
    f.countDown(left, () => {
      field.loadVector(data, 0, a);
      field.loadVector(other, 0, b);
      field.loadSplat(factor, w);
      const [first, second] = butterfly(field, a, b, w);
      field.storeVector(data, 0, first);
      field.storeVector(other, 0, second);
      f.increment(data, vectorBytes).increment(other, vectorBytes).increment(factor, step);
    });
    f.get(other).set(data);
  });
  return f;
}

/** `(data, count, factors, step)`: the layer whose halves are the two lanes; count is half the number of vectors. */
function acrossLanes(make: FieldMaker, butterfly: Butterfly): FunctionBuilder {
  const f = new FunctionBuilder(4);
  const field = make(f);
  const [data, count, factor, step] = f.all() as [Local, Local, Local, Local];
  const [nextData, nextFactor] = f.locals(I32, 2) as [Local, Local];
  const [a, b, w] = [field.element(), field.element(), field.element()];
  const vectorBytes = field.lanes * field.elementBytes;
  const at = [data, nextData];
  f.countDown(count, () => {
    f.get(data).i32(vectorBytes).op(0x6a).set(nextData);
    f.get(factor).get(step).op(0x6a).set(nextFactor);
    field.load(at, 0, a, "in vector");
    field.load(at, 8, b, "in vector");
    field.load([factor, nextFactor], 0, w);
    butterfly(field, a, b, w).forEach((value, half) => {
      at.forEach((vector, lane) => {
        field.store(vector, lane, 8 * half, value, "in vector");
      });
    });
    f.increment(data, 2 * vectorBytes)
      .get(nextFactor)
      .get(step)
      .op(0x6a)
      .set(factor);
  });
  return f;
}

export const split = (make: FieldMaker) => layer(make, splitting);
export const join = (make: FieldMaker) => layer(make, joining);
export const splitLanes = (make: FieldMaker) => acrossLanes(make, splitting);
export const joinLanes = (make: FieldMaker) => acrossLanes(make, joining);

/** `(terms, count, values, out, keep)`: out = sum of coefficient * value, and what was there if keep is 1. */
export function sumRow(make: FieldMaker): FunctionBuilder {
  const f = new FunctionBuilder(5);
  const field = make(f);
  const [terms, count, values, out, keep] = f.all() as [Local, Local, Local, Local, Local];
  const term = [terms, ...f.locals(I32, field.lanes - 1)];
  const wire = f.locals(I32, field.lanes);
  const [coefficient, value] = [field.element(), field.element()];
  const termBytes = field.elementBytes + 4 * field.lanes;
  field.beginSum();
  f.countDown(count, () => {
    term.forEach((at, lane) => {
      if (lane > 0)
        f.get(terms)
          .i32(lane * termBytes)
          .op(0x6a)
          .set(at);
      f.get(at).op(0x28, ...FunctionBuilder.memory(field.elementBytes));
      f.get(values).op(0x6a).set(wire[lane]!);
    });
    field.load(term, 0, coefficient);
    field.load(wire, 0, value);
    field.addProduct(coefficient, value);
    f.increment(terms, field.lanes * termBytes);
  });
  field.endSum(coefficient);
  f.get(keep).when(() => {
    field.load(new Array<Local>(field.lanes).fill(out), 0, value, "in vector");
    field.add(coefficient, value, coefficient);
    field.reduce(coefficient);
  });
  field.store(out, 0, 0, coefficient, "in vector");
  return f;
}

/** `(a, b, out, count)`: out = a * b, vectors. */
export function multiplyAll(make: FieldMaker, f = new FunctionBuilder(4)): FunctionBuilder {
  const field = make(f);
  const [a, b, out, count] = f.all() as [Local, Local, Local, Local];
  const [x, y] = [field.element(), field.element()];
  const vectorBytes = field.lanes * field.elementBytes;
  f.countDown(count, () => {
    field.loadVector(a, 0, x);
    field.loadVector(b, 0, y);
    field.multiply(x, [[x, y]]);
    field.storeVector(out, 0, x);
    for (const at of [a, b, out]) f.increment(at, vectorBytes);
  });
  return f;
}

/** `(a, b, c, out, count, scales)`: out = a * b * scale - c * scale', 32 bytes each, lanes `count` apart; the two scales stand alone. */
export function quotient(make: FieldMaker): FunctionBuilder {
  const f = new FunctionBuilder(6);
  const field = make(f);
  const [a, b, c, out, count, scales] = f.all() as [Local, Local, Local, Local, Local, Local];
  const target = [out, ...f.locals(I32, field.lanes - 1)];
  const [x, y, scaleOfProduct, scaleOfC] = [0, 1, 2, 3].map(() => field.element()) as [
    Element,
    Element,
    Element,
    Element,
  ];
  field.loadSplat(scales, scaleOfProduct);
  f.get(scales).i32(field.elementBytes).op(0x6a).set(scales);
  field.loadSplat(scales, scaleOfC);
  for (const at of target.slice(1)) f.get(count).i32(32).op(0x6c).get(out).op(0x6a).set(at);
  f.countDown(count, () => {
    field.loadVector(a, 0, x);
    field.loadVector(b, 0, y);
    field.reduce(x);
    field.multiply(x, [[x, y]]);
    field.loadVector(c, 0, y);
    field.reduce(y);
    field.multiply(x, [[x, scaleOfProduct]], [[y, scaleOfC]]);
    field.storeBytes(target, x);
    for (const at of [a, b, c]) f.increment(at, field.lanes * field.elementBytes);
    for (const at of target) f.increment(at, 32);
  });
  return f;
}
