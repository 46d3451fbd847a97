import { FunctionBuilder, I32, type Local } from "../../wasm/wasmModule.js";
import { ADD, BaseFieldCode, ELEMENT_BYTES, type Element, SUB } from "./baseFieldCode.js";

/** Code of the two passes of batched affine addition, which `CurveKernel` describes. */

/** Bytes kept per pair between the two passes. */
export const PREFIX_BYTES = { g1: ELEMENT_BYTES, g2: 2 * ELEMENT_BYTES } as const;
export const TRIPLE_BYTES = 12;

const LOAD32 = (offset: number) => [0x28, ...FunctionBuilder.memory(offset)];
const STORE32 = (offset: number) => [0x36, ...FunctionBuilder.memory(offset)];

/** The registers of both passes: the pair at hand and the running product. */
function passRegisters(f: FunctionBuilder) {
  const field = new BaseFieldCode(f);
  const [list, count, prefix, productAt] = [0, 1, 2, 3].map((i) => f.parameter(i)) as [
    Local,
    Local,
    Local,
    Local,
  ];
  const [p, q, sum] = f.locals(I32, 3) as [Local, Local, Local];
  const product = field.element();
  field.load(productAt, 0, product);
  const loadPair = () => {
    f.get(list)
      .op(...LOAD32(0))
      .set(p)
      .get(list)
      .op(...LOAD32(4))
      .set(q);
    f.get(list)
      .op(...LOAD32(8))
      .set(sum);
  };
  return { field, list, count, prefix, productAt, p, q, sum, product, loadPair };
}

export function prepare(degree: 1 | 2): FunctionBuilder {
  const f = new FunctionBuilder(4);
  const { field, list, count, prefix, productAt, p, q, sum, product, loadPair } = passRegisters(f);
  const dx = Array.from({ length: degree }, () => field.element());
  const zero = f.local(I32);
  f.countDown(count, () => {
    loadPair();
    dx.forEach((part, i) => {
      field.loadCombined(SUB, q, p, ELEMENT_BYTES * i, part);
      field.pushMayBeZero(part[0]!);
      if (i > 0) f.get(zero).op(0x71);
      f.set(zero);
    });
    f.get(zero).when(() => {
      f.get(list)
        .get(sum)
        .i32(1)
        .op(0x72)
        .op(...STORE32(8));
      f.get(productAt)
        .get(productAt)
        .op(...LOAD32(ELEMENT_BYTES))
        .i32(1)
        .op(0x6a)
        .op(...STORE32(ELEMENT_BYTES));
    });
    f.get(zero)
      .op(0x45)
      .when(() => {
        field.store(prefix, 0, product);
        if (degree === 2) {
          // The norm: inverting in the quadratic extension needs only its inverse.
          field.multiply(dx[0]!, [
            [dx[0]!, dx[0]!],
            [dx[1]!, dx[1]!],
          ]);
          field.store(prefix, ELEMENT_BYTES, dx[0]!);
        }
        field.multiply(product, [[product, dx[0]!]]);
      });
    f.increment(list, TRIPLE_BYTES).increment(prefix, degree * ELEMENT_BYTES);
  });
  field.store(productAt, 0, product);
  return f;
}

/** The loop of a second pass: runs `body` for the pairs not left out, the last first. */
function backwards(
  f: FunctionBuilder,
  registers: ReturnType<typeof passRegisters>,
  degree: 1 | 2,
  body: () => void,
) {
  const { list, count, prefix, sum, loadPair } = registers;
  f.countDown(count, () => {
    f.increment(list, -TRIPLE_BYTES).increment(prefix, -degree * ELEMENT_BYTES);
    loadPair();
    f.get(sum).i32(1).op(0x71, 0x45).when(body);
  });
}

export function finishG1(): FunctionBuilder {
  const f = new FunctionBuilder(4);
  const registers = passRegisters(f);
  const { field, prefix, p, q, sum, product } = registers;
  const [dx, slope, x1, x3, other] = Array.from({ length: 5 }, () => field.element()) as [
    Element,
    Element,
    Element,
    Element,
    Element,
  ];
  const y = ELEMENT_BYTES;
  backwards(f, registers, 1, () => {
    field.load(prefix, 0, slope);
    field.multiply(slope, [[slope, product]]);
    field.loadCombined(SUB, q, p, 0, dx);
    field.multiply(product, [[product, dx]]);
    field.loadCombined(SUB, q, p, y, dx);
    field.multiply(slope, [[slope, dx]]);
    field.multiply(x3, [[slope, slope]]);
    field.loadCombined(ADD, p, q, 0, other);
    field.combine(SUB, x3, other, x3);
    field.reduce(x3);
    field.load(p, 0, x1);
    field.combine(SUB, x1, x3, x1);
    field.multiply(slope, [[slope, x1]]);
    field.load(p, y, other);
    field.combine(SUB, slope, other, slope);
    field.reduce(slope);
    field.store(sum, 0, x3);
    field.store(sum, y, slope);
  });
  return f;
}

