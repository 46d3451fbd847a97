import { secp256k1 } from "@noble/curves/secp256k1.js";
import { ripemd160 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "../../field/encoding.js";
import { joined } from "../evm/rlp.js";
import { withLength } from "./messageTransaction.js";

const utf8 = new TextEncoder();

/** What is signed: double sha256 of the prefix and the message, each after its length. */
export function legacyDigest(message: string): Uint8Array {
  const prefix = withLength(utf8.encode("Bitcoin Signed Message:\n"));
  return sha256(sha256(joined([prefix, withLength(utf8.encode(message))])));
}

/**
 * What is wrong with a signature as `signmessage` makes them for P2PKH: 65 bytes, the first 27 to 34, then r and s; from 31
 * the key is compressed.
 */
export function legacyProblem(
  message: string,
  keyHash: Uint8Array,
  signature: Uint8Array,
): string | undefined {
  const first = signature[0]!;
  if (signature.length !== 65 || first < 27 || first > 34)
    return "the signature is not 65 bytes of signmessage";
  try {
    const recovered = Uint8Array.of((first - 27) & 3, ...signature.subarray(1));
    const parsed = secp256k1.Signature.fromBytes(recovered, "recovered");
    if (parsed.hasHighS()) return "the signature's s is in the upper half of the order (malleable)";
    const key = parsed.recoverPublicKey(legacyDigest(message)).toBytes(first >= 31);
    if (bytesToHex(ripemd160(sha256(key))) === bytesToHex(keyHash)) return undefined;
  } catch {
    return "the signature belongs to no key";
  }
  return "the signature is not of this address, exchange and epoch";
}
