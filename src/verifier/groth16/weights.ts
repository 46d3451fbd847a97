import { MarginproofError } from "../../errors.js";

/** Returns exactly `length` unpredictable bytes. */
export type RandomBytes = (length: number) => Uint8Array;

export const WEIGHT_BYTES = 16;
/** The most that `crypto.getRandomValues` gives at once. */
const QUOTA = 65_536;

/** Bytes of the platform's generator (browser, Node 20). */
export const platformRandomBytes: RandomBytes = (length) => {
  const bytes = new Uint8Array(length);
  for (let start = 0; start < length; start += QUOTA) {
    globalThis.crypto.getRandomValues(bytes.subarray(start, start + QUOTA));
  }
  return bytes;
};

/**
 * The bytes of `count` weights, no two the same.
 * @throws MarginproofError WEIGHTS_NOT_RANDOM (kind "io": nothing was decided about the proofs) when the
 *   generator returns anything but the requested number of bytes, or the same weight twice, which an honest
 *   generator does with probability below count^2 / 2^129
 */
export function randomWeightBytes(count: number, randomBytes: RandomBytes): Uint8Array {
  const bytes = randomBytes(count * WEIGHT_BYTES);
  const enough = bytes instanceof Uint8Array && bytes.length === count * WEIGHT_BYTES;
  if (!enough || new Set(numbersOf(bytes)).size !== count) {
    throw new MarginproofError(
      "WEIGHTS_NOT_RANDOM",
      "the generator of weights gave too few bytes, too many, or one weight twice",
      { kind: "io" },
    );
  }
  return bytes;
}

/**
 * `count` weights, uniform in [1, 2^128]. None is zero, so a single weighted error never vanishes.
 * @throws MarginproofError WEIGHTS_NOT_RANDOM
 */
export function drawWeights(count: number, randomBytes: RandomBytes): bigint[] {
  return numbersOf(randomWeightBytes(count, randomBytes)).map((number) => number + 1n);
}

function numbersOf(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers: bigint[] = [];
  for (let offset = 0; offset < bytes.length; offset += WEIGHT_BYTES) {
    numbers.push((view.getBigUint64(offset) << 64n) | view.getBigUint64(offset + 8));
  }
  return numbers;
}
