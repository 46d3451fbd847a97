import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesToHex } from "../../src/field/encoding.js";
import { encodeParts, keccak256, keccakToField } from "../../src/field/keccak.js";
import { FIELD_ORDER as P } from "../../src/field/order.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { poseidon } from "../../src/field/poseidon/poseidon.js";
import { roleConstant, sponge, spongeMany } from "../../src/field/sponge.js";

const utf8 = new TextEncoder();
const element = fc.bigInt({ min: 0n, max: P - 1n });

describe("keccak", () => {
  it("matches the known digests, also in parts", () => {
    expect(bytesToHex(keccak256())).toBe("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    const abc = "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45";
    expect(bytesToHex(keccak256(utf8.encode("abc")))).toBe(abc);
    expect(bytesToHex(keccak256(utf8.encode("a"), utf8.encode("bc")))).toBe(abc);
  });

  it("reduces the big-endian digest mod p", () => {
    const seed = new Uint8Array(32).fill(7);
    const digest = BigInt(`0x${bytesToHex(keccak256(seed, utf8.encode("beta/é")))}`);
    expect(keccakToField(seed, "beta/é")).toBe(digest % P);
    expect(keccakToField(new Uint8Array(0), "abc")).toBe(
      0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45n % P,
    );
  });

  it("encodes parts after their lengths, differently for different lists", () => {
    expect(bytesToHex(encodeParts(Uint8Array.of(1, 2), new Uint8Array(0)))).toBe("00000002010200000000");
    expect(encodeParts()).toEqual(new Uint8Array(0));
    const parts = fc.array(fc.uint8Array({ maxLength: 3 }), { maxLength: 3 });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(bytesToHex(encodeParts(...a)) === bytesToHex(encodeParts(...b))).toBe(same);
      }),
    );
  });
});

describe("sponge", () => {
  it("chains blocks of 16 through the initial state", () => {
    const hasher = bestPoseidon();
    for (const length of [1, 15, 16, 17, 31, 32, 33, 48, 50]) {
      const elements = Array.from({ length }, (_, i) => BigInt(i) * 3n + 1n);
      let expected = 9n;
      for (let at = 0; at < length; at += 16) expected = poseidon.hash(expected, elements.slice(at, at + 16));
      expect(sponge(hasher, 9n, elements)).toBe(expected);
    }
  });

  it("of many lists is that of each, with either hasher", () => {
    const lists = fc
      .integer({ min: 1, max: 40 })
      .chain((length) =>
        fc.array(fc.array(element, { minLength: length, maxLength: length }), { maxLength: 5 }),
      );
    fc.assert(
      fc.property(element, lists, (role, all) => {
        const each = all.map((list) => sponge(poseidon, role, list));
        expect(spongeMany(poseidon, role, all)).toEqual(each);
        expect(spongeMany(bestPoseidon(), role, all)).toEqual(each);
      }),
      { numRuns: 30 },
    );
    expect(() => spongeMany(poseidon, 1n, [[1n], [1n, 2n]])).toThrow(RangeError);
    expect(() => spongeMany(poseidon, 1n, [[], []])).toThrow(
      expect.objectContaining({ code: "SPONGE_EMPTY" }),
    );
  });

  it("is the plain hash up to 16 elements, and separates roles", () => {
    fc.assert(
      fc.property(element, fc.array(element, { minLength: 1, maxLength: 16 }), (role, elements) => {
        expect(sponge(bestPoseidon(), role, elements)).toBe(poseidon.hash(role, elements));
      }),
      { numRuns: 20 },
    );
    expect(sponge(poseidon, roleConstant("a"), [1n])).not.toBe(sponge(poseidon, roleConstant("b"), [1n]));
  });

  it("refuses no elements and elements outside the field", () => {
    expect(() => sponge(poseidon, 0n, [])).toThrow(expect.objectContaining({ code: "SPONGE_EMPTY" }));
    expect(() => sponge(poseidon, 0n, [P])).toThrow(expect.objectContaining({ code: "FIELD_NOT_CANONICAL" }));
  });

  it("takes role constants from the low 248 bits of a named digest", () => {
    const digest = BigInt(`0x${bytesToHex(keccak256(utf8.encode("marginproof/v1/leaf")))}`);
    expect(roleConstant("leaf")).toBe(digest & ((1n << 248n) - 1n));
    expect(roleConstant("leaf")).not.toBe(roleConstant("node"));
  });
});
