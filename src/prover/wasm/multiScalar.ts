import type { BatchAddition } from "./batchAddition.js";
import { sumWindows } from "./bucketSums.js";
import type { ProvingKernel } from "./provingKernel.js";

const SCALAR_BITS = 254;
const SEGMENT_BITS = 6;
// Bit 0 of a point's address: its opposite is meant.
const OPPOSITE = 1;

/**
 * The sum of scalar times point by Pippenger's buckets, on affine points added in batches: a window's points
 * are sorted by digit and each bucket summed as a tree, a level of all buckets at a time. Digits are signed, so there are
 * buckets for half of them only.
 *
 * @param points address of affine points in kernel limbs, none at infinity
 * @param scalarAt address of the scalar of the i-th point: 32 little-endian bytes, below 2^254
 * @param result address of 192 bytes for the Jacobian sum in the form of wasmcurves
 * @see https://cr.yp.to/papers/pippenger.pdf
 */
export function multiScalar(
  { wasm }: ProvingKernel,
  adder: BatchAddition,
  points: number,
  scalarAt: Uint32Array,
  result: number,
): void {
  const count = scalarAt.length;
  const { pointBytes } = adder;
  const bits = windowBits(count);
  const windows = windowCount(bits);
  const buckets = 1 << (bits - 1);
  const segmentBits = Math.min(SEGMENT_BITS, bits - 1);
  const mark = wasm.mark();
  const scratch = wasm.reserve((count + 1) * pointBytes);
  const sums = wasm.reserve(windows * buckets * pointBytes);
  const chains = wasm.reserve(2 * windows * (buckets >> segmentBits) * pointBytes);
  wasm.ensureScratch(1 << 16);
  adder.refresh();

  const bytes = wasm.bytes(0, wasm.memoryBytes);
  const bucketAt = new Uint32Array(windows * buckets);
  const digits = new Uint16Array(count);
  const carries = new Uint8Array(count);
  const starts = new Uint32Array(buckets + 2);
  for (let window = 0; window < windows; window++) {
    readDigits(wasm.words(0, wasm.memoryBytes / 4), scalarAt, window * bits, bits, digits, carries);
    let sorted: Uint32Array = sortByDigit(digits, starts, points, pointBytes);
    sorted = sumBuckets(adder, sorted, starts, scratch, pointBytes);
    for (let digit = 1; digit <= buckets; digit++) {
      if (starts[digit] === starts[digit + 1]) continue;
      const slot = window * buckets + digit - 1;
      const from = sorted[starts[digit]!]!;
      bucketAt[slot] = from;
      if (from < scratch) continue;
      bucketAt[slot] = sums + slot * pointBytes;
      bytes.copyWithin(bucketAt[slot]!, from, from + pointBytes);
    }
  }
  sumWindows(wasm, adder, { bucketAt, windows, bits, segmentBits, chains }, result);
  wasm.release(mark);
}

/** Windows that hold a scalar and the carry of signed digits. */
function windowCount(bits: number): number {
  return Math.floor(SCALAR_BITS / bits) + 1;
}

/** The window that makes the fewest additions: one a point and window, about three a bucket. */
function windowBits(count: number): number {
  let best = 4;
  let least = Number.POSITIVE_INFINITY;
  for (let bits = 4; bits <= 15; bits++) {
    const cost = windowCount(bits) * (count + 3 * 2 ** (bits - 1));
    if (cost < least) {
      least = cost;
      best = bits;
    }
  }
  return best;
}

/**
 * Signed digits of one window, from -2^(bits - 1) to 2^(bits - 1): twice the size, and 1 for a negative one. `carries` goes on
 * to the next window.
 */
function readDigits(
  memory: Uint32Array,
  scalarAt: Uint32Array,
  bit: number,
  bits: number,
  digits: Uint16Array,
  carries: Uint8Array,
): void {
  const word = bit >>> 5;
  const shift = bit & 31;
  const mask = (1 << bits) - 1;
  const half = 1 << (bits - 1);
  const spills = shift + bits > 32 && word < 7;
  for (let i = 0; i < digits.length; i++) {
    const at = (scalarAt[i]! >>> 2) + word;
    let digit = memory[at]! >>> shift;
    if (spills) digit |= memory[at + 1]! << (32 - shift);
    digit = (digit & mask) + carries[i]!;
    const negative = digit > half ? 1 : 0;
    carries[i] = negative;
    digits[i] = negative ? 2 * (2 * half - digit) + 1 : 2 * digit;
  }
}

/** Addresses of the points by size of digit, those of digit 0 left out; `starts[d]` to `starts[d + 1]` have digit d. */
function sortByDigit(
  digits: Uint16Array,
  starts: Uint32Array,
  points: number,
  pointBytes: number,
): Uint32Array {
  starts.fill(0);
  for (let i = 0; i < digits.length; i++) starts[digits[i]! >> 1]!++;
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
    const size = digit >> 1;
    if (size !== 0) sorted[next[size]!++] = points + i * pointBytes + (digit & OPPOSITE);
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
