import { setTimeout } from "node:timers/promises";
import {
  type Account,
  type Address,
  createWalletClient,
  custom,
  defineChain,
  encodeFunctionData,
  type Hex,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { MarginproofError } from "../errors.js";
import { asked, type Chain, type ContractCall } from "./connect.js";

/** What a step sends: a call of a contract, or bytes to an address. */
export interface Payload {
  readonly to: Address;
  readonly data: Hex;
  /** In wei. */
  readonly value?: bigint;
  /** The call that `data` is, for the contract's own word when it refuses. */
  readonly call?: ContractCall;
}

/** One transaction of a plan. Whether it is needed is asked of the chain, so a plan goes on where the last run ended. */
export interface PlanStep {
  readonly label: string;
  /** Gas by arithmetic from measured parts, where the node can't estimate yet. */
  readonly gas: bigint;
  readonly done: () => Promise<boolean>;
  readonly payload: () => Promise<Payload>;
}

export interface Sender {
  readonly chain: Chain;
  readonly account: Account;
}

/** What one transaction may use (EIP-7825). */
const MAX_GAS = 16_777_216n;
const POLL_MS = 250;
/** How long a transaction is waited for: what is not in a block then, a later run finds. */
const MOST_POLLS = 2400;

/** @param key 0x and 64 hex digits; never shown */
export const senderOf = (chain: Chain, key: string): Sender => ({
  chain,
  account: privateKeyToAccount(key as Hex),
});

/** A contract's call as a payload. */
export const callOf = (call: ContractCall, value?: bigint): Payload => ({
  to: call.address,
  data: encodeFunctionData(call),
  call,
  ...(value === undefined ? {} : { value }),
});

/** Gas that the node says a payload takes. @throws MarginproofError CHAIN_REVERTED, RPC_UNREACHABLE, RPC_ANSWER */
export async function estimate({ chain, account }: Sender, payload: Payload): Promise<bigint> {
  const { call, to, data, value = 0n } = payload;
  const { client, url } = chain;
  if (call !== undefined) await asked(url, () => client.simulateContract({ ...call, account, value }));
  return asked(url, () => client.estimateGas({ account, to, data, value }));
}

/**
 * Sends a payload once nothing of this account is on its way, and waits until it is in a block.
 * @returns gas used
 * @throws MarginproofError CHAIN_PENDING, CHAIN_REVERTED, RPC_UNREACHABLE, RPC_ANSWER
 */
async function send(sender: Sender, payload: Payload): Promise<bigint> {
  const { chain, account } = sender;
  const { to, data, value = 0n } = payload;
  const needed = await estimate(sender, payload);
  const generous = (needed * 5n) / 4n;
  const wallet = createWalletClient({
    account,
    chain: defineChain({
      id: chain.id,
      name: `chain ${chain.id}`,
      nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
      rpcUrls: { default: { http: [chain.url] } },
    }),
    transport: custom(chain.client),
  });
  const gas = generous > MAX_GAS ? MAX_GAS : generous;
  const hash = await asked(chain.url, () => wallet.sendTransaction({ to, data, value, gas }));
  return receipt(chain, hash);
}

async function receipt({ url, client }: Chain, hash: Hex): Promise<bigint> {
  for (let tries = 0; tries < MOST_POLLS; tries++) {
    const found = await client.getTransactionReceipt({ hash }).catch(() => undefined);
    if (found?.status === "success") return found.gasUsed;
    if (found !== undefined)
      throw new MarginproofError("CHAIN_REVERTED", `transaction ${hash} was reverted`, {
        kind: "usage",
        hint: "Somebody may have done the same at the same time: run the command again, it goes on from the chain.",
      });
    await setTimeout(tries === 0 ? 20 : POLL_MS);
  }
  await asked(url, () => client.getBlockNumber());
  throw pending(`transaction ${hash} is in no block yet`);
}

const pending = (problem: string): MarginproofError =>
  new MarginproofError("CHAIN_PENDING", problem, {
    kind: "io",
    hint: "Wait until it is in a block or dropped, then run the same command again: it goes on from the chain.",
  });

/** Waits until every transaction of the account is in a block: what is on its way must not be sent twice. @throws MarginproofError CHAIN_PENDING */
async function settled({ chain, account: { address } }: Sender): Promise<void> {
  const { client, url } = chain;
  for (let tries = 0; tries < MOST_POLLS; tries++) {
    const [latest, pool] = await asked(url, () =>
      Promise.all([
        client.getTransactionCount({ address, blockTag: "latest" }),
        client.getTransactionCount({ address, blockTag: "pending" }),
      ]),
    );
    if (pool <= latest) return;
    await setTimeout(POLL_MS);
  }
  throw pending(`transactions of ${address} are still on their way`);
}

/** Runs a plan: each step is asked for when its turn comes, and sent only where the chain does not have it. */
export async function runPlan(
  sender: Sender,
  steps: readonly PlanStep[],
  onStep: (label: string, gas: bigint | undefined) => void,
): Promise<bigint> {
  let total = 0n;
  await settled(sender);
  for (const { label, done, payload } of steps) {
    if (await done()) {
      onStep(label, undefined);
      continue;
    }
    const used = await send(sender, await payload());
    total += used;
    onStep(label, used);
  }
  return total;
}
