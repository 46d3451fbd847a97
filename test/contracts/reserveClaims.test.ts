import {
  type Account,
  type Hex,
  keccak256,
  parseEventLogs,
  type TransactionReceipt,
  toHex,
  zeroAddress,
} from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exchangeId } from "../../src/chain/registry.js";
import { type Claim, evmClaimDigest } from "../../src/reserves/ownership.js";
import { signDigest } from "../../src/signing/sign.js";
import { Anvil, type Deployed } from "../support/anvil.js";
import { deployRegistry, OWNER, PUBLISHER, STRANGER } from "./epoch.js";

const CHAIN = 31_337;
const [ALICE, BOB] = ["alice exchange", "bob exchange"];
const EPOCH = "2026-11-23T08";
const KEY = keccak256(toHex("a reserve key"));
const OTHER_KEY = keccak256(toHex("another reserve key"));

let anvil: Anvil;
let registry: Deployed;
let claims: Deployed;
let holder: Hex;
let other: Hex;

beforeAll(async () => {
  const { privateKeyToAccount } = await import("viem/accounts");
  [holder, other] = [privateKeyToAccount(KEY).address, privateKeyToAccount(OTHER_KEY).address];
  anvil = await Anvil.start(CHAIN);
  registry = (await deployRegistry(anvil, [])).registry;
  claims = await anvil.deploy("ReserveClaims", [registry.address]);
  for (const name of [ALICE, BOB])
    await anvil.send(registry, "registerExchange", [name, PUBLISHER.address], { account: OWNER });
});
afterAll(() => anvil.stop());

type Said = Omit<Claim, "chain"> & { readonly chainId: number };
const said = (exchange: string, changes: Partial<Said> = {}): Said => ({
  exchange,
  epoch: EPOCH,
  chainId: 1,
  address: holder,
  ...changes,
});
const signed = (claim: Said, kind: "eip191" | "eip712" = "eip712", key = KEY) =>
  signDigest(evmClaimDigest(kind, claim), key);

/** Anybody brings the claim. */
const claim = ({ exchange, epoch, chainId, address }: Said, signature: string) =>
  anvil.send(claims, "claimByKey", [exchange, epoch, BigInt(chainId), address, signature], {
    account: STRANGER,
  });
const claimContract = (address: Hex, claim_: Said, signature: string) =>
  anvil.send(claims, "claimByContract", [claim_.exchange, claim_.epoch, address, signature]);
const reserveOf = (name: string, ...args: unknown[]) => anvil.read(claims, name, args) as Promise<Hex>;

async function claimantsOf(reserve: Hex, from = 0n, most = 10n) {
  const [found, count] = (await anvil.read(claims, "claimantsOf", [reserve, from, most])) as [
    { exchange: Hex }[],
    bigint,
  ];
  return { exchanges: found.map(({ exchange }) => exchange), count: Number(count) };
}

const events = ({ logs }: TransactionReceipt) =>
  parseEventLogs({ abi: claims.abi, logs }).map((log) => (log as { readonly eventName?: string }).eventName);

describe("an address of two exchanges", () => {
  it("is shown, the first claim first, by the signatures of the reserves files and by whomever has them", async () => {
    const reserve = await reserveOf("keyReserve", holder);
    expect(events(await claim(said(ALICE), signed(said(ALICE))))).toEqual(["ReserveClaimed"]);
    // Another epoch, chain and way to sign: the same exchange, and no second claim.
    const later = said(ALICE, { epoch: "2026-11-24T08", chainId: 10 });
    expect(events(await claim(later, signed(later, "eip191")))).toEqual([]);
    expect(await claimantsOf(reserve)).toEqual({ exchanges: [exchangeId(ALICE)], count: 1 });
    // The other exchange says another chain and epoch: one key is one reserve.
    const second = said(BOB, { epoch: "2027-01-01T00", chainId: 8453 });
    const receipt = await claim(second, signed(second, "eip191"));
    expect(events(receipt)).toEqual(["ReserveClaimedTwice", "ReserveClaimed"]);
    const both = [exchangeId(ALICE), exchangeId(BOB)];
    expect(await claimantsOf(reserve)).toEqual({ exchanges: both, count: 2 });
    expect(await claimantsOf(reserve, 1n)).toEqual({ exchanges: [both[1]], count: 2 });
    expect(await claimantsOf(reserve, 2n, 2n ** 255n)).toEqual({ exchanges: [], count: 2 });
    expect(await claimantsOf(reserve, 0n, 1n)).toEqual({ exchanges: [both[0]], count: 2 });
    const [, owner] = (await anvil.read(registry, "exchangeOf", [both[0]])) as [string, string];
    expect(owner).toBe(OWNER.address);
  });

  it("is shown where their publisher only declares it, apart from what is signed", async () => {
    const [toDeclare, reserve] = (await anvil.read(claims, "declaredReserve", [
      "bitcoin",
      "bc1qexample",
    ])) as [Hex, Hex];
    const declare = (exchange: string, reserves: readonly Hex[], account: Account = PUBLISHER) =>
      anvil.send(claims, "declare", [exchangeId(exchange), reserves], { account });
    await expect(declare(ALICE, [toDeclare], STRANGER)).rejects.toThrow("NotPublisher");
    await expect(declare("nobody", [toDeclare], STRANGER)).rejects.toThrow("NotPublisher");
    expect(events(await declare(ALICE, [toDeclare, toDeclare]))).toEqual(["ReserveDeclared"]);
    expect(events(await declare(BOB, [toDeclare]))).toEqual(["ReserveClaimedTwice", "ReserveDeclared"]);
    expect((await claimantsOf(reserve)).exchanges).toEqual([exchangeId(ALICE), exchangeId(BOB)]);
    // Whatever is declared, no signed claim comes of it.
    const free = await reserveOf("keyReserve", other);
    await declare(BOB, [free]);
    expect((await claimantsOf(free)).count).toBe(0);
  });
});

