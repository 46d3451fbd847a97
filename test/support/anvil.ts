import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  type Abi,
  type Account,
  type Address,
  createTestClient,
  defineChain,
  type Hash,
  type HDAccount,
  type Hex,
  http,
  publicActions,
  type TransactionReceipt,
  toHex,
  walletActions,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { ARTIFACTS, type Artifact } from "../../scripts/contracts/compile.js";
import { foundryProgram } from "./foundry.js";

/** The words that anvil makes its accounts of, each with 10,000 ether. */
const MNEMONIC = "test test test test test test test test test test test junk";

/** Anvil's account number n. */
export const anvilAccount = (n: number): HDAccount => mnemonicToAccount(MNEMONIC, { addressIndex: n });
/** Its private key. */
export const anvilKey = (n: number): Hex => toHex(anvilAccount(n).getHdKey().privateKey!);

const clientOf = (url: string, chainId: number) =>
  createTestClient({
    chain: defineChain({
      id: chainId,
      name: `anvil ${chainId}`,
      nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
      rpcUrls: { default: { http: [url] } },
    }),
    mode: "anvil",
    transport: http(url, { retryCount: 0 }),
    pollingInterval: 5,
    cacheTime: 0,
  })
    .extend(publicActions)
    .extend(walletActions);

/** A deployed contract: where it is and how it is called. */
export interface Deployed {
  readonly address: Address;
  readonly abi: Abi;
}

/** A real EVM node of a test file's own: a block for every transaction, and no more gas for one than mainnet allows. */
export class Anvil {
  private constructor(
    readonly url: string,
    private readonly node: ChildProcess,
    /** Reads the chain, writes to it, and turns its clock. */
    readonly client: ReturnType<typeof clientOf>,
  ) {}

  /** Starts a node on a free port. */
  static async start(chainId = 31_337): Promise<Anvil> {
    const node = spawn(
      foundryProgram("anvil"),
      ["--port", "0", "--chain-id", String(chainId), "--hardfork", "osaka", "--enable-tx-gas-limit"],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    // A test process that is killed takes no node with it into the next run.
    const kill = () => void node.kill("SIGKILL");
    process.once("exit", kill);
    node.once("exit", () => process.removeListener("exit", kill));
    const url = `http://${await listening(node)}`;
    return new Anvil(url, node, clientOf(url, chainId));
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.node.once("exit", resolve));
    this.node.kill("SIGKILL");
    await ended;
  }

  /** Deploys a contract of build/contracts. */
  async deploy(name: string, args: readonly unknown[] = [], account = anvilAccount(0)): Promise<Deployed> {
    const { abi, bytecode } = artifact(name);
    const hash = await this.client.deployContract({ abi: abi as Abi, bytecode, args, account } as never);
    const { contractAddress } = await this.receipt(hash);
    return { address: contractAddress!, abi: abi as Abi };
  }

  /** Sends a call, and waits until it is in a block. @throws viem's ContractFunctionRevertedError inside, with the contract's error */
  async send(
    { address, abi }: Deployed,
    functionName: string,
    args: readonly unknown[],
    { account = anvilAccount(0), value = 0n }: { readonly account?: Account; readonly value?: bigint } = {},
  ): Promise<TransactionReceipt> {
    const call = { address, abi, functionName, args, account, value };
    await this.client.simulateContract(call);
    return this.receipt(await this.client.writeContract({ ...call, gas: MAX_GAS }));
  }

  /** Turns the node's clock on, calls without a transaction included. */
  async passTime(seconds: number): Promise<void> {
    await this.client.increaseTime({ seconds });
    await this.client.mine({ blocks: 1 });
  }

  read({ address, abi }: Deployed, functionName: string, args: readonly unknown[] = []): Promise<unknown> {
    return this.client.readContract({ address, abi, functionName, args });
  }

  private async receipt(hash: Hash): Promise<TransactionReceipt> {
    // Asked again and again: viem's own way waits for a next block when it comes too early, and here none may follow.
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const receipt = await this.client.getTransactionReceipt({ hash }).catch(() => undefined);
      if (receipt?.status === "success") return receipt;
      if (receipt !== undefined) throw new Error(`transaction ${hash} was reverted`);
      await setTimeout(5);
    }
    throw new Error(`transaction ${hash} was not mined`);
  }
}

const MOST_TRIES = 10_000;
/** What one transaction may use (EIP-7825). */
const MAX_GAS = 16_777_216n;

/** What npm run contracts made of a contract. */
const artifact = (name: string): Artifact =>
  JSON.parse(readFileSync(join(ARTIFACTS, `${name}.json`), "utf8")) as Artifact;

/** The host and port that a starting node says it listens on. */
function listening(node: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    // Read to the end: a node whose output nobody reads stands still when the pipe is full.
    node.stdout!.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-10_000);
      const host = /Listening on (\S+)/.exec(said)?.[1];
      if (host !== undefined) resolve(host);
    });
    node.once("error", reject);
    node.once("exit", (code) => reject(new Error(`anvil ended with ${code}: ${said}`)));
  });
}
