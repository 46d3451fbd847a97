import { Keccak256 } from "../field/keccak.js";

/**
 * Keccak256 over an unambiguous encoding: every item is its length (4 bytes, big-endian) and its UTF-8 bytes,
 * lists and maps are preceded by their size. Two different sequences of calls never hash the same bytes.
 */
export class CanonicalHash {
  private readonly hash = new Keccak256();
  private readonly encoder = new TextEncoder();
  private buffer = new Uint8Array(1 << 16);
  private used = 0;
  private flushed = 0;

  /** @param also gets every byte that is hashed, in order, in pieces that it must copy */
  constructor(private readonly also: (bytes: Uint8Array) => void = () => {}) {}

  /** Bytes so far. */
  get length(): number {
    return this.flushed + this.used;
  }

  text(value: string): this {
    const bytes = this.encoder.encode(value);
    this.reserve(bytes.length + 4);
    this.buffer[this.used++] = bytes.length >>> 24;
    this.buffer[this.used++] = (bytes.length >>> 16) & 255;
    this.buffer[this.used++] = (bytes.length >>> 8) & 255;
    this.buffer[this.used++] = bytes.length & 255;
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
    return this;
  }

  integer(value: bigint | number): this {
    return this.text(value.toString());
  }

  /** A field that may be absent: absence and every value are told apart. */
  optional<T>(value: T | undefined, write: (value: T) => void): this {
    this.text(value === undefined ? "absent" : "present");
    if (value !== undefined) write(value);
    return this;
  }

  list<T>(values: readonly T[], write: (value: T) => void): this {
    this.integer(values.length);
    for (const value of values) write(value);
    return this;
  }

  /** Sorted by key in code-unit order. */
  map<T>(values: Readonly<Record<string, T>>, write: (value: T) => void): this {
    const keys = Object.keys(values).sort();
    this.integer(keys.length);
    for (const key of keys) {
      this.text(key);
      write(values[key]!);
    }
    return this;
  }

  digest(): Uint8Array {
    this.flush();
    return this.hash.digest();
  }

  private reserve(size: number): void {
    if (this.used + size <= this.buffer.length) return;
    this.flush();
    if (size > this.buffer.length) this.buffer = new Uint8Array(size);
  }

  private flush(): void {
    const bytes = this.buffer.subarray(0, this.used);
    this.hash.update(bytes);
    this.also(bytes);
    this.flushed += this.used;
    this.used = 0;
  }
}
