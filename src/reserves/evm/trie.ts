import { bytesToHex } from "../../field/encoding.js";
import { keccak256 } from "../../field/keccak.js";
import { decodeRlp, encodeRlp, type RlpItem } from "./rlp.js";

/**
 * Merkle-Patricia proofs of Ethereum's state and storage (Yellow Paper, appendix D), whose keys are keccak256 of what is
 * looked up: 64 hex digits each, so no key is the beginning of another and no branch holds a value.
 *
 * A trie of somebody else's is an audited dependency for building one; to follow a proof down it takes what stands here.
 */

/** Most nodes from the root to a value. */
export const MAX_PROOF_NODES = 65;

/**
 * Follows a proof, as eth_getProof gives it, from the root down to the key's value.
 *
 * @param root 32 bytes
 * @param key what is looked up, before it is hashed: an address, or a storage slot
 * @param proof nodes from the root to the last, RLP; those that stand inside their parent are not in it
 * @returns the value, RLP; undefined when the proof shows that the key has none
 * @throws RangeError with what is wrong, in words: then nothing is known of the key
 */
export function provenValue(
  root: Uint8Array,
  key: Uint8Array,
  proof: readonly Uint8Array[],
): Uint8Array | undefined {
  if (proof.length > MAX_PROOF_NODES) throw new RangeError(`more than ${MAX_PROOF_NODES} nodes`);
  const digits = bytesToHex(keccak256(key));
  let used = 0;
  const nodeOf = (reference: RlpItem): readonly RlpItem[] => {
    if (!(reference instanceof Uint8Array)) return embedded(reference);
    if (reference.length !== 32) throw new RangeError("a node refers to another by less than its hash");
    const node = proof[used];
    if (node === undefined) throw new RangeError(`it is cut off after ${used} nodes`);
    if (bytesToHex(keccak256(node)) !== bytesToHex(reference))
      throw new RangeError(
        used === 0 ? "its first node is not the root's" : `node ${used} is not its parent's`,
      );
    used++;
    return listOf(decodeRlp(node));
  };
  const value = walk(root, digits, nodeOf);
  if (used !== proof.length) throw new RangeError(`${proof.length - used} nodes are not on the key's path`);
  return value;
}

function walk(
  root: Uint8Array,
  digits: string,
  nodeOf: (reference: RlpItem) => readonly RlpItem[],
): Uint8Array | undefined {
  let reference: RlpItem = root;
  for (let at = 0; ; ) {
    const node = nodeOf(reference);
    if (node.length === 17) {
      assertEmpty(node[16]!);
      // A path as long as the key ends in a leaf.
      if (at === digits.length) throw new RangeError("a branch stands below the end of the key");
      reference = node[Number.parseInt(digits[at]!, 16)]!;
      if (reference.length === 0 && reference instanceof Uint8Array) return undefined;
      at++;
      continue;
    }
    const { path, isLeaf } = pathOf(node);
    const rest = digits.slice(at);
    if (isLeaf) {
      if (path.length !== rest.length) throw new RangeError("a leaf ends above or below the end of the key");
      if (path !== rest) return undefined;
      const value = node[1]!;
      if (!(value instanceof Uint8Array) || value.length === 0) throw new RangeError("a leaf has no value");
      return value;
    }
    if (path === "") throw new RangeError("an extension leads nowhere");
    if (path.length >= rest.length) throw new RangeError("an extension reaches the end of the key");
    if (!rest.startsWith(path)) return undefined;
    at += path.length;
    reference = node[1]!;
    if (reference.length === 0) throw new RangeError("an extension leads nowhere");
  }
}

/** A node inside its parent has less than 32 bytes: a longer one has to be referred to by its hash. */
function embedded(node: readonly RlpItem[]): readonly RlpItem[] {
  if (encodeRlp(node).length >= 32) throw new RangeError("a long node stands inside its parent");
  return node;
}

function listOf(item: RlpItem): readonly RlpItem[] {
  if (item instanceof Uint8Array || (item.length !== 2 && item.length !== 17))
    throw new RangeError("a node is neither branch, extension nor leaf");
  return item;
}

function assertEmpty(value: RlpItem): void {
  if (!(value instanceof Uint8Array) || value.length !== 0) throw new RangeError("a branch holds a value");
}

/** Hex-prefix encoding: the first digit says leaf or extension, and whether the path has an odd number of digits. */
function pathOf(node: readonly RlpItem[]): { readonly path: string; readonly isLeaf: boolean } {
  const encoded = listOf(node)[0]!;
  if (!(encoded instanceof Uint8Array) || encoded.length === 0) throw new RangeError("a node has no path");
  const digits = bytesToHex(encoded);
  const flag = Number.parseInt(digits[0]!, 16);
  if (flag > 3 || (flag % 2 === 0 && digits[1] !== "0"))
    throw new RangeError("a node's path has a wrong prefix");
  return { path: digits.slice(flag % 2 === 1 ? 1 : 2), isLeaf: flag >= 2 };
}
