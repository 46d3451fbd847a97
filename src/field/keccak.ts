import { Keccak } from "@noble/hashes/sha3.js";
import { MarginproofError } from "../errors.js";
import { fromSigned } from "./element.js";
import { bytesToHex } from "./encoding.js";

const utf8 = new TextEncoder();

/**
 * Keccak-256 (the Ethereum padding, not SHA3-256) of what it is yet to be given: `keccak_256.create()` of the library, made
 * directly, because what wraps it takes half a kilobyte in every embedded verifier.
 */
export const newKeccak256 = (): Keccak => new Keccak(136, 0x01, 32);

/** Keccak-256 (the Ethereum padding, not SHA3-256) of the parts put end to end: 32 bytes. */
export function keccak256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = newKeccak256();
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
