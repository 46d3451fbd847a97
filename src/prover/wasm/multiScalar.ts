import type { Bn254Wasm } from "../../keys/bn254Wasm.js";
import { type BatchAddition, KERNEL_POINT_BYTES } from "./batchAddition.js";
import { sumWindows } from "./bucketSums.js";

const SCALAR_BITS = 254;
const SEGMENT_BITS = 6;

/**
 * The sum of scalar times point by Pippenger's buckets, on affine points added in batches: a window's points
 * are sorted by digit and each bucket summed as a tree, a level of all buckets at a time.
 *
 * @param points address of affine points in kernel limbs, none at infinity
 * @param scalarAt address of the scalar of the i-th point: 32 little-endian bytes, below 2^254
 * @param result address of 192 bytes for the Jacobian sum in the form of wasmcurves
 * @see https://cr.yp.to/papers/pippenger.pdf
 */
export function multiScalar(
  wasm: Bn254Wasm,
  adder: BatchAddition,
  points: number,
  scalarAt: Uint32Array,
  result: number,
): void {
  const count = scalarAt.length;
  const pointBytes = KERNEL_POINT_BYTES[adder.group];
  const bits = windowBits(count);
  const windows = Math.ceil(SCALAR_BITS / bits);
  const mark = wasm.mark();
  const scratch = wasm.reserve((count + 1) * pointBytes);
  const buckets = wasm.reserve((windows << bits) * pointBytes);
  const chains = wasm.reserve(2 * (windows << Math.max(0, bits - SEGMENT_BITS)) * pointBytes);
  wasm.ensureScratch(1 << 16);
  adder.refresh();

  const bytes = wasm.bytes(0, wasm.memoryBytes);
  const filled = new Uint8Array(windows << bits);
  const digits = new Uint16Array(count);
  const starts = new Uint32Array((1 << bits) + 1);
  for (let window = 0; window < windows; window++) {
    readDigits(wasm, scalarAt, window * bits, bits, digits);
    let sorted: Uint32Array = sortByDigit(digits, starts, points, pointBytes);
    sorted = sumBuckets(adder, sorted, starts, scratch, pointBytes);
    for (let digit = 1; digit < 1 << bits; digit++) {
      if (starts[digit] === starts[digit + 1]) continue;
      const slot = (window << bits) + digit;
      const from = sorted[starts[digit]!]!;
      bytes.copyWithin(buckets + slot * pointBytes, from, from + pointBytes);
      filled[slot] = 1;
    }
  }
  sumWindows(
    wasm,
    adder,
    { buckets, filled, windows, bits, segmentBits: Math.min(SEGMENT_BITS, bits), chains },
    result,
  );
  wasm.release(mark);
}

/** The window that makes the fewest additions: one a point and window, about three a bucket. */
function windowBits(count: number): number {
  let best = 4;
  let least = Number.POSITIVE_INFINITY;
  for (let bits = 4; bits <= 15; bits++) {
    const cost = Math.ceil(SCALAR_BITS / bits) * (count + 3 * 2 ** bits);
    if (cost < least) {
      least = cost;
      best = bits;
    }
  }
  return best;
}

function readDigits(
  wasm: Bn254Wasm,
  scalarAt: Uint32Array,
  bit: number,
  bits: number,
  digits: Uint16Array,
): void {
  const memory = wasm.words(0, wasm.memoryBytes / 4);
  const word = bit >>> 5;
  const shift = bit & 31;
  const mask = (1 << bits) - 1;
  const spills = shift + bits > 32 && word < 7;
  for (let i = 0; i < digits.length; i++) {
    const at = (scalarAt[i]! >>> 2) + word;
    let digit = memory[at]! >>> shift;
    if (spills) digit |= memory[at + 1]! << (32 - shift);
    digits[i] = digit & mask;
  }
}

/** Addresses of the points by digit, those of digit 0 left out; `starts[d]` to `starts[d + 1]` have digit d. */
function sortByDigit(
  digits: Uint16Array,
  starts: Uint32Array,
  points: number,
  pointBytes: number,
): Uint32Array {
  starts.fill(0);
  for (let i = 0; i < digits.length; i++) starts[digits[i]!]!++;
  starts[0] = 0;
  let total = 0;
  for (let digit = 0; digit < starts.length; digit++) {
    const size = starts[digit]!;
    starts[digit] = total;
    total += size;
  }
  const sorted = new Uint32Array(total);
  const next = starts.slice();
  for (let i = 0; i < digits.length; i++) {
    const digit = digits[i]!;
    if (digit !== 0) sorted[next[digit]!++] = points + i * pointBytes;
  }
  return sorted;
}

/** Adds up every bucket until it has at most one point; `starts` follows. */
function sumBuckets(
  adder: BatchAddition,
  sorted: Uint32Array,
  starts: Uint32Array,
  scratch: number,
  pointBytes: number,
): Uint32Array {
  let free = scratch;
  for (let more = true; more; ) {
    more = false;
    let kept = 0;
    let begin = starts[0]!;
    for (let digit = 0; digit < starts.length - 1; digit++) {
      const end = starts[digit + 1]!;
      starts[digit] = kept;
      let i = begin;
      for (; i + 1 < end; i += 2) {
        const p = sorted[i]!;
        const q = sorted[i + 1]!;
        // A sum replaces an operand that is a sum itself.
        let sum = p >= scratch ? p : q;
        if (sum < scratch) {
          sum = free;
          free += pointBytes;
        }
        adder.push(p, q, sum);
        sorted[kept++] = sum;
      }
      if (i < end) sorted[kept++] = sorted[i]!;
      if (kept - starts[digit]! > 1) more = true;
      begin = end;
    }
    starts[starts.length - 1] = kept;
    adder.flush();
    if (adder.infinite.size > 0) dropInfinite(adder, sorted, starts);
  }
  return sorted;
}

function dropInfinite(adder: BatchAddition, sorted: Uint32Array, starts: Uint32Array): void {
  let kept = 0;
  let begin = starts[0]!;
  for (let digit = 0; digit < starts.length - 1; digit++) {
    const end = starts[digit + 1]!;
    starts[digit] = kept;
    for (let i = begin; i < end; i++) if (!adder.infinite.has(sorted[i]!)) sorted[kept++] = sorted[i]!;
    begin = end;
  }
  starts[starts.length - 1] = kept;
  adder.infinite.clear();
}
