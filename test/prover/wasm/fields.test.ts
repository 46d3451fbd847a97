import { describe, expect, test } from "vitest";
import type { Element, FieldCode, Pair } from "../../../src/field/kernel/fieldCode.js";
import { IntegerField } from "../../../src/field/kernel/integerField.js";
import { BASE_FIELD_ORDER, FIELD_ORDER } from "../../../src/field/order.js";
import { Bn254Wasm } from "../../../src/keys/bn254Wasm.js";
import { multiplyAll } from "../../../src/prover/wasm/fourierCode.js";
import { type ConstantPlace, VectorConstants } from "../../../src/prover/wasm/fusedConstants.js";
import { FusedField } from "../../../src/prover/wasm/fusedField.js";
import { fromFusedLimbs } from "../../../src/prover/wasm/fusedLimbs.js";
import { chooseKernel, isExact } from "../../../src/prover/wasm/kernelChoice.js";
import { ProductCalls } from "../../../src/prover/wasm/productCalls.js";
import { createProvingKernel } from "../../../src/prover/wasm/provingKernel.js";
import { assembleModule, FunctionBuilder } from "../../../src/wasm/wasmModule.js";
import { FUSED_KINDS } from "./support.js";

/** What a test module computes of the vectors a, b, c, d. */
type Formula = (
  field: FieldCode,
  out: Element,
  operands: readonly [Element, Element, Element, Element],
) => void;

const FORMULAS = {
  product: (field, out, [a, b]) => field.multiply(out, [[a, b]]),
  "two products": (field, out, [a, b, c, d]) => field.multiply(out, [[a, b] as Pair, [c, d] as Pair]),
  "a product less another": (field, out, [a, b, c, d]) => field.multiply(out, [[a, b]], [[c, d]]),
  square: (field, out, [a]) => field.square(out, a),
  "into a factor": (field, out, [a, b]) => {
    field.multiply(a, [[a, b]]);
    field.add(a, field.element(), out);
  },
} as const satisfies Record<string, Formula>;
type Name = keyof typeof FORMULAS;

const EXPECTED: Record<Name, (a: bigint, b: bigint, c: bigint, d: bigint) => bigint> = {
  product: (a, b) => a * b,
  "two products": (a, b, c, d) => a * b + c * d,
  "a product less another": (a, b, c, d) => a * b - c * d,
  square: (a) => a * a,
  "into a factor": (a, b) => a * b,
};

interface Kind {
  readonly lanes: number;
  readonly limbs: number;
  readonly limbBits: number;
  readonly make: (order: bigint) => {
    field: (f: FunctionBuilder) => FieldCode;
    first: readonly FunctionBuilder[];
    constants: () => Uint8Array;
  };
}

const fused = (place: ConstantPlace, calling: boolean): Kind => ({
  ...{ lanes: 2, limbs: 5, limbBits: 51 },
  make: (order) => {
    const constants = new VectorConstants(place);
    const calls = calling ? new ProductCalls(order, constants) : undefined;
    return {
      field: (f) => new FusedField(f, order, constants, calls),
      first: calls?.functions ?? [],
      constants: () => constants.bytes,
    };
  },
});

const KINDS: Record<string, Kind> = {
  integer: {
    ...{ lanes: 1, limbs: 9, limbBits: 29 },
    make: (order) => ({
      field: (f) => new IntegerField(f, order),
      first: [],
      constants: () => new Uint8Array(),
    }),
  },
  "fused, in code": fused("code", false),
  "fused, in memory": fused("memory", false),
  "fused, in code, called": fused("code", true),
  "fused, in memory, called": fused("memory", true),
};

/** A function from one of each lane's elements to another, limbs in and out. */
function compile(kind: Kind, order: bigint, formula: Formula) {
  const { field: make, first, constants } = kind.make(order);
  const f = new FunctionBuilder(2);
  const field = make(f);
  const [from, to] = f.all();
  const operands = [0, 1, 2, 3].map((i) => {
    const element = field.element();
    field.loadVector(from!, i * field.lanes * field.elementBytes, element);
    return element;
  }) as unknown as [Element, Element, Element, Element];
  const out = field.element();
  formula(field, out, operands);
  field.storeVector(to!, 0, out);
  const code = assembleModule([...first, f], { run: first.length }, 1, ["constants"]);
  const exports = new WebAssembly.Instance(new WebAssembly.Module(code)).exports as unknown as {
    readonly memory: WebAssembly.Memory;
    readonly constants: WebAssembly.Global;
    run(from: number, to: number): void;
  };
  exports.constants.value = 4096;
  new Uint8Array(exports.memory.buffer, 4096, constants().length).set(constants());
  return (operandLimbs: readonly (readonly number[])[]): number[] => {
    const view =
      kind.lanes === 2 ? new Float64Array(exports.memory.buffer) : new Int32Array(exports.memory.buffer);
    const vector = kind.limbs * kind.lanes;
    operandLimbs.forEach((limbs, i) => {
      limbs.forEach((limb, k) => {
        for (let lane = 0; lane < kind.lanes; lane++)
          view[i * vector + k * kind.lanes + lane] = lane ? -limb : limb;
      });
    });
    const at = 1024 * view.BYTES_PER_ELEMENT;
    exports.run(0, at);
    return [...view.subarray(1024, 1024 + vector)];
  };
}

function limbsToBigInt(kind: Kind, limbs: readonly number[]): bigint {
  return limbs.reduceRight((sum, limb) => (sum << BigInt(kind.limbBits)) + BigInt(limb), 0n);
}

/**
 * Limbs at the edges of what an operand may hold: `times` limbs of a carried element added, in every pattern of signs that
 * makes columns as large or as uneven as they get, with the value of the whole up to so many orders.
 */
