import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { CanonicalHash } from "../../src/market/canonical.js";

/** The encoding word by word as the document says it, sharing nothing with src. */
const item = (text: string): Uint8Array => {
  const bytes = utf8ToBytes(text);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return concatBytes(length, bytes);
};
const byHand = (...texts: string[]): string => bytesToHex(keccak_256(concatBytes(...texts.map(item))));
const hashed = (write: (hash: CanonicalHash) => unknown): string => {
  const hash = new CanonicalHash();
  write(hash);
  return bytesToHex(hash.digest());
};

describe("CanonicalHash", () => {
  it("writes each item as its length and its bytes", () => {
    expect(hashed(() => {})).toBe(bytesToHex(keccak_256(new Uint8Array())));
    expect(hashed((h) => h.text("ab").text("").integer(-7n).integer(12))).toBe(byHand("ab", "", "-7", "12"));
    expect(hashed((h) => h.text("é末"))).toBe(byHand("é末"));
  });

  it("says whether a field is there, and how many a list or a map has", () => {
    const text = (h: CanonicalHash) => (value: string) => void h.text(value);
    expect(hashed((h) => h.optional("x", text(h)))).toBe(byHand("present", "x"));
    expect(hashed((h) => h.optional(undefined, text(h)))).toBe(byHand("absent"));
    expect(hashed((h) => h.list(["a", "b"], text(h)))).toBe(byHand("2", "a", "b"));
    expect(hashed((h) => h.list([], text(h)))).toBe(byHand("0"));
    expect(hashed((h) => h.map({ b: "1", B: "2", a: "3" }, text(h)))).toBe(
      byHand("3", "B", "2", "a", "3", "b", "1"),
    );
  });

  // Around each place where a length takes another byte, and where the buffer of 64 KiB is full.
  it.each([255, 256, 65_527, 65_528, 65_532, 65_533, 65_536, 70_000, 131_072])(
    "hashes an item of %d bytes as any other",
    (length) => {
      const long = "x".repeat(length);
      expect(hashed((h) => h.text("a").text(long).text("b"))).toBe(byHand("a", long, "b"));
    },
  );

  it("hashes the same however many items there are, one alone or all together", () => {
    const many = Array.from({ length: 3000 }, (_, n) => `item ${n} ${"y".repeat(n % 100)}`);
    expect(hashed((h) => many.reduce((hash, text) => hash.text(text), h))).toBe(byHand(...many));
  });
});
