import { BASE_FIELD_ORDER } from "../../field/order.js";
import { DIFFERENCE_ELEMENTS, PREFIX_ELEMENTS, TRIPLE_BYTES } from "./pairPasses.js";
import type { ProvingKernel } from "./provingKernel.js";

export type Group = "g1" | "g2";

/** Base field elements of an affine point. */
export const COORDINATES = { g1: 2, g2: 4 } as const;

// Long enough to make the inversion cheap, short enough for the second-level cache.
const BATCH = 2048;
// Inverting is raising to this power. Its highest bit is left out.
const EXPONENT = Uint8Array.from((BASE_FIELD_ORDER - 2n).toString(2).slice(1), Number);

/**
 * Adds affine points in batches. Points are named by their address, with bit 0 set for the opposite point; sums may be written
 * over either operand. A pair of equal or opposite points goes a slow way and is as correct.
 */
export class BatchAddition {
  readonly pointBytes: number;
  private readonly list: number;
  private readonly differences: number;
  private readonly prefix: number;
  private readonly product: number;
  private readonly exponent: number;
  private readonly slow: number;
  /** A pair that fills the last vector: two places of different x, and one for the sum. */
  private readonly filler: number;
  private readonly passes: {
    readonly gather: ProvingKernel["gatherG1"];
    readonly prepare: ProvingKernel["prepareG1"];
    readonly finish: ProvingKernel["finishG1"];
  };
  private count = 0;
  private words: Uint32Array;
  /** Sums that came out as the point at infinity since last asked; their memory holds nothing. */
  readonly infinite = new Set<number>();

  constructor(
    readonly group: Group,
    private readonly kernel: ProvingKernel,
  ) {
    const { wasm, elementBytes, lanes, unit } = kernel;
    this.pointBytes = COORDINATES[group] * elementBytes;
    this.list = wasm.reserve(BATCH * TRIPLE_BYTES);
    this.differences = wasm.reserve(BATCH * DIFFERENCE_ELEMENTS[group] * elementBytes);
    this.prefix = wasm.reserve(BATCH * PREFIX_ELEMENTS[group] * elementBytes);
    this.product = wasm.reserve(lanes * elementBytes + 4);
    this.exponent = wasm.put(EXPONENT);
    this.slow = wasm.reserve(3 * 192);
    this.filler = wasm.reserve(3 * this.pointBytes);
    wasm.bytes(this.filler, 3 * this.pointBytes).fill(0);
    wasm.bytes(this.filler + this.pointBytes, elementBytes).set(unit.subarray(0, 8));
    this.words = this.view();
    const { gatherG1, prepareG1, finishG1, gatherG2, prepareG2, finishG2 } = kernel;
    this.passes =
      group === "g1"
        ? { gather: gatherG1, prepare: prepareG1, finish: finishG1 }
        : { gather: gatherG2, prepare: prepareG2, finish: finishG2 };
  }

  /** To be called after memory may have grown. */
  refresh(): void {
    this.words = this.view();
  }

  /** Queues sum = p + q; the sum is there after `flush`, or before when the batch is full. */
  push(p: number, q: number, sum: number): void {
    const at = 3 * this.count;
    this.words[at] = p;
    this.words[at + 1] = q;
    this.words[at + 2] = sum;
    if (++this.count === BATCH) this.flush();
  }

  flush(): void {
    const { kernel, words, list, differences, prefix, product, exponent, count, group, filler, pointBytes } =
      this;
    const { wasm, lanes, elementBytes, unit } = kernel;
    if (count === 0) return;
    if (count % lanes !== 0) words.set([filler, filler + pointBytes, filler + 2 * pointBytes], 3 * count);
    this.count = 0;
    const vectors = Math.ceil(count / lanes);
    const leftOut = wasm.words(product + unit.length, 1);
    leftOut[0] = 0;
    wasm.bytes(product, unit.length).set(unit);
    const { gather, prepare, finish } = this.passes;
    gather(list, vectors, differences, product + unit.length);
    prepare(differences, vectors, prefix, product);
    kernel.power(product, exponent, EXPONENT.length);
    const end = (start: number, each: number) => start + vectors * lanes * each;
    finish(
      end(list, TRIPLE_BYTES),
      vectors,
      end(differences, DIFFERENCE_ELEMENTS[group] * elementBytes),
      end(prefix, PREFIX_ELEMENTS[group] * elementBytes),
      product,
    );
    if (leftOut[0]! > 0) for (let i = 0; i < count; i++) if (words[3 * i + 2]! & 1) this.addSlowly(i);
  }

  /** Converts a point to the affine form of wasmcurves. */
  exportPoint(from: number, to: number): void {
    const { wasm, lanes } = this.kernel;
    this.kernel.exportPoints(from - (from & 1), to, COORDINATES[this.group] / lanes);
    if (from & 1) wasm.op[`${this.group}m_negAffine`]!(to, to);
  }

  private addSlowly(index: number): void {
    const { group, slow, words, kernel } = this;
    const { wasm, lanes, elementBytes } = kernel;
    const [p, q, flagged] = [words[3 * index]!, words[3 * index + 1]!, words[3 * index + 2]!];
    const sum = flagged - 1;
    const [first, second, total] = [slow, slow + 192, slow + 384];
    this.exportPoint(p, first);
    this.exportPoint(q, second);
    wasm.op[`${group}m_toJacobian`]!(first, total);
    wasm.op[`${group}m_addMixed`]!(total, second, total);
    if (wasm.op[`${group}m_isZero`]!(total) !== 0) {
      this.infinite.add(sum);
      return;
    }
    wasm.op[`${group}m_toAffine`]!(total, first);
    kernel.importPoints(first, sum, COORDINATES[group] / lanes, elementBytes);
  }

  private view(): Uint32Array {
    return this.kernel.wasm.words(this.list, 3 * BATCH);
  }
}
