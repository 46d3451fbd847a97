import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { encodeType, hashStruct, type TypedValue, typedDataDigest } from "../../src/signing/typedData.js";

const k = (...parts: Uint8Array[]) => keccak_256(concatBytes(...parts));
const text = (value: string) => k(utf8ToBytes(value));
const word = (n: bigint) => hexToBytes(BigInt.asUintN(256, n).toString(16).padStart(64, "0"));
/** hashStruct of a struct with one field, put together by hand. */
const byHand = (type: string, ...words: Uint8Array[]) => bytesToHex(k(text(`One(${type} x)`), ...words));
const one = (type: string, x: TypedValue) =>
  bytesToHex(hashStruct({ One: [{ name: "x", type }] }, "One", { x }));

describe("a value of each type is hashed as the standard says", () => {
  const bytes = "ab".repeat(32);
  it.each<[string, TypedValue, Uint8Array]>([
    ["string", "é", text("é")],
    ["string", "", text("")],
    ["bool", true, word(1n)],
    ["bool", false, word(0n)],
    ["address", `0x${"Cd".repeat(20)}`, word(BigInt(`0x${"cd".repeat(20)}`))],
    ["bytes32", `0x${bytes}`, hexToBytes(bytes)],
    ["bytes32", `0x${bytes.toUpperCase()}`, hexToBytes(bytes)],
    ["uint8", 255n, word(255n)],
    ["uint256", (1n << 256n) - 1n, word(-1n)],
    ["int8", -128n, word(-128n)],
    ["int8", 127n, word(127n)],
    ["int256", -(1n << 255n), word(-(1n << 255n))],
    ["uint64[]", [1n, 1n << 63n], k(word(1n), word(1n << 63n))],
    ["string[]", [], k()],
    ["bool[][]", [[true], [false, true]], k(k(word(1n)), k(word(0n), word(1n)))],
  ])("%s", (type, value, expected) => {
    expect(one(type, value)).toBe(byHand(type, expected));
  });

  it.each<[string, TypedValue]>([
    ["bytes32", `x0x${bytes}`],
    ["bytes32", `0x${bytes}00`],
    ["address", `x0x${"cd".repeat(20)}`],
    ["address", `0x${"cd".repeat(21)}`],
    ["address", 1n],
    ["address", `0x${bytes}`],
    ["address", [`0x${"cd".repeat(20)}`]],
    ["bytes32", `0x${"cd".repeat(20)}`],
    ["bytes32", [`0x${bytes}`]],
    ["uint8", `0x${"cd".repeat(20)}`],
    ["uint8", `0x${bytes}`],
    ["bool", "x"],
    ["string", ["x"]],
    ["bytes32", 1n],
    ["bool", 1n],
    ["string", true],
    ["xuint8", 1n],
    ["uint8x", 1n],
    ["uint", 1n],
    ["uint1000", "1"],
  ])("and one that is no %s is refused", (type, value) => {
    expect(() => one(type, value)).toThrow(new TypeError(`no ${type}: ${typeof value}`));
  });

  it("and so is a number out of its range", () => {
    for (const [type, value] of [
      ["uint8", 256n],
      ["uint8", -1n],
      ["int8", 128n],
      ["int8", -129n],
    ] as const)
      expect(() => one(type, value), `${type} ${value}`).toThrow(RangeError);
  });
});

describe("a struct", () => {
  const structs = {
    EIP712Domain: [{ name: "name", type: "string" }],
    Z: [{ name: "b", type: "B[]" }],
    B: [
      { name: "c", type: "C" },
      { name: "n", type: "uint8" },
    ],
    C: [{ name: "z", type: "bool" }],
    A: [
      { name: "own", type: "A[]" },
      { name: "c", type: "C" },
    ],
  };

  it("has its own type first, then all that it uses, each once and sorted", () => {
    expect(encodeType(structs, "Z")).toBe("Z(B[] b)B(C c,uint8 n)C(bool z)");
    expect(encodeType(structs, "A")).toBe("A(A[] own,C c)C(bool z)");
    expect(encodeType(structs, "C")).toBe("C(bool z)");
    // Used in another order than that of their names.
    const mixed = {
      ...structs,
      M: [
        { name: "c", type: "C" },
        { name: "b", type: "B" },
      ],
    };
    expect(encodeType(mixed, "M")).toBe("M(C c,B b)B(C c,uint8 n)C(bool z)");
  });

  it("is hashed with those inside it, and signed under a domain", () => {
    const c = (z: bigint) => k(text("C(bool z)"), word(z));
    const b = (z: bigint, n: bigint) => k(text("B(C c,uint8 n)C(bool z)"), c(z), word(n));
    const z = k(text("Z(B[] b)B(C c,uint8 n)C(bool z)"), k(b(1n, 5n), b(0n, 6n)));
    const value = {
      b: [
        { c: { z: true }, n: 5n },
        { c: { z: false }, n: 6n },
      ],
    };
    expect(bytesToHex(hashStruct(structs, "Z", value))).toBe(bytesToHex(z));
    const domain = k(text("EIP712Domain(string name)"), text("D"));
    const digest = k(Uint8Array.of(0x19, 1), domain, z);
    expect(bytesToHex(typedDataDigest(structs, { name: "D" }, "Z", value))).toBe(bytesToHex(digest));
  });
});
