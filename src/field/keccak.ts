import { keccakP } from "@noble/hashes/sha3.js";
import { swap32IfBE } from "@noble/hashes/utils.js";
import { MarginproofError } from "../errors.js";
import { fromSigned } from "./element.js";
import { bytesToHex } from "./encoding.js";

const utf8 = new TextEncoder();

/** Bytes of the state of 200 that take input: 200 less twice the length of the digest. */
const RATE = 136;

/**
 * Keccak-256 (the Ethereum padding, not SHA3-256) of what it is yet to be given. The permutation is the library's; the sponge
 * around it is here, because the library's, which is made for SHA-3 and SHAKE too, is a kilobyte of every embedded verifier.
 */
export class Keccak256 {
  readonly #words = new Uint32Array(50);
  /** Gone once the digest is taken: a state that has been padded would go on to digests of nothing that anybody asked for. */
  #state: Uint8Array | undefined = new Uint8Array(this.#words.buffer);
  #filled = 0;

  /** @throws TypeError for data after the digest */
  update(data: Uint8Array): this {
    for (const byte of data) {
      this.#state![this.#filled++]! ^= byte;
      if (this.#filled === RATE) this.#permute();
    }
    return this;
  }

  /** 32 bytes, once. @throws TypeError after the digest */
  digest(): Uint8Array {
    const state = this.#state!;
    state[this.#filled]! ^= 1;
    state[RATE - 1]! ^= 0x80;
    this.#permute();
    this.#state = undefined;
    return state.slice(0, 32);
  }

  /** The permutation works on words as the machine orders their bytes, Keccak's are little endian. */
  #permute(): void {
    swap32IfBE(this.#words);
    keccakP(this.#words);
    swap32IfBE(this.#words);
    this.#filled = 0;
  }
}

/** Keccak-256 (the Ethereum padding, not SHA3-256) of the parts put end to end: 32 bytes. */
export function keccak256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = new Keccak256();
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/**
 * keccak256(seed || utf8(name)) as a big-endian integer mod p. Callers use a seed of one fixed length: the
 * border between seed and name is not encoded.
 */
export function keccakToField(seed: Uint8Array, name: string): bigint {
  return fromSigned(BigInt(`0x${bytesToHex(keccak256(seed, utf8.encode(name)))}`));
}

/**
 * The parts end to end, each after its length as 4 big-endian bytes: different lists of parts never give the
 * same bytes.
 * @throws MarginproofError PART_TOO_LONG from 2^32 bytes
 */
export function encodeParts(...parts: readonly Uint8Array[]): Uint8Array {
  return encodeList(parts);
}

/** The same of a list, which may be longer than a call takes arguments: engines stop at some 100,000. */
export function encodeList(parts: readonly Uint8Array[]): Uint8Array {
  const encoded = new Uint8Array(parts.reduce((total, part) => total + 4 + part.length, 0));
  const view = new DataView(encoded.buffer);
  let offset = 0;
  for (const part of parts) {
    if (part.length > 0xffff_ffff) {
      throw new MarginproofError("PART_TOO_LONG", "an encoded part must be shorter than 2^32 bytes");
    }
    view.setUint32(offset, part.length);
    encoded.set(part, offset + 4);
    offset += 4 + part.length;
  }
  return encoded;
}
