import type { Element, FieldCode, FieldMaker } from "../../field/kernel/fieldCode.js";
import { FunctionBuilder, I32, type Local } from "../../wasm/wasmModule.js";

/**
 * Code of the three passes of batched affine addition, which `ProvingKernel` describes. A pair of the list has three
 * addresses: both points and their sum; bit 0 of a point's address says that its opposite is meant.
 */

export const TRIPLE_BYTES = 12;
/** Elements kept per pair between the passes: differences of all coordinates, and partial products. */
export const DIFFERENCE_ELEMENTS = { g1: 2, g2: 4 } as const;
export const PREFIX_ELEMENTS = { g1: 1, g2: 2 } as const;

const load32 = (f: FunctionBuilder, at: Local, offset: number) =>
  f.get(at).op(0x28, ...FunctionBuilder.memory(offset));
const STORE32 = (offset: number) => [0x36, ...FunctionBuilder.memory(offset)];
const ADD = 0x6a;
const AND = 0x71;
const OR = 0x72;
const IS_ZERO = 0x45;

/** The registers of the pairs at hand, one a lane, and code that reads them from the list. */
function pairRegisters(f: FunctionBuilder, { lanes }: FieldCode, list: Local) {
  const [p, q, sum, pSign, qSign] = [0, 1, 2, 3, 4].map(() => f.locals(I32, lanes)) as [
    Local[],
    Local[],
    Local[],
    Local[],
    Local[],
  ];
  const loadPoint = (offset: number, point: Local, sign: Local) => {
    load32(f, list, offset).tee(point).i32(1).op(AND).set(sign);
    f.get(point).i32(-2).op(AND).set(point);
  };
  const loadPairs = () => {
    for (let lane = 0; lane < lanes; lane++) {
      const offset = lane * TRIPLE_BYTES;
      loadPoint(offset, p[lane]!, pSign[lane]!);
      loadPoint(offset + 4, q[lane]!, qSign[lane]!);
      load32(f, list, offset + 8).set(sum[lane]!);
    }
  };
  return { p, q, sum, pSign, qSign, loadPairs };
}

/**
 * The first pass does nothing but read points, which lie anywhere in memory, so that many reads are under way at a time. A
 * pair whose x may be equal is left out and gets the difference 1.
 */
export function gather(make: FieldMaker, degree: 1 | 2): FunctionBuilder {
  const f = new FunctionBuilder(4);
  const field = make(f);
  const [list, count, differences, leftOut] = f.all() as [Local, Local, Local, Local];
  const { p, q, sum, pSign, qSign, loadPairs } = pairRegisters(f, field, list);
  const other = field.element();
  const dx = Array.from({ length: degree }, () => field.element());
  const dy = field.element();
  const vectorBytes = field.lanes * field.elementBytes;
  f.countDown(count, () => {
    loadPairs();
    dx.forEach((part, i) => {
      field.load(q, i * field.elementBytes, part);
      field.load(p, i * field.elementBytes, other);
      field.subtract(part, other, part);
    });
    field.flagZeros(dx);
    field.oneWhereFlagged(dx);
    dx.forEach((part, i) => {
      field.storeVector(differences, i * vectorBytes, part);
    });
    for (let i = degree; i < 2 * degree; i++) {
      field.loadSigned(q, qSign, i * field.elementBytes, dy);
      field.loadSigned(p, pSign, i * field.elementBytes, other);
      field.subtract(dy, other, dy);
      field.storeVector(differences, i * vectorBytes, dy);
    }
    for (let lane = 0; lane < field.lanes; lane++) {
      field.pushFlag(lane);
      f.when(() => {
        const sumAt = STORE32(lane * TRIPLE_BYTES + 8);
        f.get(list)
          .get(sum[lane]!)
          .i32(1)
          .op(OR, ...sumAt);
        f.get(leftOut);
        load32(f, leftOut, 0)
          .i32(1)
          .op(ADD, ...STORE32(0));
      });
    }
    f.increment(list, field.lanes * TRIPLE_BYTES).increment(differences, 2 * degree * vectorBytes);
  });
  return f;
}

/** The second pass multiplies the x differences together, and keeps every partial product. */
export function prepare(make: FieldMaker, degree: 1 | 2): FunctionBuilder {
  const f = new FunctionBuilder(4);
  const field = make(f);
  const [differences, count, prefix, productAt] = f.all() as [Local, Local, Local, Local];
  const [product, factor] = [field.element(), field.element()];
  const dx = Array.from({ length: degree }, () => field.element());
  const vectorBytes = field.lanes * field.elementBytes;
  field.loadVector(productAt, 0, product);
  f.countDown(count, () => {
    dx.forEach((part, i) => {
      field.loadVector(differences, i * vectorBytes, part);
    });
    field.storeVector(prefix, 0, product);
    if (degree === 1) field.multiply(product, [[product, dx[0]!]]);
    else {
      // The norm: inverting in the quadratic extension needs only its inverse.
      field.multiply(
        factor,
        dx.map((part) => [part, part] as const),
      );
      field.reduce(factor);
      field.storeVector(prefix, vectorBytes, factor);
      field.multiply(product, [[product, factor]]);
    }
    f.increment(differences, 2 * degree * vectorBytes).increment(prefix, degree * vectorBytes);
  });
  field.storeVector(productAt, 0, product);
  return f;
}