function edges(kind: Kind, times: number, order: bigint, orders = times): number[][] {
  const carried = kind.lanes === 2 ? 2 ** (kind.limbBits - 1) : 2 ** kind.limbBits - 1;
  const top = Number((order * BigInt(orders)) >> BigInt(kind.limbBits * (kind.limbs - 1)));
  const limb = carried * times;
  const patterns: ((i: number) => number)[] = [
    () => 1,
    () => -1,
    (i) => (i % 2 ? 1 : -1),
    (i) => (i < 2 ? 1 : -1),
    (i) => (i < 2 ? -1 : 1),
    (i) => (i === 0 ? 1 : 0),
    (i) => (i === kind.limbs - 1 ? -1 : 0),
    () => 0,
  ];
  const odd = patterns.slice(0, 3).map((sign) => (i: number) => sign(i) * (1 - (i + 1) * 1e-3));
  return [...patterns, ...odd].map((sign) =>
    Array.from(
      { length: kind.limbs },
      (_, i) => Math.round(sign(i) * (i === kind.limbs - 1 ? top : limb)) || 0,
    ),
  );
}

for (const [name, kind] of Object.entries(KINDS))
  for (const [field, order] of [
    ["base", BASE_FIELD_ORDER],
    ["scalar", FIELD_ORDER],
  ] as const)
    describe(`${name}, ${field} field`, () => {
      const montgomery = 1n << BigInt(kind.limbs * kind.limbBits);
      test.each(Object.keys(FORMULAS) as Name[])("%s at the edges of limbs", (formula) => {
        const run = compile(kind, order, FORMULAS[formula]);
        // One factor may be a difference of carried elements; in doubles both; squares are of carried ones.
        const two = formula.includes("two") || formula.includes("less");
        const wide = formula === "square" || (two && kind.lanes === 1) ? 1 : 2;
        const other = kind.lanes === 2 && formula !== "square" ? wide : 1;
        const orders = two ? 1 : wide;
        const first = edges(kind, wide, order, orders);
        const second = edges(kind, other, order, two ? 1 : other);
        for (const [i, a] of first.entries())
          for (const b of second) {
            const c = first[(i + 1) % first.length]!;
            const out = run([a, b, c, b]);
            const [x, y, z] = [a, b, c].map((limbs) => limbsToBigInt(kind, limbs)) as [
              bigint,
              bigint,
              bigint,
            ];
            const expected = EXPECTED[formula](x, y, z, y);
            for (let lane = 0; lane < kind.lanes; lane++) {
              const limbs = out.filter((_, i) => i % kind.lanes === lane);
              const value = limbsToBigInt(kind, limbs);
              // The other lane has the opposites of all operands, whose products are the same.
              expect((value * montgomery - expected) % order).toBe(0n);
              expect(
                limbs.slice(0, -1).every((limb) => Math.abs(limb) <= 2 ** (kind.lanes === 2 ? 50 : 29)),
              ).toBe(true);
              // Reduction adds at most 3/4 of the order either way in doubles, and up to the order in integers.
              const added = value * montgomery - expected;
              const [least, most] = kind.lanes === 2 ? [-76n, 76n] : [0n, 100n];
              expect(100n * added >= least * order * montgomery).toBe(true);
              expect(100n * added <= most * order * montgomery).toBe(true);
            }
          }
      });

      test("reducing what differences of products come to", () => {
        const run = compile(kind, order, (code, out, [a]) => {
          code.reduce(a);
          code.add(a, code.element(), out);
        });
        for (const times of [1, 2, 3])
          for (const a of edges(kind, times, order)) {
            const value = limbsToBigInt(
              kind,
              run([a]).filter((_, i) => i % kind.lanes === 0),
            );
            expect((value - limbsToBigInt(kind, a)) % order).toBe(0n);
            const [least, most] = kind.lanes === 2 ? [-51n, 51n] : [-1n, 101n];
            expect(100n * value >= least * order && 100n * value <= most * order).toBe(true);
          }
      });
    });

/** A processor that rounds the product and then the sum. */
class UnfusedBuilder extends FunctionBuilder {
  override simd(instruction: number, ...immediates: number[]): this {
    if (instruction !== 0x107) return super.simd(instruction, ...immediates);
    const addend = this.local(0x7b);
    return this.set(addend).simd(0xf2).get(addend).simd(0xf0);
  }
}

describe("the choice of a kernel", () => {
  test.each(FUSED_KINDS)("%s is exact here", (kind) => {
    expect(isExact(createProvingKernel(kind))).toBe(true);
  });

  test("a kernel on a processor that does not fuse is not taken", () => {
    const make = (Builder: typeof FunctionBuilder) => {
      const code = multiplyAll(
        (f) => new FusedField(f, FIELD_ORDER, new VectorConstants("code")),
        new Builder(4),
      );
      const module = new WebAssembly.Module(assembleModule([code], { multiplyAll: 0 }, 25));
      const exports = new WebAssembly.Instance(module).exports as {
        memory: WebAssembly.Memory;
        multiplyAll: (a: number, b: number, out: number, count: number) => void;
      };
      return { wasm: new Bn254Wasm(exports.memory), multiplyAll: exports.multiplyAll };
    };
    expect(isExact(make(FunctionBuilder))).toBe(true);
    expect(isExact(make(UnfusedBuilder))).toBe(false);
  });

  test("constants stand where this V8 compiles them best", () => {
    expect(chooseKernel("11.3.244.8-node.30")).toBe("fused, constants in code");
    expect(chooseKernel("12.4.254.21-node.35")).toBe("fused, constants in code");
    expect(chooseKernel("13.6.233.10-node.18")).toBe("fused, constants in memory");
    expect(fromFusedLimbs([-1, 1, 0, 0, 0])).toBe(2n ** 51n - 1n);
  });
});
