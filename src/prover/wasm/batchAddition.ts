import { BASE_FIELD_ORDER as Q } from "../../field/order.js";
import type { Bn254Wasm } from "../../keys/bn254Wasm.js";
import { writeLittleEndian } from "../../keys/iden3/fieldBytes.js";
import { ELEMENT_BYTES, LIMB_BITS, LIMBS, toLimbs } from "./baseFieldCode.js";
import type { CurveKernel } from "./curveKernel.js";
import { PREFIX_BYTES, TRIPLE_BYTES } from "./pairPasses.js";

export type Group = "g1" | "g2";

/** Bytes of an affine point in the kernel's limbs. */
export const KERNEL_POINT_BYTES = { g1: 2 * ELEMENT_BYTES, g2: 4 * ELEMENT_BYTES } as const;

// Long enough to make the inversion cheap, short enough for the second-level cache.
const BATCH = 2048;
const ONE = toLimbs((1n << 261n) % Q);
// Kernel elements carry 2^261, those of wasmcurves 2^256.
const TO_256 = ((Q + 1n) / 2n) ** 5n % Q;

/**
 * Adds affine points in batches. Points are named by their address; sums may be written over either operand.
 * A pair of equal or opposite points goes a slow way and is as correct.
 */
export class BatchAddition {
  private readonly list: number;
  private readonly prefix: number;
  private readonly product: number;
  private readonly slow: number;
  private count = 0;
  private words: Uint32Array;
  /** Sums that came out as the point at infinity since last asked; their memory holds nothing. */
  readonly infinite = new Set<number>();

  constructor(
    readonly group: Group,
    private readonly wasm: Bn254Wasm,
    private readonly kernel: CurveKernel,
  ) {
    this.list = wasm.reserve(BATCH * TRIPLE_BYTES);
    this.prefix = wasm.reserve(BATCH * PREFIX_BYTES[group]);
    this.product = wasm.reserve(ELEMENT_BYTES + 4);
    this.slow = wasm.reserve(3 * 192);
    this.words = this.view();
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
    const { kernel, wasm, list, prefix, product, count, group } = this;
    if (count === 0) return;
    this.count = 0;
    const state = wasm.words(product, LIMBS + 1);
    state.set(ONE);
    state[LIMBS] = 0;
    (group === "g1" ? kernel.prepareG1 : kernel.prepareG2)(list, count, prefix, product);
    const leftOut = state[LIMBS]!;
    this.invertProduct();
    const ends = [list + count * TRIPLE_BYTES, count, prefix + count * PREFIX_BYTES[group], product] as const;
    (group === "g1" ? kernel.finishG1 : kernel.finishG2)(...ends);
    if (leftOut > 0) for (let i = 0; i < count; i++) if (this.words[3 * i + 2]! & 1) this.addSlowly(i);
  }

  /** Converts a kernel point to the affine form of wasmcurves. */
  exportPoint(from: number, to: number): void {
    const { wasm } = this;
    const coordinates = KERNEL_POINT_BYTES[this.group] / ELEMENT_BYTES;
    for (let i = 0; i < coordinates; i++) {
      const limbs = new Int32Array(wasm.bytes(from + i * ELEMENT_BYTES, ELEMENT_BYTES).slice().buffer);
      writeLittleEndian(toMontgomery256(fromLimbs(limbs)), wasm.bytes(to + 32 * i, 32), 0);
    }
  }

  private invertProduct(): void {
    const { wasm, slow, product } = this;
    const limbs = new Int32Array(wasm.bytes(product, ELEMENT_BYTES).slice().buffer);
    writeLittleEndian(toMontgomery256(fromLimbs(limbs)), wasm.bytes(slow, 32), 0);
    wasm.op.f1m_inverse!(slow, slow);
    this.kernel.importElements(slow, product, 1);
  }

  private addSlowly(index: number): void {
    const { wasm, group, slow, words } = this;
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
    this.kernel.importElements(first, sum, KERNEL_POINT_BYTES[group] / ELEMENT_BYTES);
  }

  private view(): Uint32Array {
    return this.wasm.words(this.list, 3 * BATCH);
  }
}

function fromLimbs(limbs: Int32Array): bigint {
  let value = 0n;
  for (let i = LIMBS - 1; i >= 0; i--) value = (value << BigInt(LIMB_BITS)) + BigInt(limbs[i]!);
  return value;
}

function toMontgomery256(value: bigint): bigint {
  return (((value * TO_256) % Q) + Q) % Q;
}
