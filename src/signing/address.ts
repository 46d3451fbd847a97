import { keccak256 } from "../field/keccak.js";
import { hexText } from "./typedData.js";

const utf8 = new TextEncoder();

/** Lower-case and correctly checksummed (EIP-55) texts are addresses; a wrong checksum is a typing error. */
export function isAddress(text: string): boolean {
  if (/^0x[0-9a-f]{40}$/.test(text)) return true;
  return /^0x[0-9a-fA-F]{40}$/.test(text) && checksumAddress(text) === text;
}

/** EIP-55 text of `0x` and 40 hexadecimal digits: the one form in which addresses are kept and shown here. */
export function checksumAddress(address: string): string {
  const digits = address.slice(2).toLowerCase();
  const hash = hexText(keccak256(utf8.encode(digits))).slice(2);
  const cased = [...digits].map((digit, i) =>
    Number.parseInt(hash[i]!, 16) >= 8 ? digit.toUpperCase() : digit,
  );
  return `0x${cased.join("")}`;
}

/** Address of an uncompressed public key (65 bytes, 0x04 first): the last 20 bytes of keccak256(x, y). */
export function addressOfPublicKey(publicKey: Uint8Array): string {
  if (publicKey.length !== 65 || publicKey[0] !== 4) throw new RangeError("not an uncompressed public key");
  return checksumAddress(hexText(keccak256(publicKey.subarray(1)).subarray(12)));
}
