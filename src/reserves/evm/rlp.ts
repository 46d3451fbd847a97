/**
 * RLP, the encoding of Ethereum's headers, accounts and trie nodes: a string of bytes, or a list of items. One item has one
 * encoding, and no other is read: what hashes to a root must not be readable in two ways.
 */
export type RlpItem = Uint8Array | readonly RlpItem[];

/** Lists in each other: a trie node within a node is three deep. */
const MAX_DEPTH = 8;

/** What is read of one item, and where the next begins. */
interface Read {
  readonly item: RlpItem;
  readonly end: number;
}

/** @throws RangeError when the bytes are not exactly one item in its only encoding */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  const { item, end } = readItem(bytes, 0, bytes.length, 0);
  if (end !== bytes.length) throw new RangeError(`${bytes.length - end} bytes too many after an RLP item`);
  return item;
}

/** The items of a list of strings. @throws RangeError when it is anything else */
export function decodeStrings(bytes: Uint8Array): readonly Uint8Array[] {
  const item = decodeRlp(bytes);
  if (item instanceof Uint8Array || !item.every((part) => part instanceof Uint8Array))
    throw new RangeError("not an RLP list of strings");
  return item as readonly Uint8Array[];
}

function readItem(bytes: Uint8Array, start: number, limit: number, depth: number): Read {
  if (start >= limit) throw new RangeError("an RLP item is cut off");
  const first = bytes[start]!;
  if (first < 0x80) return { item: bytes.slice(start, start + 1), end: start + 1 };
  const isList = first >= 0xc0;
  const short = first - (isList ? 0xc0 : 0x80);
  const from = start + 1 + Math.max(0, short - 55);
  const length = short <= 55 ? short : longLength(bytes, start + 1, from, limit);
  const end = from + length;
  if (end > limit) throw new RangeError("an RLP item is cut off");
  if (isList) return { item: readList(bytes, from, end, depth + 1), end };
  if (length === 1 && bytes[from]! < 0x80) throw new RangeError("an RLP byte below 0x80 has a prefix");
  return { item: bytes.slice(from, end), end };
}

function readList(bytes: Uint8Array, start: number, end: number, depth: number): readonly RlpItem[] {
  if (depth > MAX_DEPTH) throw new RangeError(`more than ${MAX_DEPTH} RLP lists in each other`);
  const items: RlpItem[] = [];
  for (let at = start; at < end; ) {
    const read = readItem(bytes, at, end, depth);
    items.push(read.item);
    at = read.end;
  }
  return items;
}

/** A length of its own: no leading zero, and only where the prefix could not hold it. */
function longLength(bytes: Uint8Array, from: number, end: number, limit: number): number {
  if (end > limit) throw new RangeError("an RLP length is cut off");
  if (end - from > 4) throw new RangeError("an RLP item is longer than any of ours");
  if (bytes[from] === 0) throw new RangeError("an RLP length begins with a zero");
  const length = bytes.subarray(from, end).reduce((total, byte) => total * 256 + byte, 0);
  if (length <= 55) throw new RangeError("an RLP length stands where the prefix holds it");
  return length;
}

export function encodeRlp(item: RlpItem): Uint8Array {
  if (!(item instanceof Uint8Array)) return withPrefix(0xc0, joined(item.map(encodeRlp)));
  return item.length === 1 && item[0]! < 0x80 ? item.slice() : withPrefix(0x80, item);
}

function withPrefix(base: number, body: Uint8Array): Uint8Array {
  if (body.length <= 55) return joined([Uint8Array.of(base + body.length), body]);
  const length = bytesOfInteger(BigInt(body.length));
  return joined([Uint8Array.of(base + 55 + length.length), length, body]);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** An integer as RLP holds one: big-endian, no leading zero, 0 as no byte at all. @throws RangeError */
export function integerOfBytes(bytes: Uint8Array, maxBytes = 32): bigint {
  if (bytes.length > maxBytes || bytes[0] === 0)
    throw new RangeError("an RLP integer is too long or begins with a zero");
  return bytes.reduce((total, byte) => (total << 8n) | BigInt(byte), 0n);
}

export function bytesOfInteger(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array();
  const digits = value.toString(16);
  const even = digits.padStart(digits.length + (digits.length % 2), "0");
  return Uint8Array.from(even.match(/../g)!, (pair) => Number.parseInt(pair, 16));
}
