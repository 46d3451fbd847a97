import { secp256k1 } from "@noble/curves/secp256k1.js";
import { MarginproofError } from "../errors.js";
import { hexToBytes } from "../field/encoding.js";
import { addressOfPublicKey } from "./address.js";
import { hexText } from "./typedData.js";

/**
 * secp256k1 signatures as EVM wallets write them: `0x`, r (32 bytes), s (32 bytes), v (27 or 28), lower-case. One
 * signature has one text: s is in the lower half of the order, and v says which of two keys is recovered.
 */
const SIGNATURE_PATTERN = /^0x[0-9a-f]{130}$/;

/** A private key: 32 bytes, or `0x` and 64 hexadecimal digits. */
export type PrivateKey = Uint8Array | string;

/** Whose signature it is, or what is wrong with it, in words. */
export type Recovered =
  | { readonly address: string; readonly problem?: never }
  | { readonly address?: never; readonly problem: string };

/** What to do about a signature that is none. */
export const SIGN_AGAIN = "sign again with an EVM wallet (eth_signTypedData_v4): 65 bytes, low s, v 27 or 28";

/**
 * The address whose key made the signature, with EIP-55 checksum; or what is wrong: not 65 bytes, v not 27 or 28, high s,
 * r or s out of range, no such key.
 */
export function recoverAddress(digest: Uint8Array, signature: string): Recovered {
  if (!SIGNATURE_PATTERN.test(signature))
    return { problem: "the signature is not 0x and 130 lower-case hex digits" };
  const v = Number.parseInt(signature.slice(130), 16);
  if (v !== 27 && v !== 28) return { problem: `the signature's v is ${v}, neither 27 nor 28` };
  const r = BigInt(signature.slice(0, 66));
  const s = BigInt(`0x${signature.slice(66, 130)}`);
  const order = secp256k1.Point.CURVE().n;
  if (r === 0n || r >= order || s === 0n || s >= order)
    return { problem: "the signature's r or s is out of range" };
  if (s > order / 2n) return { problem: "the signature's s is in the upper half of the order (malleable)" };
  try {
    const publicKey = new secp256k1.Signature(r, s, v - 27).recoverPublicKey(digest).toBytes(false);
    return { address: addressOfPublicKey(publicKey) };
  } catch {
    return { problem: "the signature belongs to no key" };
  }
}

/** Signs 32 bytes, deterministically (RFC 6979). @throws MarginproofError PRICES_KEY */
export function signDigest(digest: Uint8Array, privateKey: PrivateKey): string {
  const bytes = secp256k1.sign(digest, keyBytes(privateKey), { prehash: false, format: "recovered" });
  return hexText(Uint8Array.of(...bytes.subarray(1), 27 + bytes[0]!));
}

/** Address of a private key, with EIP-55 checksum. @throws MarginproofError PRICES_KEY */
export function addressOfPrivateKey(privateKey: PrivateKey): string {
  return addressOfPublicKey(secp256k1.getPublicKey(keyBytes(privateKey), false));
}

/** Errors never show any part of the key. */
function keyBytes(key: PrivateKey): Uint8Array {
  const bytes =
    typeof key !== "string"
      ? key
      : /^0x[0-9a-fA-F]{64}$/.test(key)
        ? hexToBytes(key.slice(2).toLowerCase())
        : new Uint8Array();
  if (secp256k1.utils.isValidSecretKey(bytes)) return bytes;
  throw new MarginproofError("PRICES_KEY", "the private key is not a secp256k1 key", {
    kind: "usage",
    hint: "give 32 bytes, or 0x and 64 hex digits",
  });
}