export function finishG2(): FunctionBuilder {
  const f = new FunctionBuilder(4);
  const registers = passRegisters(f);
  const elements = G2_ELEMENTS.map((name) => [name, registers.field.element()] as const);
  const g2 = { ...registers, ...(Object.fromEntries(elements) as Record<G2Element, Element>) };
  backwards(f, registers, 2, () => {
    slopeG2(g2);
    abscissaG2(g2);
    ordinateG2(g2);
    const { field, sum, x0, x1, inverse, norm } = g2;
    [x0, x1, inverse, norm].forEach((part, i) => {
      field.store(sum, G2_AT[i]!, part);
    });
  });
  return f;
}

const G2_ELEMENTS = ["inverse", "norm", "a", "b", "slope0", "slope1", "x0", "x1"] as const;
type G2Element = (typeof G2_ELEMENTS)[number];
type G2Registers = ReturnType<typeof passRegisters> & Record<G2Element, Element>;
/** Where the four parts of a point in G2 stand: x real and imaginary, y real and imaginary. */
const G2_AT = [0, ELEMENT_BYTES, 2 * ELEMENT_BYTES, 3 * ELEMENT_BYTES] as const;

/** slope = dy / dx, with 1 / dx = conjugate(dx) / norm, here d0 - d1 i. Consumes one inverse of the running product. */
function slopeG2({ field, prefix, p, q, product, inverse, norm, a, b, slope0, slope1, x0, x1 }: G2Registers) {
  field.load(prefix, 0, inverse);
  field.multiply(inverse, [[inverse, product]]);
  field.load(prefix, ELEMENT_BYTES, norm);
  field.multiply(product, [[product, norm]]);
  field.loadCombined(SUB, q, p, G2_AT[0], a);
  field.multiply(x0, [[a, inverse]]);
  field.loadCombined(SUB, q, p, G2_AT[1], a);
  field.multiply(x1, [[a, inverse]]);
  field.loadCombined(SUB, q, p, G2_AT[2], a);
  field.loadCombined(SUB, q, p, G2_AT[3], b);
  field.multiply(slope0, [
    [a, x0],
    [b, x1],
  ]);
  field.multiply(slope1, [[b, x0]], [[a, x1]]);
}

/** x3 = slope^2 - x1 - x2 */
function abscissaG2({ field, p, q, a, b, slope0, slope1, x0, x1 }: G2Registers) {
  field.combine(ADD, slope0, slope1, a);
  field.combine(SUB, slope0, slope1, b);
  field.multiply(x0, [[a, b]]);
  field.combine(ADD, slope0, slope0, a);
  field.multiply(x1, [[a, slope1]]);
  field.loadCombined(ADD, p, q, G2_AT[0], a);
  field.combine(SUB, x0, a, x0);
  field.reduce(x0);
  field.loadCombined(ADD, p, q, G2_AT[1], a);
  field.combine(SUB, x1, a, x1);
  field.reduce(x1);
}

/** y3 = slope * (x1 - x3) - y1, left in `inverse` and `norm`. */
function ordinateG2({ field, p, a, b, slope0, slope1, x0, x1, inverse, norm }: G2Registers) {
  field.load(p, G2_AT[0], a);
  field.combine(SUB, a, x0, a);
  field.load(p, G2_AT[1], b);
  field.combine(SUB, b, x1, b);
  field.multiply(inverse, [[slope0, a]], [[slope1, b]]);
  field.multiply(norm, [
    [slope0, b],
    [slope1, a],
  ]);
  field.load(p, G2_AT[2], a);
  field.combine(SUB, inverse, a, inverse);
  field.reduce(inverse);
  field.load(p, G2_AT[3], a);
  field.combine(SUB, norm, a, norm);
  field.reduce(norm);
}
