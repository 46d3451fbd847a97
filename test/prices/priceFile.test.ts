import { secp256k1 } from "@noble/curves/secp256k1.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addressOfPrivateKey,
  priceTypedData,
  signPrices,
  verifyPriceFile,
  verifyPriceFileText,
} from "../../src/prices/index.js";
import { MAX_PRICE_FILE_LENGTH } from "../../src/prices/priceFile.js";
import { expectRefusal, file, KEYS } from "./support.js";

const GOOD = file(
  0,
  [
    { price: "64123.5", index: "64120" },
    { instrument: "ETH-PERP", price: "3200" },
  ],
  { chainId: 10 },
);
const clone = () =>
  structuredClone(GOOD) as Record<string, unknown> & { observations: Record<string, unknown>[] };
const changed = (change: (copy: ReturnType<typeof clone>) => void) => {
  const copy = clone();
  change(copy);
  return copy;
};

describe("verifyPriceFile", () => {
  it("returns the canonical form, whatever the writing", () => {
    expect(verifyPriceFile(GOOD)).toEqual(GOOD);
    const written = changed((copy) => {
      copy.signer = GOOD.signer.toLowerCase();
      copy.observations[0]!.price = "64123.500";
      copy.observations[0]!.time = "2026-11-23T07:59:58.000Z";
    });
    expect(verifyPriceFile(written)).toEqual(GOOD);
    expect(verifyPriceFileText(JSON.stringify(written, null, 2))).toEqual(GOOD);
  });

  it("notices a change of every signed field", () => {
    const tampered: Record<string, (copy: ReturnType<typeof clone>) => void> = {
      source: (copy) => (copy.source = "Alpha2"),
      signer: (copy) => (copy.signer = addressOfPrivateKey(KEYS[1]!)),
      chainId: (copy) => (copy.chainId = 11),
      "no chainId": (copy) => delete copy.chainId,
      quote: (copy) => (copy.quote = "USD"),
      instrument: (copy) => (copy.observations[0]!.instrument = "BTC-PERQ"),
      price: (copy) => (copy.observations[0]!.price = "64123.500000000000000001"),
      "sign of the price": (copy) => (copy.observations[0]!.price = "-64123.5"),
      index: (copy) => (copy.observations[0]!.index = "64120.1"),
      "no index": (copy) => delete copy.observations[0]!.index,
      "an index of 0": (copy) => (copy.observations[1]!.index = "0"),
      time: (copy) => (copy.observations[0]!.time = "2026-11-23T07:59:58.000000001Z"),
      order: (copy) => copy.observations.reverse(),
      "one left out": (copy) => copy.observations.pop(),
      "one added": (copy) => copy.observations.push({ ...copy.observations[0]!, instrument: "X" }),
    };
    for (const [field, change] of Object.entries(tampered)) {
      const run = () => verifyPriceFile(changed(change));
      expect(run, field).toThrow();
      // Changed bytes recover to another key, or to none; never to the signer.
      try {
        run();
      } catch (error) {
        expect(["PRICES_WRONG_SIGNER", "PRICES_SIGNATURE"], field).toContain(
          (error as { code: string }).code,
        );
      }
    }
  });

  it("notices any flipped bit of the signature", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65 * 8 - 1 }), (bit) => {
        const bytes = Buffer.from(GOOD.signature.slice(2), "hex");
        bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7));
        const signature = `0x${bytes.toString("hex")}`;
        expect(() => verifyPriceFile({ ...GOOD, signature })).toThrow(/prices of Alpha \(0x/);
      }),
    );
  });

  it("refuses the same signature with a high s, which recovers to the signer too", () => {
    const order = secp256k1.Point.CURVE().n;
    const s = order - BigInt(`0x${GOOD.signature.slice(66, 130)}`);
    const v = GOOD.signature.endsWith("1b") ? "1c" : "1b";
    const signature = `${GOOD.signature.slice(0, 66)}${s.toString(16).padStart(64, "0")}${v}`;
    expectRefusal(() => verifyPriceFile({ ...GOOD, signature }), "PRICES_SIGNATURE", "Alpha", "upper half");
  });

  it("refuses any v but 27 and 28, and the wrong one of the two", () => {
    const withV = (v: string) => ({ ...GOOD, signature: GOOD.signature.slice(0, 130) + v });
    for (const v of ["00", "01", "1a", "1d", "25", "ff"])
      expectRefusal(() => verifyPriceFile(withV(v)), "PRICES_SIGNATURE", "neither 27 nor 28");
    const other = GOOD.signature.endsWith("1b") ? "1c" : "1b";
    expectRefusal(() => verifyPriceFile(withV(other)), "PRICES_WRONG_SIGNER", "Alpha", GOOD.signer);
  });

  it("refuses what is no signature", () => {
    const order = secp256k1.Point.CURVE().n.toString(16);
    const [r, s] = [GOOD.signature.slice(2, 66), GOOD.signature.slice(66, 130)];
    const zero = "0".repeat(64);
    for (const body of [`${zero}${s}1b`, `${r}${zero}1b`, `${order}${s}1b`, `${r}${order}1b`])
      expectRefusal(
        () => verifyPriceFile({ ...GOOD, signature: `0x${body}` }),
        "PRICES_SIGNATURE",
        "out of range",
      );
    // 5^3 + 7 is no square mod p: no point has x = 5.
    const noPoint = `0x${"5".padStart(64, "0")}${s}1b`;
    expectRefusal(() => verifyPriceFile({ ...GOOD, signature: noPoint }), "PRICES_SIGNATURE", "no key");
    for (const signature of [
      "",
      "0x",
      GOOD.signature.toUpperCase(),
      `${GOOD.signature}00`,
      GOOD.signature.slice(2),
    ])
      expectRefusal(() => verifyPriceFile({ ...GOOD, signature }), "PRICES_SIGNATURE", "130");
  });

  it("refuses an instrument twice", () => {
    const twice = changed((copy) => copy.observations.push({ ...copy.observations[0]!, price: "1" }));
    expectRefusal(() => verifyPriceFile(twice), "PRICES_DUPLICATE_OBSERVATION", "Alpha", "BTC-PERP");
    expectRefusal(
      () => file(0, [{ price: "1" }, { price: "1" }]),
      "PRICES_DUPLICATE_OBSERVATION",
      "BTC-PERP",
    );
  });

  it("names the field of a bad form", () => {
    const bad: [string, (copy: ReturnType<typeof clone>) => void][] = [
      ["format", (copy) => (copy.format = "marginproof/prices/2")],
      ["source", (copy) => (copy.source = " Alpha")],
      ["signer", (copy) => (copy.signer = GOOD.signer.replace(/[A-F]/, (c) => c.toLowerCase()))],
      ["signer", (copy) => (copy.signer = "0x12")],
      ["chainId", (copy) => (copy.chainId = 0)],
      ["chainId", (copy) => (copy.chainId = 2 ** 53)],
      ["quote", (copy) => delete copy.quote],
      ["observations", (copy) => (copy.observations = [])],
      ["signature", (copy) => delete copy.signature],
      ["signature", (copy) => (copy.signature = "0".repeat(201))],
      ["extra", (copy) => (copy.extra = 1)],
      ["observations[1] (ETH-PERP).price", (copy) => (copy.observations[1]!.price = 3200)],
      ["observations[1] (ETH-PERP).price", (copy) => (copy.observations[1]!.price = "3.2e3")],
      ["observations[1] (ETH-PERP).price", (copy) => (copy.observations[1]!.price = "-0.0")],
      ["observations[1] (ETH-PERP).price", (copy) => (copy.observations[1]!.price = "03200")],
      ["observations[1] (ETH-PERP).price", (copy) => (copy.observations[1]!.price = `0.${"1".repeat(19)}`)],
      ["observations[1] (ETH-PERP).index", (copy) => (copy.observations[1]!.index = null)],
      ["observations[1] (ETH-PERP).time", (copy) => (copy.observations[1]!.time = "2026-02-30T00:00:00Z")],
      [
        "observations[1] (ETH-PERP).time",
        (copy) => (copy.observations[1]!.time = "2026-11-23T09:00:00+01:00"),
      ],
      ["observations[0] (A,B).instrument", (copy) => (copy.observations[0]!.instrument = "A,B")],
    ];
    for (const [field, change] of bad)
      expectRefusal(() => verifyPriceFile(changed(change)), "PRICES_SCHEMA", field);
    for (const json of [null, [], "x", 1])
      expectRefusal(() => verifyPriceFile(json), "PRICES_SCHEMA", "price file");
  });

  it("reads only strict JSON of a bounded size", () => {
    const text = JSON.stringify(GOOD);
    expectRefusal(() => verifyPriceFileText("{"), "JSON_INVALID", "price file");
    expectRefusal(() => verifyPriceFileText(`${text.slice(0, -1)},"quote":"USD"}`), "JSON_DUPLICATE_KEY");
    expectRefusal(() => verifyPriceFileText(text.padEnd(MAX_PRICE_FILE_LENGTH + 1)), "JSON_TOO_LARGE");
  });
});

