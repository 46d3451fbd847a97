import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesToHex, hexToBytes } from "../../src/field/encoding.js";
import { keccak256 } from "../../src/field/keccak.js";
import { decodeRlp, encodeRlp, integerOfBytes, type RlpItem } from "../../src/reserves/evm/rlp.js";
import { balanceSlot, isSlot } from "../../src/reserves/evm/slots.js";
import { provenValue } from "../../src/reserves/evm/trie.js";
import { hexText } from "../../src/signing/typedData.js";

const bytes = (text: string): Uint8Array => hexToBytes(text.replaceAll(" ", ""));
const none = new Uint8Array();

describe("RLP", () => {
  it.each([
    ["", "nothing at all"],
    ["81 7f", "a byte that needs no prefix"],
    ["b8 01 80", "a long length where the prefix holds it"],
    [`b8 37${"00".repeat(55)}`, "a long length of 55"],
    [`b9 00 38${"00".repeat(56)}`, "a length with a leading zero"],
    ["f8 01 80", "a list with a long length of 1"],
    ["82 01", "a string cut off"],
    ["b9 01", "a length cut off"],
    ["c2 01", "a list cut off"],
    ["c1 82", "an item that leaves its list"],
    ["80 80", "an item too many"],
    ["bb 7f ff ff ff 00", "more than there is"],
    ["ff 01 00 00 00 00 00 00 00 00", "a length of eight bytes"],
    [`${"c1".repeat(20)}80`, "lists in each other without end"],
  ])("%s is refused: %s", (text) => {
    expect(() => decodeRlp(bytes(text))).toThrow(RangeError);
  });

  it("is decoded to what was encoded, and bytes that decode are what is encoded again", () => {
    const item: fc.Arbitrary<RlpItem> = fc.letrec<{ item: RlpItem }>((tie) => ({
      item: fc.oneof(
        { maxDepth: 4 },
        fc.uint8Array({ maxLength: 80 }),
        fc.array(tie("item"), { maxLength: 20 }),
      ),
    })).item;
    fc.assert(fc.property(item, (one) => void expect(decodeRlp(encodeRlp(one))).toEqual(one)));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), (raw) => {
        let read: RlpItem;
        try {
          read = decodeRlp(raw);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          return;
        }
        expect(encodeRlp(read)).toEqual(raw);
      }),
    );
  });

  it("holds no integer with a leading zero, or of more bytes than asked for", () => {
    expect(() => integerOfBytes(Uint8Array.of(0, 1))).toThrow(RangeError);
    expect(() => integerOfBytes(Uint8Array.of(0))).toThrow(RangeError);
    expect(() => integerOfBytes(new Uint8Array(33).fill(1))).toThrow(RangeError);
    expect(integerOfBytes(none)).toBe(0n);
  });
});

/** Keys whose hashes agree in their first ten digits: below a branch there, small leaves stand inside their parent. */
const [ONE, TWO] = [247_476, 515_151].map((n) => {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(28, n);
  return key;
}) as [Uint8Array, Uint8Array];
const digits = (key: Uint8Array): string => bytesToHex(keccak256(key));
const path = (leaf: boolean, rest: string): Uint8Array =>
  hexToBytes(rest.length % 2 === 1 ? `${leaf ? 3 : 1}${rest}` : `${leaf ? 2 : 0}0${rest}`);
const root = (node: RlpItem): Uint8Array => keccak256(encodeRlp(node));

