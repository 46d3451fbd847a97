import { weierstrass } from "@noble/curves/abstract/weierstrass.js";
import { bytesToHex } from "../field/encoding.js";
import { addressOfPublicKey } from "./address.js";

/**
 * secp256k1 signatures as EVM wallets write them: `0x`, r (32 bytes), s (32 bytes), v (27 or 28), lower-case. One
 * signature has one text: s is in the lower half of the order, and v says which of two keys is recovered.
 */
const SIGNATURE_PATTERN = /^0x[0-9a-f]{130}$/;

/** The curve alone, without what signs: whoever verifies carries no more than this. */
const Point = weierstrass({
  p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn,
  n: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  h: 1n,
  a: 0n,
  b: 7n,
  Gx: 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  Gy: 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
});
const { Fp, Fn } = Point;

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
  const order = Fn.ORDER;
  if (r === 0n || r >= order || s === 0n || s >= order)
    return { problem: "the signature's r or s is out of range" };
  if (s > order / 2n) return { problem: "the signature's s is in the upper half of the order (malleable)" };
  try {
    return { address: addressOfPublicKey(publicKeyOf(digest, r, s, v === 28)) };
  } catch {
    return { problem: "the signature belongs to no key" };
  }
}

/**
 * SEC 1, section 4.1.6: Q = (s R - z G) / r, where R has abscissa r and the ordinate that is odd or even as said. Abscissas of
 * the order or more, which such a signature can't name, occur once in 2^127.
 * @throws Error when no point has that abscissa, or Q is none
 */
function publicKeyOf(digest: Uint8Array, r: bigint, s: bigint, odd: boolean): Uint8Array {
  const root = Fp.sqrt(Fp.add(Fp.mul(Fp.sqr(r), r), 7n));
  const y = (root & 1n) === (odd ? 1n : 0n) ? root : Fp.neg(root);
  const R = Point.fromAffine({ x: r, y });
  const z = Fn.create(BigInt(`0x${bytesToHex(digest)}`));
  const inverse = Fn.inv(r);
  const fromR = R.multiplyUnsafe(Fn.mul(s, inverse));
  const Q = fromR.add(Point.BASE.multiplyUnsafe(Fn.neg(Fn.mul(z, inverse))));
  return Q.toBytes(false);
}