describe("signPrices", () => {
  const { signature: _, ...unsigned } = GOOD;

  it("takes the key as bytes or hex, and only the signer's", () => {
    expect(signPrices(unsigned, Uint8Array.from(Buffer.from(KEYS[0]!.slice(2), "hex")))).toEqual(GOOD);
    expectRefusal(() => signPrices(unsigned, KEYS[1]!), "PRICES_KEY", "Alpha", GOOD.signer);
  });

  it("refuses what is no key, without showing it", () => {
    const secret = "5ecre7";
    for (const key of [
      secret,
      `0x${secret}`,
      `0x${"0".repeat(64)}`,
      `0x${"f".repeat(64)}`,
      new Uint8Array(31),
    ]) {
      expectRefusal(() => signPrices(unsigned, key), "PRICES_KEY", "not a secp256k1 key");
      expect(() => signPrices(unsigned, key)).not.toThrow(secret);
    }
  });

  it("checks what it is asked to sign", () => {
    expectRefusal(
      () => signPrices({ ...unsigned, quote: "" }, KEYS[0]!),
      "PRICES_SCHEMA",
      "unsigned prices, quote",
    );
    const twice = { ...unsigned, observations: [...unsigned.observations, ...unsigned.observations] };
    expectRefusal(() => priceTypedData(twice), "PRICES_DUPLICATE_OBSERVATION", "BTC-PERP");
  });
});
