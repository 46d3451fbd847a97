import { hexToBytes } from "../../src/field/encoding.js";
import { claimText, evmClaimDigest } from "../../src/reserves/ownership.js";
import type { ReserveFileJson } from "../../src/reserves/reserveFile.js";
import { parseReserves } from "../../src/reserves/reserveFile.js";
import { parseReservePolicy, type ReservePolicyJson } from "../../src/reserves/reservePolicy.js";
import { parseAddressList } from "../../src/reserves/rpc/addressList.js";
import { collectReserves } from "../../src/reserves/rpc/collect.js";
import { connectAll } from "../../src/reserves/rpc/nodes.js";
import type { ContractAnswers } from "../../src/reserves/verifyReserves.js";
import { verifyReserves } from "../../src/reserves/verifyReserves.js";
import { addressOfPrivateKey, signDigest } from "../../src/signing/sign.js";
import { Anvil, anvilAccount, type Deployed } from "../support/anvil.js";
import { bitcoinKey } from "./bitcoinWallet.js";

/** Keys of an exchange, and of somebody else. */
export const keyOf = (name: string): string => `0x${Buffer.from(name.padEnd(32, ".")).toString("hex")}`;
export const addressOf = (name: string): string => addressOfPrivateKey(keyOf(name));

export const EXCHANGE = "Example Exchange";
export const EPOCH = "2026-11-26";

/** A file or policy as data that tests bend. */
// biome-ignore lint/suspicious/noExplicitAny: of any form, wrong ones too
export type Json = any;

export interface World {
  readonly nodes: readonly [Anvil, Anvil];
  readonly usdt: readonly [Deployed, Deployed];
  readonly policy: ReservePolicyJson;
  /** Made by `collectReserves` from the nodes: every balance of it is proved, but Bitcoin's, which is signed. */
  readonly file: ReserveFileJson;
  readonly list: Json;
  readonly stop: () => Promise<void>;
}

const FIRST = 31_337;
const SECOND = 31_338;

const chainIds = [FIRST, SECOND] as const;

/**
 * Two real nodes of different chains, on both of which hot and cold wallets of an exchange hold ether and a token of OpenZeppelin, and
 * the exchange's reserves file over both.
 */
export async function startWorld(
  time?: string,
  names = { exchange: EXCHANGE, epoch: EPOCH },
): Promise<World> {
  const nodes = [await Anvil.start(FIRST), await Anvil.start(SECOND)] as const;
  const usdt = await Promise.all(
    nodes.map(async (node, at) => {
      if (time !== undefined)
        await node.client.request({ method: "evm_setTime", params: [Date.parse(time) / 1000] } as never);
      const token = await node.deploy("PlainToken", ["Tether", 6]);
      await node.send(token, "mint", [addressOf("hot"), 5_000_000_123_456n + BigInt(at)]);
      await node.send(token, "mint", [addressOf("stranger"), 10n ** 18n]);
      await node.send(token, "approve", [addressOf("hot"), 10n ** 17n], { account: anvilAccount(1) });
      await node.client.setBalance({
        address: addressOf("hot") as `0x${string}`,
        value: 3n * 10n ** 18n + 7n,
      });
      await node.client.setBalance({ address: addressOf("cold") as `0x${string}`, value: 10n ** 19n });
      await node.client.mine({ blocks: 1 });
      return token;
    }),
  );
  const blocks = await Promise.all(nodes.map((node) => node.client.getBlock()));
  const policy: ReservePolicyJson = {
    format: "marginproof/reserve-policy/1",
    require: "proved",
    requireOf: { BTC: "signed" },
    maxSecondsFromEpoch: 3600,
    chains: blocks.map((block, at) => ({
      chainId: chainIds[at]!,
      native: "ETH",
      block: Number(block.number),
      blockHash: block.hash!,
    })),
    tokens: usdt.map(({ address }, at) => ({
      chainId: chainIds[at]!,
      address,
      asset: "USDT",
      decimals: 6,
      balances: { slot: "0" },
    })),
    bitcoin: { asset: "BTC", network: "mainnet" },
  };
  const epoch = { ...names, time: new Date(Number(blocks[0]!.timestamp) * 1000).toISOString() };
  const evm = chainIds.flatMap((chainId) => [
    { kind: "evm", chainId, address: addressOf("hot"), sign: "eip191" },
    { kind: "evm", chainId, address: addressOf("cold"), sign: "eip712" },
  ]);
  const list = {
    format: "marginproof/reserve-addresses/1",
    ...epoch,
    ...(time === undefined ? {} : { time }),
    addresses: [...evm, bitcoinEntry({ ...names, amount: "100" })],
  };
  const keys = new Map(["hot", "cold"].map((name) => [addressOf(name), keyOf(name)]));
  const file = await collectReserves(
    parseAddressList(list),
    parseReservePolicy(policy),
    await connectAll(nodes.map(({ url }) => url)),
    keys,
  );
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())));
  return { nodes, usdt: usdt as unknown as World["usdt"], policy, file, list, stop };
}

/** An address of Bitcoin, signed for. */
export function bitcoinEntry({
  exchange = EXCHANGE,
  epoch = EPOCH,
  amount = "12.5",
  name = "vault",
}: {
  exchange?: string;
  epoch?: string;
  amount?: string;
  name?: string;
} = {}) {
  const { address, sign } = bitcoinKey(hexToBytes(keyOf(name).slice(2)));
  const signature = sign(claimText({ exchange, epoch, chain: "bitcoin", address }));
  return { kind: "bitcoin", address, amount, ownership: { kind: "bip322", signature } };
}

/** An EVM ownership signature over what is given. */
export function ownership(
  name: string,
  {
    kind = "eip712",
    chainId = FIRST,
    exchange = EXCHANGE,
    epoch = EPOCH,
    address = addressOf(name),
  }: Json = {},
) {
  const digest = evmClaimDigest(kind, { exchange, epoch, chainId, address });
  return { kind, signature: signDigest(digest, keyOf(name)) };
}

/** Verifies file and policy as data, each bent first. */
export function verifyBent(
  world: Pick<World, "file" | "policy">,
  bendFile: (file: Json) => void = () => {},
  bendPolicy: (policy: Json) => void = () => {},
  answers: ContractAnswers = new Map(),
) {
  const [file, policy] = [structuredClone(world.file), structuredClone(world.policy)];
  bendFile(file);
  bendPolicy(policy);
  return verifyReserves(parseReserves(file), parseReservePolicy(policy), answers);
}
