import fc from "fast-check";
import { getAddress, hashTypedData, type TypedDataDefinition, verifyTypedData } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, it } from "vitest";
import { decimal, decimalText } from "../../src/decimal/decimal.js";
import {
  addressOfPrivateKey,
  checksumAddress,
  PRICES_FORMAT,
  type PriceFileJson,
  priceDigest,
  priceTypedData,
  signPrices,
  type UnsignedPricesJson,
  verifyPriceFile,
} from "../../src/prices/index.js";
import { hexText } from "../../src/signing/typedData.js";

/** viem as the judge of what a wallet signs: it shares neither the encoding nor the types' digests with src/prices. */

const key = fc.bigInt(1n, 2n ** 255n).map((n): `0x${string}` => `0x${n.toString(16).padStart(64, "0")}`);
const price = fc
  .tuple(fc.bigInt(-(10n ** 21n) + 1n, 10n ** 21n - 1n), fc.integer({ min: 0, max: 18 }))
  .map(([coefficient, scale]) => decimalText(decimal(decimalText({ coefficient, scale }))));
const name = fc.constantFrom("BTC-PERP", "ETH-27DEC24-2000-C", "usdt", "A", "SPREAD_1.2/X");
const observation = (instrument: string) =>
  fc.record(
    {
      instrument: fc.constant(instrument),
      price,
      index: price,
      time: fc.constantFrom(
        "2026-11-23T07:59:58Z",
        "2026-11-23T07:59:58.25Z",
        "2026-11-23T07:59:58.123456789Z",
      ),
    },
    { requiredKeys: ["instrument", "price", "time"] },
  );

const unsigned = fc
  .tuple(
    key,
    fc.constantFrom("Alpha", "Example Oracle", "Exchange of Z."),
    fc.option(fc.integer({ min: 1, max: 2 ** 31 }), { nil: undefined }),
    fc
      .uniqueArray(name, { minLength: 1, maxLength: 5 })
      .chain((names) => fc.tuple(...names.map(observation))),
  )
  .map(([privateKey, source, chainId, observations]) => {
    const json: UnsignedPricesJson = {
      format: PRICES_FORMAT,
      source,
      signer: addressOfPrivateKey(privateKey),
      quote: "USDT",
      ...(chainId === undefined ? {} : { chainId }),
      observations,
    };
    return { privateKey, json };
  });

/** viem takes the typed data that we hand to wallets, as any wallet library does. */
const typedData = (json: UnsignedPricesJson) => priceTypedData(json) as unknown as TypedDataDefinition;

describe("prices signed with viem", () => {
  it("have our digest", () => {
    fc.assert(
      fc.property(unsigned, ({ json }) => {
        expect(hashTypedData(typedData(json))).toBe(hexText(priceDigest(json as never)));
      }),
    );
  });

  it("have our signature, and verify here", async () => {
    await fc.assert(
      fc.asyncProperty(unsigned, async ({ privateKey, json }) => {
        const signature = await privateKeyToAccount(privateKey).signTypedData(typedData(json));
        expect(signPrices(json, privateKey).signature).toBe(signature);
        const file: PriceFileJson = { ...json, signature };
        expect(verifyPriceFile(file)).toMatchObject({ signer: json.signer, signature });
      }),
      { numRuns: 30 },
    );
  });

  it("ours verify there, and there only for their signer and their very prices", async () => {
    await fc.assert(
      fc.asyncProperty(unsigned, async ({ privateKey, json }) => {
        const signature = signPrices(json, privateKey).signature as `0x${string}`;
        const address = getAddress(json.signer);
        expect(await verifyTypedData({ ...typedData(json), address, signature })).toBe(true);
        const [first, ...rest] = json.observations;
        const other = { ...first!, price: first!.price === "7" ? "8" : "7" };
        const dearer = { ...json, observations: [other, ...rest] };
        expect(hexText(priceDigest(dearer as never))).not.toBe(hexText(priceDigest(json as never)));
        expect(await verifyTypedData({ ...typedData(dearer), address, signature })).toBe(false);
      }),
      { numRuns: 10 },
    );
  });
});

describe("addresses", () => {
  it("are viem's, with its checksums", () => {
    fc.assert(
      fc.property(key, (privateKey) => {
        const { address } = privateKeyToAccount(privateKey);
        expect(addressOfPrivateKey(privateKey)).toBe(address);
        expect(checksumAddress(address.toLowerCase())).toBe(address);
      }),
      { numRuns: 30 },
    );
  });
});
