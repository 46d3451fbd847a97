import type { FunctionBuilder, Local } from "../../wasm/wasmModule.js";

/** An element in registers, a local a limb, the lowest first. Signed, so any value modulo the order may stand there. */
export type Element = readonly Local[];
export type Pair = readonly [Element, Element];

/**
 * Emits the arithmetic of a prime field into one WebAssembly function, whose scratch registers it owns. An
 * element in registers is one field element, or two side by side in the lanes of vectors, which the same
 * instructions compute. Where addresses or signs are a list, it has one for each lane.
 *
 * In memory an element stands alone, its limbs next to each other, or in a vector, limb by limb next to that of
 * the other lane. Elements have Montgomery form, with R = 2^montgomeryBits.
 *
 * Carried is what `multiply`, `square`, `reduce`, `endSum` and `constant` give. A product takes one carried element, or one
 * sum or difference of two, and one carried or reduced; each class says why nothing then overflows.
 */
export interface FieldCode {
  readonly order: bigint;
  readonly lanes: 1 | 2;
  readonly montgomeryBits: number;
  /** Bytes of one element; a vector has `lanes` times as many. */
  readonly elementBytes: number;
  /** A new element's registers. */
  element(): Element;
  load(at: readonly Local[], offset: number, out: Element, place?: "alone" | "in vector"): void;
  /** Loads y or, where the lane's sign is 1 and not 0, -y. */
  loadSigned(at: readonly Local[], signs: readonly Local[], offset: number, out: Element): void;
  /** Stores what one lane holds. */
  store(at: Local, lane: number, offset: number, value: Element, place?: "alone" | "in vector"): void;
  loadVector(at: Local, offset: number, out: Element): void;
  storeVector(at: Local, offset: number, value: Element): void;
  /** Loads an element that stands alone into every lane. */
  loadSplat(at: Local, out: Element): void;
  /** Not carried. */
  add(a: Element, b: Element, out: Element): void;
  /** Not carried. */
  subtract(a: Element, b: Element, out: Element): void;
  /** out = (sum of plus[0] * plus[1] - sum of minus[0] * minus[1]) / R, carried. `out` may be any factor. */
  multiply(out: Element, plus: readonly Pair[], minus?: readonly Pair[]): void;
  /** out = a^2 / R, carried; a is carried. `out` may be a. */
  square(out: Element, a: Element): void;
  /** Subtracts the multiple of the order that leaves a residue of at most about the order, carried. */
  reduce(value: Element): void;
  /** Remembers which lanes hold what may be 0 modulo the order in all parts: differences of reduced elements. */
  flagZeros(parts: readonly Element[]): void;
  /** Pushes the i32 1 when the lane was flagged, else 0. */
  pushFlag(lane: number): void;
  /** Replaces the first part by the Montgomery form of 1 in flagged lanes, and others by 0. */
  oneWhereFlagged(parts: readonly Element[]): void;
  /** Loads integers of 32 little-endian bytes, below 2^256, as limbs. */
  loadBytes(at: readonly Local[], out: Element): void;
  /** Stores each lane as 32 little-endian bytes, from 0 below the order. Uses the value up. */
  storeBytes(at: readonly Local[], value: Element): void;
  /** An integer, taken modulo the order, in every lane. */
  constant(value: bigint, out: Element): void;
  /** Starts a sum of at most `MOST_TERMS` products a lane. */
  beginSum(): void;
  /** Adds a * b; a is carried, and b what `loadBytes` gives below the order. */
  addProduct(a: Element, b: Element): void;
  /** out = the sum over all lanes, divided by R, reduced; every lane holds it. */
  endSum(out: Element): void;
}

/** Products a lane in one sum between `beginSum` and `endSum`. */
export const MOST_TERMS = 128;

/** Gives a function under construction the arithmetic of one field. */
export type FieldMaker = (f: FunctionBuilder) => FieldCode;
