import { secp256k1 } from "@noble/curves/secp256k1.js";
import { describe, expect, it } from "vitest";
import { addressOfPrivateKey } from "../../src/prices/index.js";
import { addressOfPublicKey, checksumAddress, isAddress } from "../../src/signing/address.js";
import { signDigest } from "../../src/signing/sign.js";
import { recoverAddress } from "../../src/signing/signature.js";
import { expectRefusal, KEYS } from "../prices/support.js";

const LOW = "0x52908400098527886e0f7030069857d2e4169ee7";
const SUMMED = "0x52908400098527886E0F7030069857D2E4169EE7";
const MIXED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

describe("an address", () => {
  it("is all of a text, lower-case or with its checksum", () => {
    for (const good of [LOW, SUMMED, MIXED]) {
      expect(isAddress(good)).toBe(true);
      for (const bad of [`x${good}`, `${good}0`, `${good}\n`, good.slice(0, -1), good.slice(2)])
        expect(isAddress(bad), bad).toBe(false);
    }
    // What is as its checksum would have it, and no address all the same.
    for (const bad of ["0x12", "0xg", `0x${"12".repeat(20)}34`]) {
      expect(checksumAddress(checksumAddress(bad))).toBe(checksumAddress(bad));
      expect(isAddress(checksumAddress(bad)), bad).toBe(false);
    }
    const within = [..."0123456789"].map((digit) => checksumAddress(`0x0x${digit.repeat(40)}`));
    expect(within.filter((text) => text.startsWith("0x0x"))).not.toEqual([]);
    for (const bad of within) expect(isAddress(bad), bad).toBe(false);
    expect(isAddress(MIXED.toUpperCase().replace("0X", "0x"))).toBe(false);
    expect(checksumAddress(MIXED.toLowerCase())).toBe(MIXED);
  });

  it("is of an uncompressed public key", () => {
    const key = secp256k1.getPublicKey(Buffer.from(KEYS[0]!.slice(2), "hex"), false);
    expect(addressOfPublicKey(key)).toBe(addressOfPrivateKey(KEYS[0]!));
    // That of the private key 1 is well known.
    const one = secp256k1.Point.BASE.toBytes(false);
    expect(addressOfPublicKey(one)).toBe("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
    const other = Uint8Array.from(key);
    other[0] = 6;
    for (const bad of [other, key.subarray(0, 64), Uint8Array.of(...key, 0), new Uint8Array(0)])
      expect(() => addressOfPublicKey(bad)).toThrow(RangeError);
  });
});

describe("a signature", () => {
  const digest = new Uint8Array(32).fill(7);
  const order = secp256k1.Point.CURVE().n;
  const good = signDigest(digest, KEYS[0]!);
  const withS = (s: bigint) => `${good.slice(0, 66)}${s.toString(16).padStart(64, "0")}${good.slice(130)}`;

  it("recovers to the address of its key, and is the whole text", () => {
    expect(recoverAddress(digest, good)).toEqual({ address: addressOfPrivateKey(KEYS[0]!) });
    for (const bad of [`x${good}`, `${good}0`, `${good}\n`, good.slice(0, -1)])
      expect(recoverAddress(digest, bad).problem, bad).toContain("130 lower-case");
  });

  it("says by its v which of two keys made it, whatever was signed", () => {
    const flipped = (text: string) => text.slice(0, 130) + (text.endsWith("1b") ? "1c" : "1b");
    const ends = new Set<string>();
    for (let i = 0; i < 12; i++) {
      const signed = new Uint8Array(32).fill(i);
      const signature = signDigest(signed, KEYS[0]!);
      ends.add(signature.slice(130));
      expect(recoverAddress(signed, signature)).toEqual({ address: addressOfPrivateKey(KEYS[0]!) });
      expect(recoverAddress(signed, flipped(signature)).address).not.toBe(addressOfPrivateKey(KEYS[0]!));
    }
    expect([...ends].sort()).toEqual(["1b", "1c"]);
    for (const [v, hex] of [
      [0, "00"],
      [1, "01"],
      [26, "1a"],
      [29, "1d"],
    ] as const)
      expect(recoverAddress(digest, good.slice(0, 130) + hex)).toEqual({
        problem: `the signature's v is ${v}, neither 27 nor 28`,
      });
  });

  it("has an s in the lower half of the order, its last included", () => {
    expect(recoverAddress(digest, withS(order / 2n)).address).toMatch(/^0x/);
    expect(recoverAddress(digest, withS(1n)).address).toMatch(/^0x/);
    expect(recoverAddress(digest, withS(order / 2n + 1n)).problem).toContain("upper half");
    for (const s of [0n, order, order + 1n])
      expect(recoverAddress(digest, withS(s)).problem).toContain("out of range");
  });

  it("has an r that is below the order, and belongs to a key", () => {
    const withR = (r: bigint) => `0x${r.toString(16).padStart(64, "0")}${good.slice(66)}`;
    for (const r of [0n, order, order + 1n])
      expect(recoverAddress(digest, withR(r)).problem).toContain("r or s is out of range");
    const nowhere = [1n, 2n, 3n, 4n, 5n, 6n].filter((r) => recoverAddress(digest, withR(r)).problem);
    // The abscissas 1, 2, 3, 4 and 6 are those of points, 5 is not.
    expect(nowhere).toEqual([5n]);
    expect(recoverAddress(digest, withR(5n)).problem).toBe("the signature belongs to no key");
    // R = G, s = z: (s R - z G) / r is no key.
    const { x } = secp256k1.Point.BASE.toAffine();
    const one = new Uint8Array(32);
    one[31] = 1;
    const s = "1".padStart(64, "0");
    expect(recoverAddress(one, `0x${x.toString(16).padStart(64, "0")}${s}1b`).problem).toBe(
      "the signature belongs to no key",
    );
  });

  it("is made with a whole key", () => {
    for (const key of [`x${KEYS[0]}`, `${KEYS[0]}0`, `${KEYS[0]}\n`, KEYS[0]!.slice(2), ""])
      expectRefusal(() => signDigest(digest, key), "PRICES_KEY", "not a secp256k1 key");
    const letters = `0x${"aB".repeat(32)}`;
    expect(signDigest(digest, letters)).toBe(
      signDigest(
        digest,
        Uint8Array.from({ length: 32 }, () => 0xab),
      ),
    );
  });
});
