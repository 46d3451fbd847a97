import { hexToBytes as bytesOf, bytesToHex } from "@noble/hashes/utils.js";
import { MarginproofError } from "../errors.js";
import { isCanonical } from "./element.js";
import { FIELD_ORDER } from "./order.js";

/** Lower-case hexadecimal digits, two a byte, without a prefix. */
export { bytesToHex };

/**
 * Strict parsing: every value has exactly one accepted text, so that two different files never stand for the
 * same statement. Every refusal throws a MarginproofError of kind `invalid` with the code named here.
 */

const FIELD_HEX = /^0x[0-9a-f]{64}$/;
const HEX = /^(?:[0-9a-f]{2})*$/;
const UNSIGNED = /^(?:0|[1-9][0-9]*)$/;
const SIGNED = /^(?:0|-?[1-9][0-9]*)$/;

function refuse(code: string, text: unknown, expected: string): never {
  // The text may come from a hostile file: it is shown quoted and shortened.
  const shown = typeof text === "string" ? JSON.stringify(text.slice(0, 80)) : `a ${typeof text}`;
  throw new MarginproofError(code, `${shown} is not ${expected}`, { kind: "invalid" });
}

/**
 * A field element from `0x` and 64 lower-case hexadecimal digits.
 * @throws MarginproofError FIELD_NOT_CANONICAL, also from p up
 */
export function parseFieldHex(text: string): bigint {
  if (typeof text === "string" && FIELD_HEX.test(text)) {
    const value = BigInt(text);
    if (value < FIELD_ORDER) return value;
  }
  return refuse(
    "FIELD_NOT_CANONICAL",
    text,
    "a field element: 0x and 64 lower-case hex digits, below the order",
  );
}

/** `0x` and 64 lower-case hexadecimal digits. @throws MarginproofError FIELD_NOT_CANONICAL outside [0, p) */
export function toFieldHex(x: bigint): string {
  if (typeof x !== "bigint" || !isCanonical(x))
    refuse("FIELD_NOT_CANONICAL", String(x), "in [0, field order)");
  return `0x${x.toString(16).padStart(64, "0")}`;
}

/**
 * An integer in [0, boundExclusive) from plain decimal digits: no sign, leading zero, space or exponent.
 * @throws MarginproofError INTEGER_NOT_CANONICAL
 */
export function parseUnsigned(text: string, boundExclusive: bigint): bigint {
  // The length is checked before the conversion, whose cost grows with the square of the length.
  if (typeof text === "string" && text.length <= boundExclusive.toString().length && UNSIGNED.test(text)) {
    const value = BigInt(text);
    if (value < boundExclusive) return value;
  }
  return refuse("INTEGER_NOT_CANONICAL", text, `a plain decimal integer in [0, ${boundExclusive})`);
}

/**
 * An integer of magnitude below `bound` from plain decimal digits with an optional minus sign; "-0" is refused.
 * @throws MarginproofError INTEGER_NOT_CANONICAL
 */
export function parseSigned(text: string, bound: bigint): bigint {
  if (typeof text === "string" && text.length <= bound.toString().length + 1 && SIGNED.test(text)) {
    const value = BigInt(text);
    if (value < bound && value > -bound) return value;
  }
  return refuse("INTEGER_NOT_CANONICAL", text, `a plain decimal integer of magnitude below ${bound}`);
}

/**
 * 32 bytes from `0x` and 64 lower-case hexadecimal digits (not reduced: a digest).
 * @throws MarginproofError HEX_NOT_CANONICAL
 */
export function parseHex32(text: string): Uint8Array {
  if (typeof text === "string" && FIELD_HEX.test(text)) return hexToBytes(text.slice(2));
  return refuse("HEX_NOT_CANONICAL", text, "32 bytes: 0x and 64 lower-case hex digits");
}

/** Bytes from lower-case hexadecimal digits without a prefix. @throws MarginproofError HEX_NOT_CANONICAL */
export function hexToBytes(text: string): Uint8Array {
  if (typeof text !== "string" || !HEX.test(text)) {
    return refuse("HEX_NOT_CANONICAL", text, "an even number of lower-case hex digits");
  }
  return bytesOf(text);
}

/** A field element as 32 big-endian bytes. @throws MarginproofError FIELD_NOT_CANONICAL outside [0, p) */
export function toBytes32(x: bigint): Uint8Array {
  return hexToBytes(toFieldHex(x).slice(2));
}

/**
 * A field element from exactly 32 big-endian bytes.
 * @throws MarginproofError FIELD_NOT_CANONICAL on another length or from p up
 */
export function fromBytes32(bytes: Uint8Array): bigint {
  return parseFieldHex(`0x${bytesToHex(bytes)}`);
}
