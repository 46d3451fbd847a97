import { exportBytes, importBytes, power } from "../../field/kernel/elementCode.js";
import type { FieldCode } from "../../field/kernel/fieldCode.js";
import { IntegerField } from "../../field/kernel/integerField.js";
import { BASE_FIELD_ORDER, FIELD_ORDER } from "../../field/order.js";
import { Bn254Wasm } from "../../keys/bn254Wasm.js";
import { assembleModule, FunctionBuilder } from "../../wasm/wasmModule.js";
import { join, joinLanes, multiplyAll, quotient, split, splitLanes, sumRow } from "./fourierCode.js";
import { VectorConstants } from "./fusedConstants.js";
import { FusedField } from "./fusedField.js";
import { finishG1, finishG2, gather, prepare } from "./pairPasses.js";
import { ProductCalls } from "./productCalls.js";
import { plainBytes, productPairs, sums } from "./replayCode.js";

/** Nine limbs of 29 bits in 64-bit integers, or five of 51 in doubles with the constants in code or in memory. */
export type KernelKind = "integer" | "fused, constants in code" | "fused, constants in memory";

type Gather = (list: number, count: number, differences: number, leftOut: number) => void;
type Prepare = (differences: number, count: number, prefix: number, product: number) => void;
type Finish = (
  listEnd: number,
  count: number,
  differencesEnd: number,
  prefixEnd: number,
  product: number,
) => void;

/**
 * Functions of batched affine point addition. A task is a list of triples of addresses (first point, second
 * point, sum), bit 0 of a point's set where its opposite is meant; `count` is of `lanes` triples. One field inversion
 * serves a whole list (Montgomery's trick).
 *
 * `gather` keeps the differences of the coordinates. A pair whose x may be equal is left out: its sum address gets
 * bit 0 set and the word at `leftOut` counts it. `prepare` multiplies the x differences into the vector at `product`, keeping
 * every partial product; then the caller replaces the product by its inverse; `finish` walks back and writes the sums.
 */
interface CurveFunctions {
  /** Elements of 32 bytes in Montgomery form of 2^256 to limbs, one every `step` bytes; `count` of lanes. */
  importPoints(from: number, to: number, count: number, step: number): void;
  /** And back, next to each other. */
  exportPoints(from: number, to: number, count: number): void;
  /** Raises a vector to the power of which `exponent` has the bits, a byte each, the highest first and left out. */
  power(at: number, exponent: number, bits: number): void;
  gatherG1: Gather;
  prepareG1: Prepare;
  finishG1: Finish;
  gatherG2: Gather;
  prepareG2: Prepare;
  finishG2: Finish;
}

/** Functions over the scalar field. Counts are of vectors, and of lanes in imports. */
interface ScalarFunctions {
  /** A coefficient as a zkey has it, value * 2^512, to value * R^2. */
  importCoefficients(from: number, to: number, count: number, step: number): void;
  /** Integers below the order to limbs, not multiplied. */
  importScalars(from: number, to: number, count: number, step: number): void;
  /** Integers below the order to Montgomery form. */
  importFactors(from: number, to: number, count: number, step: number): void;
  /**
   * out = sum of coefficient * value / R over `count * lanes` terms, plus what is there if keep is 1. A term is a coefficient and
   * the distance of its value from `values`; `out` is a lane of a vector.
   */
  sumRow(terms: number, count: number, values: number, out: number, keep: number): void;
  multiplyAll(a: number, b: number, out: number, count: number): void;
  /** Blocks of two halves of `half`: a, b to a + b, (b - a) w, with w of the j-th place at `factors + j * step`. */
  split(data: number, half: number, blocks: number, factors: number, step: number): void;
  /** a, b to a + b w, a - b w. */
  join(data: number, half: number, blocks: number, factors: number, step: number): void;
  /** The same where the halves are the two lanes; count is of pairs of vectors. */
  splitLanes(data: number, count: number, factors: number, step: number): void;
  joinLanes(data: number, count: number, factors: number, step: number): void;
  /** out = a b s - c t as 32 bytes below the order, with s and t at `scales`; lane l of vector i is number i + count * l. */
  quotient(a: number, b: number, c: number, out: number, count: number, scales: number): void;
}

/**
 * Functions over scattered elements of the scalar field in Montgomery form, each alone; lists are of addresses, results stand next to each
 * other. Counts of products and bytes are of lanes, of which a list must be full.
 */
