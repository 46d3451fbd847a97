import type { Bn254Wasm } from "../../keys/bn254Wasm.js";
import { type BatchAddition, KERNEL_POINT_BYTES } from "./batchAddition.js";

/** Bucket sums of all windows: bucket `(window << bits) + digit` holds a point where `filled` says so. */
export interface WindowBuckets {
  readonly buckets: number;
  readonly filled: Uint8Array;
  readonly windows: number;
  readonly bits: number;
  /** Buckets of one window are cut into segments of 2^segmentBits, all walked at the same time. */
  readonly segmentBits: number;
  /** Room for two points a segment. */
  readonly chains: number;
}

const EMPTY = 0;

/**
 * result = sum over windows of 2^(bits * window) * sum over digits of digit * bucket.
 *
 * In a segment, walking down from its top bucket, `running` is the sum of the buckets passed and `weighted`
 * the sum of all `running`: the digits within the segment times their buckets. What the segment's own place
 * adds, its number times 2^segmentBits times `running`, comes in with the few Jacobian additions at the end.
 */
export function sumWindows(wasm: Bn254Wasm, adder: BatchAddition, of: WindowBuckets, result: number): void {
  const segments = 1 << (of.bits - of.segmentBits);
  const { running, weighted } = walkSegments(wasm, adder, of, segments);

  const { group } = adder;
  const op = (name: string, ...args: number[]) => wasm.op[`${group}m_${name}`]!(...args);
  const [affine, inside, outer, total] = [0, 1, 2, 3].map(() => wasm.reserve(192)) as [
    number,
    number,
    number,
    number,
  ];
  const addTo = (sum: number, point: number) => {
    if (point === EMPTY) return;
    adder.exportPoint(point, affine);
    op("addMixed", sum, affine, sum);
  };
  op("zero", result);
  for (let window = of.windows - 1; window >= 0; window--) {
    for (let i = 0; i < of.bits; i++) op("double", result, result);
    for (const sum of [inside, outer, total]) op("zero", sum);
    for (let segment = segments - 1; segment >= 0; segment--) {
      const chain = window * segments + segment;
      addTo(inside, weighted[chain]!);
      if (segment === 0) break;
      addTo(outer, running[chain]!);
      op("add", total, outer, total);
    }
    for (let i = 0; i < of.segmentBits; i++) op("double", total, total);
    op("add", result, total, result);
    op("add", result, inside, result);
  }
}

/** Addresses per segment, or EMPTY. A segment's lowest bucket has digit 0 inside it and is not in `weighted`. */
function walkSegments(wasm: Bn254Wasm, adder: BatchAddition, of: WindowBuckets, segments: number) {
  const pointBytes = KERNEL_POINT_BYTES[adder.group];
  const chains = of.windows * segments;
  const bytes = wasm.bytes(0, wasm.memoryBytes);
  const copy = (from: number, to: number) => {
    bytes.copyWithin(to, from, from + pointBytes);
    return to;
  };
  const running = new Uint32Array(chains);
  const weighted = new Uint32Array(chains);
  const runningAt = (chain: number) => of.chains + 2 * chain * pointBytes;
  const weightedAt = (chain: number) => runningAt(chain) + pointBytes;
  const settle = (sums: Uint32Array) => {
    adder.flush();
    if (adder.infinite.size === 0) return;
    for (let chain = 0; chain < chains; chain++) if (adder.infinite.has(sums[chain]!)) sums[chain] = EMPTY;
    adder.infinite.clear();
  };
  for (let digit = (1 << of.segmentBits) - 1; digit >= 0; digit--) {
    for (let chain = 0; chain < chains; chain++) {
      const slot = (chain << of.segmentBits) + digit;
      if (of.filled[slot] === 0) continue;
      const bucket = of.buckets + slot * pointBytes;
      if (running[chain] === EMPTY) running[chain] = copy(bucket, runningAt(chain));
      else adder.push(running[chain]!, bucket, running[chain]!);
    }
    settle(running);
    if (digit === 0) break;
    for (let chain = 0; chain < chains; chain++) {
      if (running[chain] === EMPTY) continue;
      if (weighted[chain] === EMPTY) weighted[chain] = copy(running[chain]!, weightedAt(chain));
      else adder.push(weighted[chain]!, running[chain]!, weighted[chain]!);
    }
    settle(weighted);
  }
  return { running, weighted };
}
