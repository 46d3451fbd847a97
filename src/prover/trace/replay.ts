import { batchInverse } from "../../field/element.js";
import { readLittleEndian, writeLittleEndian } from "../../keys/iden3/fieldBytes.js";
import type { ProvingKernel } from "../wasm/provingKernel.js";
import { type ProgramBatch, writeProgram } from "./program.js";
import { schedule } from "./schedule.js";
import type { ValueGraph } from "./valueGraph.js";

/** A calculation that went through once, written down. */
export interface Trace {
  readonly graph: ValueGraph;
  readonly inputCount: number;
  /** The value of each wire. */
  readonly wires: readonly number[];
}

/** Computes witnesses batch by batch in a proving kernel of its own. */
export class Replay {
  private readonly batches: readonly ProgramBatch[];
  private readonly one: number;
  private readonly wires: number;
  private readonly witness: number;
  /** Bytes of what becomes elements: 1 and the inputs, or inverses. */
  private readonly bytes: number;
  private readonly inputCount: number;
  private readonly wireCount: number;

  /** @throws Untraceable */
  constructor(
    private readonly kernel: ProvingKernel,
    { graph, inputCount, wires }: Trace,
  ) {
    const { wasm, lanes } = kernel;
    const program = writeProgram(kernel, graph, schedule(graph, wires), inputCount, wires);
    [this.batches, this.one, this.wires] = [program.batches, program.one, program.wires];
    [this.inputCount, this.wireCount] = [inputCount, wires.length];
    this.witness = wasm.reserve(32 * (wires.length + lanes));
    const most = Math.max(1 + inputCount, ...this.batches.map(({ from }) => from.length));
    this.bytes = wasm.reserve(32 * (most + lanes));
  }

  get memoryBytes(): number {
    return this.kernel.wasm.memoryBytes;
  }

  /**
   * @param inputs below the field order, in the order of the trace
   * @returns 32 little-endian bytes a wire, or undefined where the calculation would go another way than the traced one
   */
  calculate(inputs: readonly bigint[]): Uint8Array<ArrayBuffer> | undefined {
    const { wasm, lanes } = this.kernel;
    if (inputs.length !== this.inputCount) return undefined;
    this.import([1n, ...inputs], this.one);
    for (const batch of this.batches) if (!this.run(batch)) return undefined;
    this.kernel.plainBytes(this.wires, this.witness, Math.ceil(this.wireCount / lanes));
    return wasm.bytes(this.witness, 32 * this.wireCount).slice();
  }

  /** @returns false where a guard does not hold */
  private run({ kind, list, out, count, from, detail }: ProgramBatch): boolean {
    switch (kind) {
      case "sum":
        this.kernel.sums(list, out, count);
        return true;
      case "multiply":
        this.kernel.productPairs(list, out, count);
        return true;
      case "plain":
        this.kernel.plainBytes(list, out, count);
        return true;
      case "inverse":
        return this.invert(from, out);
      case "guard":
        return from.every((at, i) => this.isZero(at) === (detail[i] === 1));
      default:
        this.setDigits(from, out, (at, i) => (kind === "bit" ? this.bit(at, detail[i]!) : this.isZero(at)));
        return true;
    }
  }

  private isZero(at: number): boolean {
    return this.kernel.wasm.words(at, 8).every((word) => word === 0);
  }

  private bit(at: number, place: number): boolean {
    return ((this.kernel.wasm.bytes(at + (place >> 3), 1)[0]! >> (place & 7)) & 1) === 1;
  }

  /** Makes elements of 0 and 1. */
  private setDigits(from: readonly number[], out: number, digit: (at: number, i: number) => boolean): void {
    const { wasm, elementBytes } = this.kernel;
    const one = wasm.bytes(this.one, elementBytes);
    const to = wasm.bytes(out, elementBytes * from.length);
    to.fill(0);
    from.forEach((at, i) => {
      if (digit(at, i)) to.set(one, elementBytes * i);
    });
  }

  /** @returns false for a 0 among them */
  private invert(from: readonly number[], out: number): boolean {
    const values = from.map((at) => readLittleEndian(this.kernel.wasm.bytes(at, 32), 0));
    if (values.includes(0n)) return false;
    this.import(batchInverse(values), out);
    return true;
  }

  /** Makes elements of integers. */
  private import(values: readonly bigint[], to: number): void {
    const { wasm, lanes, elementBytes } = this.kernel;
    const bytes = wasm.bytes(this.bytes, 32 * values.length);
    values.forEach((value, i) => {
      writeLittleEndian(value, bytes, 32 * i);
    });
    this.kernel.importFactors(this.bytes, to, Math.ceil(values.length / lanes), elementBytes);
  }
}
