import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decimalText } from "../../src/decimal/decimal.js";
import { MarginproofError } from "../../src/errors.js";
import { parseReserves } from "../../src/reserves/reserveFile.js";
import { parseReservePolicy, type ReservePolicyJson } from "../../src/reserves/reservePolicy.js";
import { parseAddressList } from "../../src/reserves/rpc/addressList.js";
import { collectReserves } from "../../src/reserves/rpc/collect.js";
import { describeToken } from "../../src/reserves/rpc/findLayout.js";
import { type ChainNode, connect } from "../../src/reserves/rpc/node.js";
import { askContracts } from "../../src/reserves/rpc/nodes.js";
import { verifyReserves } from "../../src/reserves/verifyReserves.js";
import { Anvil, type Deployed } from "../support/anvil.js";
import { addressOf, EPOCH, EXCHANGE, type Json, keyOf, ownership } from "./world.js";

const CHAIN = 31_400;
const HOLDER = addressOf("hot");
let anvil: Anvil;
let node: ChainNode;
const tokens: Record<string, Deployed> = {};
beforeAll(async () => {
  anvil = await Anvil.start(CHAIN);
  node = await connect(anvil.url);
  for (const name of ["PlainToken", "NamespacedToken", "VyperToken", "FreezingToken"]) {
    tokens[name] = await anvil.deploy(name, name === "PlainToken" ? ["Coin", 30] : []);
    await anvil.send(tokens[name], "mint", [HOLDER, 12_345_678_901_234_567_890_123_456_789n]);
    await anvil.send(tokens[name], "mint", [addressOf("cold"), 77n]);
  }
});
afterAll(() => anvil.stop());

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof MarginproofError) return error.code;
    throw error;
  }
  return "";
}

async function policyNow(listed: ReservePolicyJson["tokens"]): Promise<ReservePolicyJson> {
  const block = await anvil.client.getBlock();
  return {
    format: "marginproof/reserve-policy/1",
    require: "proved",
    maxSecondsFromEpoch: 3600,
    chains: [{ chainId: CHAIN, native: "ETH", block: Number(block.number), blockHash: block.hash! }],
    tokens: listed,
  };
}

async function collected(policy: ReservePolicyJson, addresses: Json[]) {
  const { timestamp } = await anvil.client.getBlock();
  const list = parseAddressList({
    format: "marginproof/reserve-addresses/1",
    exchange: EXCHANGE,
    epoch: EPOCH,
    time: new Date(Number(timestamp) * 1000).toISOString(),
    addresses,
  });
  const keys = new Map([[HOLDER, keyOf("hot")]]);
  return collectReserves(list, parseReservePolicy(policy), new Map([[CHAIN, node]]), keys);
}
const hot = { kind: "evm", chainId: CHAIN, address: HOLDER };

describe("where a token keeps balances", () => {
  const holders = [HOLDER, addressOf("cold")];

  it.each([
    ["PlainToken", { order: "solidity", slot: "0" }],
    ["NamespacedToken", { order: "solidity", slot: "erc7201:openzeppelin.storage.ERC20" }],
    ["VyperToken", { order: "vyper", slot: "3" }],
  ])("is found and proved of a %s", async (name, balances) => {
    const token = tokens[name]!.address;
    // Only the plain one says how many decimals it has.
    const found =
      name === "PlainToken"
        ? (await describeToken(node, token, holders)).token.balances
        : await findOf(token, holders);
    expect(found).toEqual(balances);
    const policy = await policyNow([
      { chainId: CHAIN, address: token, asset: "COIN", decimals: 20, balances: found },
    ]);
    const file = await collected(policy, [hot]);
    const report = verifyReserves(parseReserves(file), parseReservePolicy(policy));
    // Of 20 decimals, the last two are rounded down.
    expect(report.assets.map(({ asset, proved }) => [asset, decimalText(proved)])).toEqual([
      ["COIN", "123456789.012345678901234567"],
    ]);
  });

  const findOf = async (token: string, some: readonly string[]) => {
    const { findLayout } = await import("../../src/reserves/rpc/findLayout.js");
    return findLayout(node, token, some, await node.newest());
  };

  it("is not guessed: nothing fits, a holder has none, no holder, no token", async () => {
    const { token } = { token: tokens.PlainToken!.address };
    const code = (work: () => unknown) => codeOf(work);
    const wallet = await anvil.deploy("SignatureWallet", [HOLDER]);
    expect(await code(() => findOf(wallet.address, holders))).toBe("RPC_ANSWER");
    expect(await code(() => findOf(HOLDER, holders))).toBe("RESERVES_LAYOUT");
    expect(await code(() => findOf(token, [addressOf("stranger")]))).toBe("RESERVES_LAYOUT");
    expect(await code(() => describeToken(node, token, []))).toBe("RESERVES_LAYOUT");
    expect(await code(() => describeToken(node, token, ["0x12"]))).toBe("RESERVES_LAYOUT");
    expect(await code(() => describeToken(node, tokens.VyperToken!.address, holders))).toBe("RPC_ANSWER");
  });

  it("is named in the file where the policy does not give it: signed, not proved", async () => {
    const address = tokens.FreezingToken!.address;
    const policy = await policyNow([{ chainId: CHAIN, address, asset: "COIN", decimals: 20 }]);
    const report = verifyReserves(await collected(policy, [hot]), parseReservePolicy(policy));
    expect(report.balances.map(({ standing, because }) => [standing, because])).toEqual([
      ["signed", "the token's layout is not a usual one"],
    ]);
  });
});

