import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import {
  addressOfPrivateKey,
  checksumAddress,
  isAddress,
  PRICES_FORMAT,
  priceDigest,
  priceTypedData,
  signPrices,
  verifyPriceFile,
} from "../../src/prices/index.js";
import { addressOfPublicKey } from "../../src/signing/address.js";
import { recoverAddress, signDigest } from "../../src/signing/signature.js";
import { encodeType, hashStruct, hexText, typedDataDigest } from "../../src/signing/typedData.js";

const COW = hexText(keccak_256(utf8ToBytes("cow")));
const COW_ADDRESS = "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826";

describe("the example of EIP-712 (Example.js of the standard)", () => {
  const structs = {
    EIP712Domain: [
      { name: "name", type: "string" },
      { name: "version", type: "string" },
      { name: "chainId", type: "uint256" },
      { name: "verifyingContract", type: "address" },
    ],
    Person: [
      { name: "name", type: "string" },
      { name: "wallet", type: "address" },
    ],
    Mail: [
      { name: "from", type: "Person" },
      { name: "to", type: "Person" },
      { name: "contents", type: "string" },
    ],
  };
  const domain = {
    name: "Ether Mail",
    version: "1",
    chainId: 1n,
    verifyingContract: "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
  };
  const mail = {
    from: { name: "Cow", wallet: COW_ADDRESS },
    to: { name: "Bob", wallet: "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB" },
    contents: "Hello, Bob!",
  };
  const digest = typedDataDigest(structs, domain, "Mail", mail);

  it("gives the published hashes", () => {
    expect(encodeType(structs, "Mail")).toBe(
      "Mail(Person from,Person to,string contents)Person(string name,address wallet)",
    );
    expect(hexText(hashStruct(structs, "EIP712Domain", domain))).toBe(
      "0xf2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f",
    );
    expect(hexText(hashStruct(structs, "Mail", mail))).toBe(
      "0xc52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e",
    );
    expect(hexText(digest)).toBe("0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
  });

  it("gives the published signature, and recovers the address from it", () => {
    const signature =
      "0x4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d" +
      "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b915621c";
    expect(signDigest(digest, COW)).toBe(signature);
    expect(recoverAddress(digest, signature)).toEqual({ address: COW_ADDRESS });
  });

  it("refuses values that don't fit their type", () => {
    const one = (type: string) => ({ One: [{ name: "x", type }] });
    for (const [type, x] of [
      ["uint8", 256n],
      ["uint8", -1n],
      ["int8", 128n],
      ["int8", -129n],
      ["uint64", 1n << 64n],
    ] as const)
      expect(() => hashStruct(one(type), "One", { x }), `${type} ${x}`).toThrow(RangeError);
    for (const [type, x] of [
      ["string", 1n],
      ["bool", "true"],
      ["address", "0x12"],
      ["bytes32", "0x12"],
      ["bytes", "0x12"],
      ["uint8", "1"],
    ] as const)
      expect(() => hashStruct(one(type), "One", { x }), `${type} ${x}`).toThrow(TypeError);
  });
});

describe("addresses", () => {
  it("have the checksums of EIP-55's examples", () => {
    for (const text of [
      "0x52908400098527886E0F7030069857D2E4169EE7",
      "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
      "0xde709f2102306220921060314715629080e2fb77",
      "0x27b1fdb04752bbc536007a920d24acb045561c26",
      "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
      "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
      "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
      "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ]) {
      expect(checksumAddress(text.toLowerCase())).toBe(text);
      expect(isAddress(text) && isAddress(text.toLowerCase())).toBe(true);
    }
    expect(isAddress("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD")).toBe(false);
    expect(isAddress("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")).toBe(false);
  });

  it("come from private keys as every wallet derives them", () => {
    // Key 1, whose public key is the generator; the standard's cow; the first account of Hardhat and Anvil.
    expect(addressOfPrivateKey(`0x${"1".padStart(64, "0")}`)).toBe(
      "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
    );
    expect(addressOfPrivateKey(COW)).toBe(COW_ADDRESS);
    expect(addressOfPrivateKey("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")).toBe(
      "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    );
    expect(() => addressOfPublicKey(secp256k1.Point.BASE.toBytes(true))).toThrow(RangeError);
  });
});

/** Signed by ethers 6 (Wallet.signTypedData) with the standard's cow, outside this repository. */
const UNSIGNED = {
  format: PRICES_FORMAT,
  source: "Example Oracle",
  signer: COW_ADDRESS,
  quote: "USDT",
  observations: [
    { instrument: "BTC-PERP", price: "64123.5", index: "64120.25", time: "2026-11-23T07:59:58.25Z" },
    { instrument: "SPREAD-1", price: "-12.000000000000000001", time: "2026-11-23T08:00:00Z" },
  ],
} as const;
const ETHERS = [
  {
    chain: {},
    digest: "0x7a17660565d726166578f07f8e7206cbae5922f928e3e9b270ee794366fb95c5",
    signature:
      "0xf19065ad076396529d0cc752618324de17c34300653a0500ef72adc9cf8fa31b727c801f9ba12c274397a83bb9557556fa21819233469c71b976a49fb67a03a61c",
  },
  {
    chain: { chainId: 1 },
    digest: "0xd87fd0a15da503b13dfc0c47360bf567df2b6d1e9cca6230def092305de0cd77",
    signature:
      "0x5e3c89688f621155f9a13c2f6ffa3dee2caf4cdb538b5e0189aba438fd2bb5071e2526f93f063530d13c8adc069d3e7a8873b470ee9113a6c1e875b127e20cdb1b",
  },
];

describe("a price file signed by ethers", () => {
  for (const { chain, digest, signature } of ETHERS) {
    const unsigned = { ...UNSIGNED, ...chain, observations: [...UNSIGNED.observations] };

    it(`has our digest and signature (${JSON.stringify(chain)})`, () => {
      expect(hexText(priceDigest(unsigned))).toBe(digest);
      expect(signPrices(unsigned, COW).signature).toBe(signature);
      expect(verifyPriceFile({ ...unsigned, signature })).toEqual({ ...unsigned, signature });
    });

    it(`has the digest put together by hand (${JSON.stringify(chain)})`, () => {
      expect(hexText(priceDigest(unsigned))).toBe(hexText(byHand("chainId" in chain)));
    });
  }

  it("is asked of a wallet with integers as text", () => {
    const observations = [...UNSIGNED.observations];
    expect(priceTypedData({ ...UNSIGNED, observations, chainId: 1 })).toMatchObject({
      primaryType: "Prices",
      domain: { name: "marginproof prices", version: "1", chainId: 1 },
      message: {
        source: "Example Oracle",
        observations: [
          {
            price: "64123500000000000000000",
            hasIndex: true,
            index: "64120250000000000000000",
            time: "1795420798250000000",
          },
          { price: "-12000000000000000001", hasIndex: false, index: "0", time: "1795420800000000000" },
        ],
      },
    });
    expect(priceTypedData({ ...UNSIGNED, observations }).domain).not.toHaveProperty("chainId");
    expect(priceTypedData({ ...UNSIGNED, observations }).types.EIP712Domain).toHaveLength(2);
  });
});

/** The digest of UNSIGNED, word by word as the standard's text says it, sharing nothing with src. */
function byHand(withChain: boolean): Uint8Array {
  const k = (text: string) => keccak_256(utf8ToBytes(text));
  const word = (n: bigint) =>
    Uint8Array.from(Buffer.from(BigInt.asUintN(256, n).toString(16).padStart(64, "0"), "hex"));
  const observationType =
    "Observation(string instrument,int256 price,bool hasIndex,int256 index,uint64 time)";
  const first = keccak_256(
    concatBytes(
      k(observationType),
      k("BTC-PERP"),
      word(64123500000000000000000n),
      word(1n),
      word(64120250000000000000000n),
      word(1795420798250000000n),
    ),
  );
  const second = keccak_256(
    concatBytes(
      k(observationType),
      k("SPREAD-1"),
      word(-12000000000000000001n),
      word(0n),
      word(0n),
      word(1795420800000000000n),
    ),
  );
  const prices = keccak_256(
    concatBytes(
      k(`Prices(string source,address signer,string quote,Observation[] observations)${observationType}`),
      k("Example Oracle"),
      word(BigInt(COW_ADDRESS)),
      k("USDT"),
      keccak_256(concatBytes(first, second)),
    ),
  );
  const domainType = `EIP712Domain(string name,string version${withChain ? ",uint256 chainId" : ""})`;
  const domain = keccak_256(
    concatBytes(k(domainType), k("marginproof prices"), k("1"), ...(withChain ? [word(1n)] : [])),
  );
  expect(bytesToHex(domain)).toBe(
    withChain
      ? "c8ac140d736d310d734b735c85466bf8acde677abfa8ca2a3bc0168ddceab9c9"
      : "6dfacba93b95ed2996908cde1668221700b5aae0572ff37a23c227bc7aa1396c",
  );
  return keccak_256(concatBytes(Uint8Array.of(0x19, 1), domain, prices));
}