interface ReplayFunctions {
  /**
   * Each of `count` sums is two words: the address of its terms, and how many times `lanes` they are, at most `MOST_TERMS`. A term is
   * the address of a factor, limbs of an integer below the order, and of an element.
   */
  sums(list: number, out: number, count: number): void;
  /** Pairs of factors. */
  productPairs(list: number, out: number, count: number): void;
  /** Elements, each to 32 bytes. */
  plainBytes(list: number, to: number, count: number): void;
}

/** The arithmetic of proving in one memory, together with that of wasmcurves. */
export interface ProvingKernel extends CurveFunctions, ScalarFunctions, ReplayFunctions {
  readonly kind: KernelKind;
  readonly wasm: Bn254Wasm;
  readonly lanes: number;
  readonly elementBytes: number;
  readonly montgomeryBits: number;
  /** A vector in memory that is not 0 in any lane. */
  readonly unit: Uint8Array;
}

interface Assembled {
  readonly module: WebAssembly.Module;
  readonly constants: Uint8Array;
  readonly field: Pick<FieldCode, "lanes" | "elementBytes" | "montgomeryBits">;
}

const assembled = new Map<KernelKind, Assembled>();

/** A fresh instance with its own memory. @throws WebAssembly.CompileError for a fused kernel in an engine without such instructions */
export function createProvingKernel(kind: KernelKind): ProvingKernel {
  const known = assembled.get(kind) ?? assemble(kind);
  assembled.set(kind, known);
  const { constants, field } = known;
  const exports = new WebAssembly.Instance(known.module).exports as unknown as CurveFunctions &
    ScalarFunctions &
    ReplayFunctions & { readonly memory: WebAssembly.Memory; readonly constants: WebAssembly.Global };
  const wasm = new Bn254Wasm(exports.memory);
  exports.constants.value = Math.ceil(wasm.reserve(constants.length + 16) / 16) * 16;
  wasm.bytes(exports.constants.value, constants.length).set(constants);
  const unit = new Uint8Array(field.lanes * field.elementBytes);
  if (kind === "integer") unit[0] = 1;
  else new Float64Array(unit.buffer, 0, 2).fill(1);
  return { ...exports, ...field, kind, wasm, unit };
}

function assemble(kind: KernelKind): Assembled {
  const constants = new VectorConstants(kind === "fused, constants in code" ? "code" : "memory");
  const calls = new ProductCalls(BASE_FIELD_ORDER, constants);
  const base = (f: FunctionBuilder) =>
    kind === "integer"
      ? new IntegerField(f, BASE_FIELD_ORDER)
      : new FusedField(f, BASE_FIELD_ORDER, constants, calls);
  const scalar = (f: FunctionBuilder) =>
    kind === "integer" ? new IntegerField(f, FIELD_ORDER) : new FusedField(f, FIELD_ORDER, constants);
  const products = kind === "integer" ? [] : calls.functions;
  const functions: Record<string, FunctionBuilder> = {
    importPoints: importBytes(base, (bits) => 1n << BigInt(2 * bits - 256)),
    exportPoints: exportBytes(base, 256),
    power: power(base),
    ...{ gatherG1: gather(base, 1), prepareG1: prepare(base, 1), finishG1: finishG1(base) },
    ...{ gatherG2: gather(base, 2), prepareG2: prepare(base, 2), finishG2: finishG2(base) },
    importCoefficients: importBytes(scalar, (bits) => 1n << BigInt(3 * bits - 512)),
    importScalars: importBytes(scalar),
    importFactors: importBytes(scalar, (bits) => 1n << BigInt(2 * bits)),
    ...{ sumRow: sumRow(scalar), multiplyAll: multiplyAll(scalar), quotient: quotient(scalar) },
    ...{ split: split(scalar), join: join(scalar) },
    ...{ sums: sums(scalar), productPairs: productPairs(scalar), plainBytes: plainBytes(scalar) },
    ...(kind === "integer" ? {} : { splitLanes: splitLanes(scalar), joinLanes: joinLanes(scalar) }),
  };
  const indices = Object.fromEntries(
    Object.keys(functions).map((name, index) => [name, products.length + index]),
  );
  const { lanes, elementBytes, montgomeryBits } = base(new FunctionBuilder(0));
  const code = assembleModule([...products, ...Object.values(functions)], indices, 25, ["constants"]);
  return {
    module: new WebAssembly.Module(code),
    constants: constants.bytes,
    field: { lanes, elementBytes, montgomeryBits },
  };
}
