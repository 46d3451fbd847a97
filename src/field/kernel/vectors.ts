import { assembleModule, type FunctionBuilder } from "../../wasm/wasmModule.js";
import { BASE_FIELD_ORDER } from "../order.js";
import { exportBytes, importBytes, power } from "./elementCode.js";
import type { FieldMaker } from "./fieldCode.js";
import { IntegerField } from "./integerField.js";
import * as code from "./vectorCode.js";

/** Where an array of elements stands in the kernel's memory. */
export type Vector = number;

type Binary = (a: Vector, b: Vector, out: Vector, count: number) => void;
type Unary = (a: Vector, out: Vector, count: number) => void;

interface Functions {
  readonly memory: WebAssembly.Memory;
  readonly importElements: (from: number, to: Vector, count: number, step: number) => void;
  readonly exportElements: (from: Vector, to: number, count: number) => void;
  readonly power: (at: Vector, exponent: number, bits: number) => void;
  readonly products: Binary;
  readonly add: Binary;
  readonly subtract: Binary;
  readonly products2: Binary;
  readonly scale2: Binary;
  readonly scaleConjugate2: Binary;
  readonly norms2: Unary;
  readonly timesNinePlusI: Unary;
  readonly prefixes: (values: Vector, out: Vector, product: Vector, count: number) => void;
  readonly inverses: (values: Vector, prefixes: Vector, inverse: Vector, count: number) => void;
}

const BYTES = 32;
const ELEMENT = 36;
const PAGE = 65_536;

let compiled: WebAssembly.Module | undefined;

function moduleOf(): WebAssembly.Module {
  const make: FieldMaker = (f) => new IntegerField(f, BASE_FIELD_ORDER);
  const functions: Record<Exclude<keyof Functions, "memory">, FunctionBuilder> = {
    importElements: importBytes(make, (bits) => 1n << BigInt(2 * bits)),
    exportElements: exportBytes(make, 0),
    power: power(make),
    products: code.products(make),
    add: code.sums(make, "add"),
    subtract: code.sums(make, "subtract"),
    products2: code.products2(make),
    scale2: code.scaled2(make, false),
    scaleConjugate2: code.scaled2(make, true),
    norms2: code.norms2(make),
    timesNinePlusI: code.timesNinePlusI(make),
    prefixes: code.prefixes(make),
    inverses: code.inverses(make),
  };
  const names = Object.keys(functions);
  const indices = Object.fromEntries(names.map((name, index) => [name, index]));
  return new WebAssembly.Module(assembleModule(Object.values(functions), indices, 1));
}

/**
 * Arrays of elements of BN254's base field F and of F2 = F[i] / (i^2 + 1), in WebAssembly, and operations on all elements of an array at
 * once. An array may be the result of an operation that reads it.
 */
export class Vectors {
  readonly ops: Functions;
  #end = 16;

  /** @throws WebAssembly.CompileError where a page's content policy forbids to compile */
  constructor() {
    compiled ??= moduleOf();
    this.ops = new WebAssembly.Instance(compiled).exports as unknown as Functions;
  }

  /** Runs `work`, and frees what it reserved. */
  scope<T>(work: () => T): T {
    const end = this.#end;
    try {
      return work();
    } finally {
      this.#end = end;
    }
  }

  /** Room for so many elements of F; one of F2 needs two. */
  reserve(elements: number): Vector {
    return this.#bytes(elements * ELEMENT);
  }

  /** The place of an element of F in an array. */
  place(vector: Vector, element: number): Vector {
    return vector + element * ELEMENT;
  }

  /** @param values each from 0 below 2^256 */
  load(values: readonly bigint[]): Vector {
    const to = this.reserve(values.length);
    this.scope(() => {
      const from = this.#bytes(values.length * BYTES);
      const view = new DataView(this.ops.memory.buffer, from);
      values.forEach((value, i) => {
        for (let word = 0; word < 4; word++)
          view.setBigUint64(i * BYTES + 8 * word, BigInt.asUintN(64, value >> BigInt(64 * word)), true);
      });
      this.ops.importElements(from, to, values.length, ELEMENT);
    });
    return to;
  }

  /** The values of an array of at least one element of F, each from 0 below the order. */
  read(vector: Vector, count: number): bigint[] {
    return this.scope(() => {
      const to = this.#bytes(count * BYTES);
      this.ops.exportElements(vector, to, count);
      const view = new DataView(this.ops.memory.buffer, to);
      return Array.from({ length: count }, (_, i) => {
        let value = 0n;
        for (let word = 3; word >= 0; word--)
          value = (value << 64n) | view.getBigUint64(i * BYTES + 8 * word, true);
        return value;
      });
    });
  }

  copy(from: Vector, to: Vector, elements: number): void {
    new Uint8Array(this.ops.memory.buffer).copyWithin(to, from, from + elements * ELEMENT);
  }

  /** Replaces elements of F by their inverses. @returns false when one of them is 0: then nothing is said of any */
  invert(values: Vector, count: number): boolean {
    return this.scope(() => {
      const before = this.reserve(count);
      const product = this.load([1n]);
      this.ops.prefixes(values, before, product, count);
      if (this.read(product, 1)[0] === 0n) return false;
      this.ops.power(product, this.#exponent(), EXPONENT.length);
      this.ops.inverses(this.place(values, count - 1), this.place(before, count - 1), product, count);
      return true;
    });
  }

  /** The same of elements of F2. */
  invert2(values: Vector, count: number): boolean {
    return this.scope(() => {
      const norms = this.reserve(count);
      this.ops.norms2(values, norms, count);
      if (!this.invert(norms, count)) return false;
      this.ops.scaleConjugate2(values, norms, values, count);
      return true;
    });
  }

  #exponent(): number {
    const at = this.#bytes(EXPONENT.length);
    new Uint8Array(this.ops.memory.buffer, at, EXPONENT.length).set(EXPONENT);
    return at;
  }

  #bytes(length: number): number {
    const at = this.#end;
    this.#end = Math.ceil((at + length) / 16) * 16;
    const { memory } = this.ops;
    const missing = this.#end + 64 - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    return at;
  }
}

/** The bits of order - 2 below the highest, a byte each. */
const EXPONENT = Uint8Array.from((BASE_FIELD_ORDER - 2n).toString(2).slice(1), Number);
