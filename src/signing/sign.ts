import { secp256k1 } from "@noble/curves/secp256k1.js";
import { MarginproofError } from "../errors.js";
import { hexToBytes } from "../field/encoding.js";
import { addressOfPublicKey } from "./address.js";
import { hexText } from "./typedData.js";

/** A private key: 32 bytes, or `0x` and 64 hexadecimal digits. */
export type PrivateKey = Uint8Array | string;

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