describe("an address that is another's is nobody's to claim", () => {
  it.each<readonly [string, Partial<Said>]>([
    ["another exchange", { exchange: BOB }],
    ["another epoch", { epoch: "2026-11-23T09" }],
    ["another chain", { chainId: 2 }],
  ])("by a signature over %s", async (_, change) => {
    const own = said(ALICE, { address: other });
    for (const kind of ["eip712", "eip191"] as const) {
      const signature = signed({ ...own, ...change }, kind, OTHER_KEY);
      await expect(claim(own, signature)).rejects.toThrow("SignatureOther");
    }
  });

  it("by another's signature, none, its mirror image, or that of nobody", async () => {
    const own = said(ALICE, { address: other });
    await expect(claim(own, signed(own))).rejects.toThrow("SignatureOther");
    await expect(claim(own, "0x")).rejects.toThrow("SignatureOther");
    const good = signed(own, "eip712", OTHER_KEY);
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const s = order - BigInt(`0x${good.slice(66, 130)}`);
    const flipped = `${good.slice(0, 66)}${s.toString(16).padStart(64, "0")}${good.endsWith("1b") ? "1c" : "1b"}`;
    await expect(claim(own, flipped)).rejects.toThrow("SignatureOther");
    // What recovers to nobody is nobody's signature, not that of address 0.
    await expect(claim(said(ALICE, { address: zeroAddress }), `0x${"00".repeat(65)}`)).rejects.toThrow(
      "SignatureOther",
    );
    expect((await claimantsOf(await reserveOf("keyReserve", other))).count).toBe(0);
  });

  it("for an exchange that is not in the registry", async () => {
    const own = said("nobody", { address: other });
    await expect(claim(own, signed(own, "eip712", OTHER_KEY))).rejects.toThrow("ExchangeUnknown");
  });
});

describe("a contract wallet", () => {
  it("is claimed by what it says of the signature, on this chain", async () => {
    const { address } = await anvil.deploy("SignatureWallet", [other]);
    const own = said(ALICE, { address, chainId: CHAIN });
    const signature = signed(own, "eip712", OTHER_KEY);
    await claimContract(address, own, signature);
    expect((await claimantsOf(await reserveOf("contractReserve", address))).exchanges).toEqual([
      exchangeId(ALICE),
    ]);
    // Its owner's key is not the wallet's.
    await expect(claim(own, signature)).rejects.toThrow("SignatureOther");
    const elsewhere = { ...own, chainId: 1 };
    await expect(claimContract(address, elsewhere, signed(elsewhere, "eip712", OTHER_KEY))).rejects.toThrow();
    await expect(claimContract(address, said(BOB), signature)).rejects.toThrow();
  });

  it("that takes every signature, or is no contract, is nobody's", async () => {
    const { address } = await anvil.deploy("SignatureWallet", [zeroAddress]);
    await expect(claimContract(address, said(ALICE), "0x1234")).rejects.toThrow("SignatureOther");
    const own = said(ALICE, { address: other, chainId: CHAIN });
    await expect(claimContract(other, own, signed(own, "eip712", OTHER_KEY))).rejects.toThrow(
      "SignatureOther",
    );
  });
});
