import type { Bn254Wasm } from "../../keys/bn254Wasm.js";
import type { BatchAddition } from "./batchAddition.js";

/** Bucket sums of all windows; that of digit d of a window is number `(window << (bits - 1)) + d - 1`. */
export interface WindowBuckets {
  /** Address of each sum, or `EMPTY`. */
  readonly bucketAt: Uint32Array;
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
 * the sum of all `running`: the places within the segment, from 1, times their buckets. What the segment's own place
 * adds, its number times 2^segmentBits times `running`, comes in with the few Jacobian additions at the end.
 */
export function sumWindows(wasm: Bn254Wasm, adder: BatchAddition, of: WindowBuckets, result: number): void {
  const segments = 1 << (of.bits - 1 - of.segmentBits);
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

/** Addresses per segment, or EMPTY. */
function walkSegments(wasm: Bn254Wasm, adder: BatchAddition, of: WindowBuckets, segments: number) {
  const { pointBytes } = adder;
  const chains = of.windows * segments;
  const bytes = wasm.bytes(0, wasm.memoryBytes);
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
  for (let place = (1 << of.segmentBits) - 1; place >= 0; place--) {
    for (let chain = 0; chain < chains; chain++) {
      const bucket = of.bucketAt[(chain << of.segmentBits) + place]!;
      if (bucket === EMPTY) continue;
      if (running[chain] === EMPTY) running[chain] = bucket;
      else {
        adder.push(running[chain]!, bucket, runningAt(chain));
        running[chain] = runningAt(chain);
      }
    }
    settle(running);
    for (let chain = 0; chain < chains; chain++) {
      const sum = running[chain]!;
      if (sum === EMPTY) continue;
      if (weighted[chain] !== EMPTY) {
        adder.push(weighted[chain]!, sum, weightedAt(chain));
        weighted[chain] = weightedAt(chain);
      } else if (sum !== runningAt(chain)) weighted[chain] = sum;
      else {
        // That place is written over at the next bucket.
        bytes.copyWithin(weightedAt(chain), sum, sum + pointBytes);
        weighted[chain] = weightedAt(chain);
      }
    }
    settle(weighted);
  }
  return { running, weighted };
}
