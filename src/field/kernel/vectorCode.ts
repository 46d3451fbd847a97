import { FunctionBuilder } from "../../wasm/wasmModule.js";
import type { Element, FieldMaker } from "./fieldCode.js";

/**
 * Code of whole passes over arrays of elements of a field F and of F2 = F[i] / (i^2 + 1), which must be a field; an element of F2 is its
 * two coordinates, one after the other. Counts are of elements, at least one.
 *
 * Everything stored is carried and lies from -1/8 to 9/8 of the order, so sums of two products are below what
 * `IntegerField.multiply` takes, and ten times an element below what its `reduce` takes.
 */

/** How the addresses of a pass move: by so many elements each. */
type Strides = readonly number[];

/** A pass of as many addresses as there are strides, and a count: `body` gets its addresses in order. */
function pass(
  make: FieldMaker,
  strides: Strides,
  body: (tools: {
    readonly load: (address: number, coordinate?: number) => Element;
    readonly store: (address: number, value: Element, coordinate?: number) => void;
    readonly field: ReturnType<FieldMaker>;
  }) => void,
): FunctionBuilder {
  const f = new FunctionBuilder(strides.length + 1);
  const field = make(f);
  const addresses = f.all();
  const offset = (coordinate: number) => coordinate * field.elementBytes;
  f.countDown(addresses.at(-1)!, () => {
    body({
      field,
      load: (address, coordinate = 0) => {
        const value = field.element();
        field.load([addresses[address]!], offset(coordinate), value);
        return value;
      },
      store: (address, value, coordinate = 0) =>
        field.store(addresses[address]!, 0, offset(coordinate), value),
    });
    strides.forEach((stride, i) => {
      f.increment(addresses[i]!, stride * field.elementBytes);
    });
  });
  return f;
}

/** `(a, b, out, count)`: products in F. */
export const products = (make: FieldMaker): FunctionBuilder =>
  pass(make, [1, 1, 1], ({ field, load, store }) => {
    const [a, b] = [load(0), load(1)];
    field.multiply(a, [[a, b]]);
    store(2, a);
  });

/** `(a, b, out, count)`: sums or differences in F, or in F2 if the count is twice as high. */
export const sums = (make: FieldMaker, which: "add" | "subtract"): FunctionBuilder =>
  pass(make, [1, 1, 1], ({ field, load, store }) => {
    const [a, b] = [load(0), load(1)];
    field[which](a, b, a);
    field.reduce(a);
    store(2, a);
  });

/** `(a, b, out, count)`: products in F2. */
export const products2 = (make: FieldMaker): FunctionBuilder =>
  pass(make, [2, 2, 2], ({ field, load, store }) => {
    const [a0, a1, b0, b1] = [load(0), load(0, 1), load(1), load(1, 1)];
    const [re, im] = [field.element(), field.element()];
    field.multiply(re, [[a0, b0]], [[a1, b1]]);
    field.multiply(im, [
      [a0, b1],
      [a1, b0],
    ]);
    store(2, re);
    store(2, im, 1);
  });

/** `(a, s, out, count)`: elements of F2, or their conjugates, times elements of F. */
export const scaled2 = (make: FieldMaker, conjugate: boolean): FunctionBuilder =>
  pass(make, [2, 1, 2], ({ field, load, store }) => {
    const [a0, a1, s] = [load(0), load(0, 1), load(1)];
    field.multiply(a0, [[a0, s]]);
    if (conjugate) {
      const zero = field.element();
      field.constant(0n, zero);
      field.subtract(zero, a1, a1);
    }
    field.multiply(a1, [[a1, s]]);
    store(2, a0);
    store(2, a1, 1);
  });

/** `(a, out, count)`: norms of elements of F2, in F. */
export const norms2 = (make: FieldMaker): FunctionBuilder =>
  pass(make, [2, 1], ({ field, load, store }) => {
    const [a0, a1] = [load(0), load(0, 1)];
    field.multiply(a0, [
      [a0, a0],
      [a1, a1],
    ]);
    store(1, a0);
  });

/** `(a, out, count)`: elements of F2 times 9 + i. */
export const timesNinePlusI = (make: FieldMaker): FunctionBuilder =>
  pass(make, [2, 2], ({ field, load, store }) => {
    const a = [load(0), load(0, 1)] as const;
    a.forEach((part, i) => {
      const nine = field.element();
      field.add(part, part, nine);
      field.add(nine, nine, nine);
      field.add(nine, nine, nine);
      field.add(nine, part, nine);
      field[i === 0 ? "subtract" : "add"](nine, a[1 - i]!, nine);
      field.reduce(nine);
      store(1, nine, i);
    });
  });

/** `(values, out, product, count)`: out[i] = product of all values before the i-th; the product of all goes to `product`, which begins as 1. */
export const prefixes = (make: FieldMaker): FunctionBuilder =>
  pass(make, [1, 1, 0], ({ field, load, store }) => {
    const [value, product] = [load(0), load(2)];
    store(1, product);
    field.multiply(product, [[product, value]]);
    store(2, product);
  });

/** `(values, prefixes, inverse, count)`: from the last place down, replaces values by their inverses; `inverse` is that of their product. */
export const inverses = (make: FieldMaker): FunctionBuilder =>
  pass(make, [-1, -1, 0], ({ field, load, store }) => {
    const [value, prefix, inverse] = [load(0), load(1), load(2)];
    field.multiply(prefix, [[prefix, inverse]]);
    field.multiply(inverse, [[inverse, value]]);
    store(0, prefix);
    store(2, inverse);
  });
