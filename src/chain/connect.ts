import {
  type Abi,
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  createPublicClient,
  HttpRequestError,
  http,
  type PublicClient,
  TimeoutError,
} from "viem";
import { MarginproofError } from "../errors.js";
import { rpcError } from "../reserves/rpc/client.js";

/** A node whose chain is the one that was meant. */
export interface Chain {
  readonly url: string;
  readonly id: number;
  /** Whether the user said which chain is meant; else its id is the node's word alone. */
  readonly said: boolean;
  readonly client: PublicClient;
}

/** A call of a contract. */
export interface ContractCall {
  readonly address: Address;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args: readonly unknown[];
}

/**
 * The node at an address.
 * @param expected the chain's id as the user knows it
 * @throws MarginproofError RPC_UNREACHABLE, RPC_ANSWER, CHAIN_ID
 */
export async function connectChain(url: string, expected?: number): Promise<Chain> {
  if (!/^https?:\/\/[^/]/.test(url)) throw rpcError("RPC_UNREACHABLE", url, "not an http or https address");
  const client = createPublicClient({
    transport: http(url, { retryCount: 2, timeout: 60_000 }),
    cacheTime: 0,
  });
  const id = await asked(url, () => client.getChainId());
  if (expected !== undefined && id !== expected)
    throw new MarginproofError("CHAIN_ID", `the node is of chain ${id}, not ${expected}`, {
      kind: "usage",
      hint: "Give the --rpc of a node of that chain; nothing was sent.",
    });
  return { url, id, said: expected !== undefined, client };
}

/** What a contract answers. @throws MarginproofError RPC_UNREACHABLE, RPC_ANSWER, CHAIN_REVERTED, REGISTRY_ADDRESS */
export const read = (chain: Chain, call: ContractCall): Promise<unknown> =>
  asked(chain.url, () => chain.client.readContract(call));

/** Asks a node. Messages of viem hold the node's whole address, in which there may be a secret: they are not passed on. */
export async function asked<T>(url: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    // What is no value of its type makes viem throw whatever its own arithmetic does.
    if (!(error instanceof BaseError)) throw rpcError("RPC_ANSWER", url, "it answered what no node may");
    throw told(url, error);
  }
}

function told(url: string, error: BaseError): MarginproofError {
  const reverted = error.walk((one) => one instanceof ContractFunctionRevertedError);
  if (reverted instanceof ContractFunctionRevertedError) {
    const { data, signature, reason } = reverted;
    const args = data?.args?.length ? `(${data.args.map(String).join(", ")})` : "";
    return new MarginproofError(
      "CHAIN_REVERTED",
      `the contract refuses: ${data === undefined ? (signature ?? reason ?? "no reason given") : data.errorName}${args}`,
      {
        kind: "usage",
        hint: "docs/contracts.md says what each state takes; see it with marginproof chain status.",
      },
    );
  }
  if (error.walk((one) => one instanceof ContractFunctionZeroDataError))
    return new MarginproofError("REGISTRY_ADDRESS", "the address given with --registry has no registry", {
      kind: "usage",
      hint: "Compare address and chain with what the exchange says in public.",
    });
  const silent = error.walk((one) => one instanceof HttpRequestError || one instanceof TimeoutError);
  if (silent !== null) return rpcError("RPC_UNREACHABLE", url, "no answer");
  const { details } = error;
  return rpcError("RPC_ANSWER", url, (details || error.shortMessage).replaceAll(url, "").slice(0, 200));
}