function finishRegisters(make: FieldMaker) {
  const f = new FunctionBuilder(5);
  const field = make(f);
  const [list, count, differences, prefix, productAt] = f.all() as [Local, Local, Local, Local, Local];
  const [product, other] = [field.element(), field.element()];
  const pairs = pairRegisters(f, field, list);
  field.loadVector(productAt, 0, product);
  /** value -= that coordinate of both points */
  const subtractBoth = (offset: number, value: Element) => {
    for (const point of [pairs.p, pairs.q]) {
      field.load(point, offset, other);
      field.subtract(value, other, value);
    }
  };
  const vectorBytes = field.lanes * field.elementBytes;
  return {
    ...{ f, field, list, count, differences, prefix, product, other, subtractBoth, vectorBytes },
    ...pairs,
    /** Offset of a coordinate in a point. */
    at: (index: number) => index * field.elementBytes,
    difference: (index: number, out: Element) => field.loadVector(differences, index * vectorBytes, out),
  };
}
type Registers = ReturnType<typeof finishRegisters>;

/** The last pass: runs `body` for each vector of pairs, the last first, and stores the sums of those not left out. */
function backwards(registers: Registers, degree: 1 | 2, body: () => readonly Element[]): FunctionBuilder {
  const { f, field, list, count, differences, prefix, sum, loadPairs, at, vectorBytes } = registers;
  f.countDown(count, () => {
    f.increment(list, -field.lanes * TRIPLE_BYTES)
      .increment(prefix, -degree * vectorBytes)
      .increment(differences, -2 * degree * vectorBytes);
    loadPairs();
    const parts = body();
    sum.forEach((address, lane) => {
      f.get(address)
        .i32(1)
        .op(AND, IS_ZERO)
        .when(() => {
          parts.forEach((part, i) => {
            field.store(address, lane, at(i), part);
          });
        });
    });
  });
  return f;
}

export function finishG1(make: FieldMaker): FunctionBuilder {
  const registers = finishRegisters(make);
  const { field, prefix, p, pSign, product, other, difference, subtractBoth, at } = registers;
  const [slope, x3] = [field.element(), field.element()];
  return backwards(registers, 1, () => {
    field.loadVector(prefix, 0, slope);
    field.multiply(slope, [[slope, product]]);
    difference(0, other);
    field.multiply(product, [[product, other]]);
    difference(1, other);
    field.multiply(slope, [[slope, other]]);
    field.square(x3, slope);
    subtractBoth(at(0), x3);
    field.reduce(x3);
    field.load(p, at(0), other);
    field.subtract(other, x3, other);
    field.multiply(slope, [[slope, other]]);
    field.loadSigned(p, pSign, at(1), other);
    field.subtract(slope, other, slope);
    field.reduce(slope);
    return [x3, slope];
  });
}

export function finishG2(make: FieldMaker): FunctionBuilder {
  const registers = finishRegisters(make);
  const elements = G2_ELEMENTS.map((name) => [name, registers.field.element()] as const);
  const g2 = { ...registers, ...(Object.fromEntries(elements) as Record<G2Element, Element>) };
  return backwards(registers, 2, () => {
    slopeG2(g2);
    abscissaG2(g2);
    ordinateG2(g2);
    return [g2.x0, g2.x1, g2.inverse, g2.norm];
  });
}

const G2_ELEMENTS = ["inverse", "norm", "a", "b", "slope0", "slope1", "x0", "x1"] as const;
type G2Element = (typeof G2_ELEMENTS)[number];
/** The parts of a point in G2 stand in the order x real and imaginary, y real and imaginary. */
type G2Registers = Registers & Record<G2Element, Element>;

/** slope = dy / dx, with 1 / dx = conjugate(dx) / norm, here d0 - d1 i. Consumes one inverse of the running product. */
function slopeG2(g2: G2Registers) {
  const { field, prefix, vectorBytes, product, inverse, norm, a, b, slope0, slope1, x0, x1, difference } = g2;
  field.loadVector(prefix, 0, inverse);
  field.multiply(inverse, [[inverse, product]]);
  field.loadVector(prefix, vectorBytes, norm);
  field.multiply(product, [[product, norm]]);
  difference(0, a);
  field.multiply(x0, [[a, inverse]]);
  difference(1, a);
  field.multiply(x1, [[a, inverse]]);
  difference(2, a);
  difference(3, b);
  field.multiply(slope0, [
    [a, x0],
    [b, x1],
  ]);
  field.multiply(slope1, [[b, x0]], [[a, x1]]);
  field.reduce(slope0);
  field.reduce(slope1);
}

/** x3 = slope^2 - x1 - x2 */
function abscissaG2({ field, a, b, slope0, slope1, x0, x1, subtractBoth, at }: G2Registers) {
  field.add(slope0, slope1, a);
  field.subtract(slope0, slope1, b);
  field.multiply(x0, [[a, b]]);
  field.add(slope0, slope0, a);
  field.multiply(x1, [[a, slope1]]);
  subtractBoth(at(0), x0);
  field.reduce(x0);
  subtractBoth(at(1), x1);
  field.reduce(x1);
}

/** y3 = slope * (x1 - x3) - y1, left in `inverse` and `norm`. */
function ordinateG2({ field, p, pSign, a, b, slope0, slope1, x0, x1, inverse, norm, at }: G2Registers) {
  field.load(p, at(0), a);
  field.subtract(a, x0, a);
  field.load(p, at(1), b);
  field.subtract(b, x1, b);
  field.multiply(inverse, [[slope0, a]], [[slope1, b]]);
  field.multiply(norm, [
    [slope0, b],
    [slope1, a],
  ]);
  field.loadSigned(p, pSign, at(2), a);
  field.subtract(inverse, a, inverse);
  field.reduce(inverse);
  field.loadSigned(p, pSign, at(3), a);
  field.subtract(norm, a, norm);
  field.reduce(norm);
}
