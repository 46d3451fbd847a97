import { MarginproofError } from "../errors.js";
import { bytesToHex } from "./encoding.js";
import { keccak256 } from "./keccak.js";
import type { PoseidonHasher } from "./poseidon/poseidon.js";

/** Elements absorbed by one permutation: the widest Poseidon that circomlib has constants for. */
export const SPONGE_BLOCK = 16;

/**
 * The digest of a list of field elements under a role. Blocks of 16 elements are chained through Poseidon's
 * capacity element, which starts as `role`; a shorter last block uses the Poseidon of its own width. The
 * number of elements is fixed by the role, so it is not absorbed.
 * @throws MarginproofError SPONGE_EMPTY without an element and FIELD_NOT_CANONICAL outside [0, p)
 */
export function sponge(hasher: PoseidonHasher, role: bigint, elements: readonly bigint[]): bigint {
  return spongeMany(hasher, role, [elements])[0]!;
}

/**
 * `sponge` of each of many lists of one length, block by block side by side: the hasher makes two of a width in little more
 * than the time of one.
 *
 * @throws RangeError for lists of different lengths
 */
export function spongeMany(
  hasher: PoseidonHasher,
  role: bigint,
  lists: readonly (readonly bigint[])[],
): bigint[] {
  const length = lists[0]?.length ?? 0;
  if (lists.some((list) => list.length !== length)) throw new RangeError("a role has lists of one length");
  if (lists.length > 0 && length === 0) {
    throw new MarginproofError("SPONGE_EMPTY", "a sponge needs at least one element");
  }
  let digests = lists.map(() => role);
  for (let start = 0; start < length; start += SPONGE_BLOCK) {
    digests = hasher.hashMany(
      lists.map((list, i) => ({
        initialState: digests[i]!,
        inputs: list.slice(start, start + SPONGE_BLOCK),
      })),
    );
  }
  return digests;
}

/** The constant that separates a role from all others: the low 248 bits of keccak256("marginproof/v1/" + name). */
export function roleConstant(name: string): bigint {
  const digest = keccak256(new TextEncoder().encode(`marginproof/v1/${name}`));
  return BigInt(`0x${bytesToHex(digest.subarray(1))}`);
}
