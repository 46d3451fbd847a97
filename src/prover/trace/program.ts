import { MOST_TERMS } from "../../field/kernel/fieldCode.js";
import { FIELD_ORDER } from "../../field/order.js";
import type { ProvingKernel } from "../wasm/provingKernel.js";
import { putIntegers } from "../wasm/quotientRows.js";
import type { Sums } from "./linearForms.js";
import type { Batch, BatchKind, Schedule } from "./schedule.js";
import { Kind, type ValueGraph } from "./valueGraph.js";

/** A batch with addresses in the kernel's memory. */
export interface ProgramBatch {
  readonly kind: BatchKind;
  /** What the kernel is given; count is of lanes where it takes lanes. */
  readonly list: number;
  readonly out: number;
  readonly count: number;
  /** Of the kinds without a list: the plain bytes of what each value is made of. */
  readonly from: readonly number[];
  /** Of `bit`: which; of `guard`: 1 where the value must be 0. */
  readonly detail: readonly number[];
}

/** A traced calculation, written down for the proving kernel. */
export interface Program {
  readonly batches: readonly ProgramBatch[];
  /** The element 1; the inputs stand behind it. */
  readonly one: number;
  /** Addresses of the wires' elements. */
  readonly wires: number;
}

const WORD = 4;

/** @param wires the value of each wire */
export function writeProgram(
  kernel: ProvingKernel,
  graph: ValueGraph,
  { batches, sums }: Schedule,
  inputCount: number,
  wires: readonly number[],
): Program {
  const places = new Places(kernel, graph, batches, inputCount);
  const writer = new Writer(kernel, graph, places);
  const written = batches.map((batch) => writer.batch(batch, sums));
  return { batches: written, one: places.one, wires: writer.addresses(wires) };
}

/** Where values stand: elements and plain bytes of a batch next to each other, to the last lane. */
class Places {
  readonly one: number;
  private readonly elements: Int32Array;
  private readonly plains: Int32Array;
  private readonly starts = new Map<Batch, number>();

  constructor(kernel: ProvingKernel, graph: ValueGraph, batches: readonly Batch[], inputCount: number) {
    const { wasm, lanes, elementBytes } = kernel;
    const full = (count: number): number => Math.ceil(count / lanes) * lanes;
    const bytesOf = ({ kind, values }: Batch): number =>
      kind === "guard" ? 0 : full(values.length) * (kind === "plain" ? 32 : elementBytes);
    this.elements = new Int32Array(graph.size);
    this.plains = new Int32Array(graph.size);
    this.one = wasm.reserve(full(1 + inputCount) * elementBytes);
    this.elements[0] = this.one;
    for (let value = 1; value < graph.size; value++)
      if (graph.kindOf(value) === Kind.input)
        this.elements[value] = this.one + elementBytes * (1 + graph.b(value));
    let next = wasm.reserve(batches.reduce((sum, batch) => sum + bytesOf(batch), 0));
    for (const batch of batches) {
      const [places, step] = batch.kind === "plain" ? [this.plains, 32] : [this.elements, elementBytes];
      this.starts.set(batch, next);
      if (batch.kind !== "guard")
        batch.values.forEach((value, i) => {
          places[value] = next + step * i;
        });
      next += bytesOf(batch);
    }
  }

  start(batch: Batch): number {
    return this.starts.get(batch)!;
  }

  element(value: number): number {
    return this.elements[value]!;
  }

  plain(value: number): number {
    return this.plains[value]!;
  }
}

class Writer {
  /** 0, and then the graph's factors in Montgomery form. */
  private readonly factors: number;

  constructor(
    private readonly kernel: ProvingKernel,
    private readonly graph: ValueGraph,
    private readonly places: Places,
  ) {
    const power = BigInt(kernel.montgomeryBits);
    const factors = [0n, ...graph.factors].map((factor) => (factor << power) % FIELD_ORDER);
    this.factors = putIntegers(kernel, factors, "importScalars");
  }

  batch(batch: Batch, sums: Sums): ProgramBatch {
    const { graph, places } = this;
    const { kind, values } = batch;
    const lanes = Math.ceil(values.length / this.kernel.lanes);
    const placed = { kind, list: 0, out: places.start(batch), count: values.length };
    const none = { from: [], detail: [] };
    if (kind === "plain") return { ...placed, ...none, list: this.addresses(values), count: lanes };
    if (kind === "sum") return { ...placed, ...none, list: this.sums(values, sums) };
    if (kind === "multiply") {
      const factors = values.flatMap((value) => [graph.a(value), graph.b(value)]);
      return { ...placed, ...none, list: this.addresses(factors, 2), count: lanes };
    }
    if (kind === "guard") {
      const detail = values.map((value) => (graph.guards.get(value) === true ? 1 : 0));
      return { ...placed, from: values.map((value) => places.plain(value)), detail };
    }
    const from = values.map((value) => places.plain(graph.a(value)));
    return { ...placed, from, detail: values.map((value) => graph.b(value)) };
  }

  /** Addresses of elements, to the last lane of so many each; what is left over is 1. */
  addresses(values: readonly number[], each = 1): number {
    const lane = each * this.kernel.lanes;
    const words = new Uint32Array(Math.ceil(values.length / lane) * lane).fill(this.places.one);
    values.forEach((value, i) => {
      words[i] = this.places.element(value);
    });
    return this.put(words);
  }

  private sums(values: readonly number[], sums: Sums): number {
    const { lanes, elementBytes } = this.kernel;
    const list: number[] = [];
    const terms: number[] = [];
    for (const value of values) {
      const [start, end] = sums.of(value)!;
      const count = Math.ceil((end - start) / 2 / lanes);
      if (count > MOST_TERMS) throw new RangeError(`a sum of ${end - start} terms`);
      list.push(WORD * terms.length, count);
      for (let i = start; i < end; i += 2) {
        const [of, factor] = [sums.terms[i]!, sums.terms[i + 1]!];
        terms.push(this.factors + elementBytes * (1 + factor), this.places.element(of));
      }
      while (terms.length % (2 * lanes) !== 0) terms.push(this.factors, this.places.one);
    }
    const at = this.put(Uint32Array.from(terms));
    return this.put(Uint32Array.from(list, (word, i) => (i % 2 === 0 ? at + word : word)));
  }

  private put(words: Uint32Array): number {
    return this.kernel.wasm.put(new Uint8Array(words.buffer));
  }
}
