import { numberToBytesBE } from "@noble/curves/utils.js";
import { bytesToHex } from "../field/encoding.js";
import { keccak256 } from "../field/keccak.js";

/**
 * EIP-712 hashing of typed data, for the types that prices need and the standard's own example: string, bool,
 * address, intN, uintN, bytes32, structs, and arrays of these without a fixed length.
 */
export interface TypedField {
  readonly name: string;
  readonly type: string;
}
export type TypedStructs = Readonly<Record<string, readonly TypedField[]>>;
export type TypedValue =
  | string
  | bigint
  | boolean
  | readonly TypedValue[]
  | { readonly [field: string]: TypedValue };

const utf8 = new TextEncoder();

/** `Mail(Person from,string contents)Person(string name)`: the type, then every type it uses, sorted by name. */
export function encodeType(structs: TypedStructs, type: string): string {
  const used = new Set<string>();
  const visit = (name: string): void => {
    if (!Object.hasOwn(structs, name) || used.has(name)) return;
    used.add(name);
    for (const field of structs[name]!) visit(field.type.replace(/\[\]$/, ""));
  };
  visit(type);
  used.delete(type);
  return [type, ...[...used].sort()]
    .map((name) => `${name}(${structs[name]!.map((field) => `${field.type} ${field.name}`).join(",")})`)
    .join("");
}

/** hashStruct of the standard: keccak256(typeHash, then 32 bytes per field). @throws TypeError, RangeError */
export function hashStruct(structs: TypedStructs, type: string, value: TypedValue): Uint8Array {
  return structHasher(structs)(type, value);
}

/** keccak256(0x19 0x01, domain separator, hashStruct(message)): the 32 bytes that are signed. */
export function typedDataDigest(
  structs: TypedStructs,
  domain: TypedValue,
  primaryType: string,
  message: TypedValue,
): Uint8Array {
  const hash = structHasher(structs);
  return keccak256(Uint8Array.of(0x19, 0x01), hash("EIP712Domain", domain), hash(primaryType, message));
}

/** One hasher per digest: it keeps the hashes of types, which repeat with every element of an array. */
function structHasher(structs: TypedStructs): (type: string, value: TypedValue) => Uint8Array {
  const typeHashes = new Map<string, Uint8Array>();
  const hash = (type: string, value: TypedValue): Uint8Array => {
    let typeHash = typeHashes.get(type);
    if (typeHash === undefined)
      typeHashes.set(type, (typeHash = keccak256(utf8.encode(encodeType(structs, type)))));
    const fields = value as { readonly [field: string]: TypedValue };
    return keccak256(typeHash, ...structs[type]!.map((f) => word(f.type, fields[f.name]!)));
  };
  const word = (type: string, value: TypedValue): Uint8Array => {
    if (type.endsWith("[]")) {
      const items = value as readonly TypedValue[];
      const words = new Uint8Array(32 * items.length);
      items.forEach((item, i) => {
        words.set(word(type.slice(0, -2), item), 32 * i);
      });
      return keccak256(words);
    }
    return Object.hasOwn(structs, type) ? hash(type, value) : atom(type, value);
  };
  return hash;
}

function atom(type: string, value: TypedValue): Uint8Array {
  if (type === "string" && typeof value === "string") return keccak256(utf8.encode(value));
  if (type === "bool" && typeof value === "boolean") return wordOf(value ? 1n : 0n);
  if (type === "address" && typeof value === "string" && /^0x[0-9a-fA-F]{40}$/.test(value))
    return wordOf(BigInt(value));
  if (type === "bytes32" && typeof value === "string" && /^0x[0-9a-fA-F]{64}$/.test(value))
    return wordOf(BigInt(value));
  const sized = /^(u?)int(\d{1,3})$/.exec(type);
  if (sized === null || typeof value !== "bigint") throw new TypeError(`no ${type}: ${typeof value}`);
  const bits = Number(sized[2]);
  const fits = sized[1] === "u" ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
  if (fits !== value) throw new RangeError(`${value} does not fit ${type}`);
  return wordOf(value);
}

/** 32 bytes, big-endian, negative values in two's complement. */
function wordOf(value: bigint): Uint8Array {
  return numberToBytesBE(BigInt.asUintN(256, value), 32);
}

/** `0x` and lower-case hexadecimal digits. */
export function hexText(bytes: Uint8Array): string {
  return `0x${bytesToHex(bytes)}`;
}