describe("a flag beside the balance", () => {
  const listed = () => ({
    ...{ chainId: CHAIN, address: tokens.FreezingToken!.address, asset: "COIN", decimals: 20 },
    balances: { slot: "9", bits: 255 },
  });

  it("is none: the balance counts", async () => {
    const policy = await policyNow([listed()]);
    const report = verifyReserves(await collected(policy, [hot]), parseReservePolicy(policy));
    expect(report.balances.map(({ standing }) => standing)).toEqual(["proved"]);
  });

  it("says that the address is frozen: refused by name", async () => {
    await anvil.send(tokens.FreezingToken!, "freeze", [HOLDER]);
    const policy = await policyNow([listed()]);
    const file = await collected(policy, [hot]);
    expect(await codeOf(() => verifyReserves(parseReserves(file), parseReservePolicy(policy)))).toBe(
      "RESERVES_PROOF",
    );
  });
});

describe("a contract wallet (ERC-1271)", () => {
  const OWNER = addressOf("hot");
  const NOBODY = "0x0000000000000000000000000000000000000000";

  async function walletFile(owner: string, sign: (address: string) => Json) {
    const { address } = await anvil.deploy("SignatureWallet", [owner]);
    await anvil.client.setBalance({ address, value: 5n * 10n ** 18n });
    await anvil.client.mine({ blocks: 1 });
    const policy = await policyNow([]);
    const entry = { kind: "evm", chainId: CHAIN, address, ownership: { ...sign(address), kind: "erc1271" } };
    return { file: await collected(policy, [entry]), policy: parseReservePolicy(policy) };
  }
  const byOwner = (address: string, claim: Json = {}) =>
    ownership("hot", { chainId: CHAIN, address, ...claim });

  it("that takes its owner's signature is the exchange's; not asked, it is declared", async () => {
    const { file, policy } = await walletFile(OWNER, (address) => byOwner(address));
    const answers = await askContracts(file, policy, new Map([[CHAIN, node]]));
    expect(verifyReserves(file, policy, answers).balances.map(({ standing }) => standing)).toEqual([
      "proved",
    ]);
    const [unasked] = verifyReserves(file, policy).balances;
    expect(unasked).toMatchObject({ standing: "declared", because: expect.stringContaining("--rpc") });
  });

  it.each([
    ["another's signature", (address: string) => ownership("cold", { chainId: CHAIN, address })],
    ["one of another epoch", (address: string) => byOwner(address, { epoch: "2025" })],
    ["one of another exchange", (address: string) => byOwner(address, { exchange: "Other" })],
    ["one of another chain", (address: string) => byOwner(address, { chainId: 1 })],
    ["one of another wallet", () => byOwner(OWNER)],
    ["one that is none", () => ({ signature: "0x00" })],
  ])("that is shown %s says no", async (_, sign) => {
    const { file, policy } = await walletFile(OWNER, sign);
    const answers = await askContracts(file, policy, new Map([[CHAIN, node]]));
    expect(await codeOf(() => verifyReserves(file, policy, answers))).toBe("RESERVES_CONTRACT");
  });

  it("that takes every signature is nobody's", async () => {
    const { file, policy } = await walletFile(NOBODY, (address) => byOwner(address));
    const answers = await askContracts(file, policy, new Map([[CHAIN, node]]));
    expect([...answers.values()]).toEqual(["any"]);
    expect(await codeOf(() => verifyReserves(file, policy, answers))).toBe("RESERVES_CONTRACT");
  });

  it("that is no contract says no", async () => {
    const policy = parseReservePolicy(await policyNow([]));
    await anvil.client.setBalance({ address: addressOf("cold") as `0x${string}`, value: 1n });
    await anvil.client.mine({ blocks: 1 });
    const now = parseReservePolicy(await policyNow([]));
    const cold = addressOf("cold");
    const entry = {
      kind: "evm",
      chainId: CHAIN,
      address: cold,
      ownership: { ...byOwner(cold), kind: "erc1271" },
    };
    const file = await collected(await policyNow([]), [entry]);
    expect([...(await askContracts(file, now, new Map([[CHAIN, node]]))).values()]).toEqual(["no"]);
    expect(policy.chains).toHaveLength(1);
  });

  it("is asked at the policy's block of the policy's chain, or not at all", async () => {
    const { file, policy } = await walletFile(OWNER, (address) => byOwner(address));
    const [own] = policy.chains;
    const elsewhere = { ...policy, chains: [{ ...own!, blockHash: `0x${"1".repeat(64)}` }] };
    expect(await codeOf(() => askContracts(file, elsewhere, new Map([[CHAIN, node]])))).toBe("RPC_ANSWER");
    expect((await askContracts(file, { ...policy, chains: [] }, new Map([[CHAIN, node]]))).size).toBe(0);
  });
});