describe("a trie of one or two keys", () => {
  const branch: RlpItem[] = Array.from({ length: 17 }, () => none);
  for (const [key, value] of [
    [ONE, 5],
    [TWO, 6],
  ] as const)
    branch[Number.parseInt(digits(key)[10]!, 16)] = [path(true, digits(key).slice(11)), Uint8Array.of(value)];
  const extension: RlpItem = [path(false, digits(ONE).slice(0, 10)), keccak256(encodeRlp(branch))];
  const proof = [extension, branch].map(encodeRlp);

  it("shows values in leaves inside their parent", () => {
    expect(provenValue(root(extension), ONE, proof)).toEqual(Uint8Array.of(5));
    expect(provenValue(root(extension), TWO, proof)).toEqual(Uint8Array.of(6));
  });

  it("shows that others have none", () => {
    const other = new Uint8Array(32).fill(7);
    expect(provenValue(root(extension), other, proof.slice(0, 1))).toBeUndefined();
    const leaf: RlpItem = [path(true, digits(ONE)), Uint8Array.of(5)];
    expect(provenValue(root(leaf), ONE, [encodeRlp(leaf)])).toEqual(Uint8Array.of(5));
    expect(provenValue(root(leaf), other, [encodeRlp(leaf)])).toBeUndefined();
  });

  const shown = (node: RlpItem, ...more: RlpItem[]) =>
    provenValue(root(node), ONE, [node, ...more].map(encodeRlp));
  const all = digits(ONE);
  it.each<[string, () => unknown]>([
    ["a leaf whose path is too short", () => shown([path(true, all.slice(1)), Uint8Array.of(5)])],
    ["a leaf without a value", () => shown([path(true, all), none])],
    ["a leaf whose value is a list", () => shown([path(true, all), [Uint8Array.of(5)]])],
    ["a path with a wrong flag", () => shown([hexToBytes(`40${all}`), Uint8Array.of(5)])],
    ["a path padded with a digit", () => shown([hexToBytes(`21${all}`), Uint8Array.of(5)])],
    ["a node without a path", () => shown([none, Uint8Array.of(5)])],
    ["a node of three items", () => shown([path(true, all), Uint8Array.of(5), none])],
    ["a node that is a string", () => shown(Uint8Array.of(5))],
    ["an extension by nothing", () => shown([path(false, ""), root(branch)], branch)],
    ["an extension that is the whole key", () => shown([path(false, all), root(branch)], branch)],
    ["an extension to nowhere", () => shown([path(false, all.slice(0, 9)), none])],
    ["a node named by less than its hash", () => shown([path(false, all.slice(0, 9)), Uint8Array.of(1, 2)])],
    ["a branch that holds a value", () => shown(extension, branch.with(16, Uint8Array.of(9)))],
    [
      "a long node inside its parent",
      () => shown(branch.with(Number.parseInt(all[0]!, 16), [path(true, all.slice(1)), Uint8Array.of(5)])),
    ],
    [
      "66 nodes",
      () =>
        provenValue(
          root(extension),
          ONE,
          Array.from({ length: 66 }, () => proof[0]!),
        ),
    ],
  ])("refuses %s", (_, work) => {
    expect(work).toThrow(RangeError);
  });
});

describe("the slot of a balance", () => {
  const holder = "0xF977814e90dA44bFA03b6295A0616a897441aceC";
  const of = (order: "solidity" | "vyper", slot: string) => hexText(balanceSlot({ order, slot }, holder));

  it("hashes the mapping's slot with the holder, in one of two orders", () => {
    const [key, slot] = [holder.slice(2).toLowerCase().padStart(64, "0"), "2".padStart(64, "0")];
    expect(of("solidity", "2")).toBe(hexText(keccak256(hexToBytes(key + slot))));
    expect(of("vyper", "2")).toBe(hexText(keccak256(hexToBytes(slot + key))));
  });

  it("begins at the published place of OpenZeppelin's namespace", () => {
    const published = BigInt("0x52c63247e1f47db19d5ce0460030c497f067ca4cebf71ba98eeadabe20bace00");
    expect(of("solidity", "erc7201:openzeppelin.storage.ERC20")).toBe(of("solidity", String(published)));
  });

  it.each(["", "-1", "01", "1.5", "0x2", "erc7201:", "erc7201:a b", "1".repeat(79), String(2n ** 256n)])(
    "is not in %j",
    (text) => expect(isSlot(text)).toBe(false),
  );
});
