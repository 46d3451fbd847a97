import { MarginproofError } from "../errors.js";
import { bytesToHex } from "./encoding.js";
import { keccak256 } from "./keccak.js";
import type { PoseidonHasher } from "./poseidon/poseidon.js";

/** Elements absorbed by one permutation: the widest Poseidon that circomlib has constants for. */
export const SPONGE_BLOCK = 16;

/**
 * The digest of a list of field elements under a role. Blocks of 16 elements are chained through Poseidon's
 * capacity element, which starts as `role`; a shorter last block uses the Poseidon of its own width. The
 * number of elements is fixed by the role, so it is not absorbed. Throws SPONGE_EMPTY without an element and
 * FIELD_NOT_CANONICAL outside [0, p).
 */
export function sponge(hasher: PoseidonHasher, role: bigint, elements: readonly bigint[]): bigint {
  if (elements.length === 0) {
    throw new MarginproofError("SPONGE_EMPTY", "a sponge needs at least one element");
  }
  if (elements.length <= SPONGE_BLOCK) return hasher.hash(role, elements);
  let digest = role;
  for (let start = 0; start < elements.length; start += SPONGE_BLOCK) {
    digest = hasher.hash(digest, elements.slice(start, start + SPONGE_BLOCK));
  }
  return digest;
}

/** The constant that separates a role from all others: the low 248 bits of keccak256("marginproof/v1/" + name). */
export function roleConstant(name: string): bigint {
  const digest = keccak256(new TextEncoder().encode(`marginproof/v1/${name}`));
  return BigInt(`0x${bytesToHex(digest.subarray(1))}`);
}
