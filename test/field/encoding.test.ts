import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MarginproofError } from "../../src/errors.js";
import {
  bytesToHex,
  fromBytes32,
  hexToBytes,
  parseFieldHex,
  parseHex32,
  parseSigned,
  parseUnsigned,
  toBytes32,
  toFieldHex,
} from "../../src/field/encoding.js";
import { FIELD_ORDER as P } from "../../src/field/order.js";

const element = fc.oneof(fc.bigInt({ min: 0n, max: P - 1n }), fc.constantFrom(0n, 1n, P - 1n));
const hex64 = (x: bigint): string => x.toString(16).padStart(64, "0");

function refuses(code: string, act: () => unknown): void {
  expect(act).toThrow(MarginproofError);
  expect(act).toThrow(expect.objectContaining({ code, exitCode: 1 }));
}

describe("field elements as text and bytes", () => {
  it("go there and back", () => {
    fc.assert(
      fc.property(element, (x) => {
        expect(parseFieldHex(toFieldHex(x))).toBe(x);
        expect(fromBytes32(toBytes32(x))).toBe(x);
        expect(bytesToHex(toBytes32(x))).toBe(hex64(x));
      }),
    );
  });

  it.each([
    ["the order", `0x${hex64(P)}`],
    ["above the order", `0x${"f".repeat(64)}`],
    ["upper case digits", `0x${"0".repeat(63)}A`],
    ["an upper case prefix", `0X${hex64(1n)}`],
    ["no prefix", hex64(1n)],
    ["63 digits", `0x${"0".repeat(63)}`],
    ["65 digits", `0x${"0".repeat(65)}`],
    ["a short form", "0x1"],
    ["nothing", ""],
    ["a leading space", ` 0x${hex64(1n)}`],
    ["a trailing newline", `0x${hex64(1n)}\n`],
    ["a sign", `-0x${hex64(1n)}`],
    ["a number", 1 as unknown as string],
    ["a bigint", 1n as unknown as string],
    ["an array", [`0x${hex64(1n)}`] as unknown as string],
    ["undefined", undefined as unknown as string],
  ])("refuses %s", (_, text) => {
    refuses("FIELD_NOT_CANONICAL", () => parseFieldHex(text));
  });

  it("refuses to write what is not an element", () => {
    for (const x of [-1n, P, 1n << 256n, 1 as unknown as bigint]) {
      refuses("FIELD_NOT_CANONICAL", () => toFieldHex(x));
      refuses("FIELD_NOT_CANONICAL", () => toBytes32(x));
    }
  });

  it("refuses bytes of another length or from the order up", () => {
    const bytes = [
      new Uint8Array(31),
      new Uint8Array(33),
      new Uint8Array(32).fill(255),
      hexToBytes(hex64(P)),
    ];
    for (const each of bytes) refuses("FIELD_NOT_CANONICAL", () => fromBytes32(each));
  });
});

describe("decimal integers", () => {
  it("go there and back inside the bound", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 72n - 1n }), (x) => {
        expect(parseUnsigned(x.toString(), 2n ** 72n)).toBe(x);
        expect(parseSigned(x.toString(), 2n ** 72n)).toBe(x);
        expect(parseSigned((-x).toString(), 2n ** 72n)).toBe(-x);
      }),
    );
    expect(parseUnsigned("0", 1n)).toBe(0n);
    expect(parseUnsigned("99", 100n)).toBe(99n);
    expect(parseSigned("-99", 100n)).toBe(-99n);
  });

  const malformed = [
    "",
    "00",
    "01",
    "+1",
    " 1",
    "1 ",
    "1\n",
    "1e3",
    "1.0",
    "0x1",
    "1_0",
    "१",
    "--1",
    "-",
    "1n",
    "-0",
  ];
  const notText = [1, 1n, null, undefined, ["1"], {}] as unknown as string[];

  it.each([...malformed, "-01", "-00", "- 1", "100", "101", "-100", "9".repeat(100_000)])(
    "refuses %j",
    (text) => {
      refuses("INTEGER_NOT_CANONICAL", () => parseSigned(text, 100n));
      refuses("INTEGER_NOT_CANONICAL", () => parseUnsigned(text, 100n));
    },
  );

  it("refuses what is not text, and a minus sign where there is none to be", () => {
    for (const value of notText) {
      refuses("INTEGER_NOT_CANONICAL", () => parseSigned(value, 100n));
      refuses("INTEGER_NOT_CANONICAL", () => parseUnsigned(value, 100n));
    }
    refuses("INTEGER_NOT_CANONICAL", () => parseUnsigned("-1", 100n));
  });
});

describe("hexadecimal bytes", () => {
  it("go there and back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (x) => void expect(hexToBytes(bytesToHex(x))).toEqual(x)),
    );
    expect(parseHex32(`0x${"ff".repeat(32)}`)).toEqual(new Uint8Array(32).fill(255));
  });

  it.each(["0", "0x00", "AA", "0g", " 00", "00\n", 0 as unknown as string])("refuses %j", (text) => {
    refuses("HEX_NOT_CANONICAL", () => hexToBytes(text));
    refuses("HEX_NOT_CANONICAL", () => parseHex32(text));
  });

  it("refuses 32 bytes without a prefix, in capitals or of another length", () => {
    for (const text of [
      "ff".repeat(32),
      `0x${"FF".repeat(32)}`,
      `0x${"ff".repeat(31)}`,
      `0x${"ff".repeat(33)}`,
    ]) {
      refuses("HEX_NOT_CANONICAL", () => parseHex32(text));
    }
  });
});
