import { keccak_256 } from "@noble/hashes/sha3.js";
import { describe, expect, test } from "vitest";
import { Keccak256, keccak256 } from "../../src/field/keccak.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 151 + length) & 255);

describe("Keccak-256", () => {
  test.each([
    ["", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"],
    ["abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"],
  ])("of %j is as published", (text, digest) => {
    expect(hex(keccak256(new TextEncoder().encode(text)))).toBe(digest);
  });

  test("is the library's for every length around the borders of blocks", () => {
    for (let length = 0; length <= 3 * 136 + 1; length++) {
      const data = bytesOf(length);
      expect(hex(keccak256(data)), `${length} bytes`).toBe(hex(keccak_256(data)));
    }
  });

  test("does not depend on where the parts are cut, nor on how they lie in memory", () => {
    const data = bytesOf(700);
    const expected = hex(keccak_256(data));
    for (const cut of [1, 3, 4, 135, 136, 137, 272, 699]) {
      const hash = new Keccak256();
      for (let at = 0; at < data.length; at += cut) hash.update(data.subarray(at, at + cut));
      expect(hex(hash.digest()), `cut every ${cut}`).toBe(expected);
    }
  });

  test("is of whatever a buffer held when it was given, and nobody's buffer is written to", () => {
    const data = bytesOf(300);
    const before = data.slice();
    const hash = new Keccak256().update(data.subarray(7, 250));
    expect(data).toEqual(before);
    data.fill(0);
    const digest = hash.digest();
    expect(hex(digest)).toBe(hex(keccak_256(before.subarray(7, 250))));
    expect(digest.buffer.byteLength).toBe(32);
  });

  test.each([0, 1, 135, 136, 137])("gives one digest and takes nothing after it: %i bytes", (length) => {
    const hash = new Keccak256().update(bytesOf(length));
    const digest = hash.digest();
    const kept = hex(digest);
    expect(() => hash.update(bytesOf(1))).toThrow(TypeError);
    expect(() => hash.digest()).toThrow(TypeError);
    expect(hex(digest)).toBe(kept);
  });

  test("two at once do not mix", () => {
    const [one, other] = [new Keccak256(), new Keccak256()];
    for (let at = 0; at < 300; at += 50) {
      one.update(bytesOf(50));
      other.update(bytesOf(51));
    }
    const joined = (length: number) =>
      Uint8Array.from({ length: 6 * length }, (_, i) => bytesOf(length)[i % length]!);
    expect(hex(one.digest())).toBe(hex(keccak_256(joined(50))));
    expect(hex(other.digest())).toBe(hex(keccak_256(joined(51))));
  });
});
