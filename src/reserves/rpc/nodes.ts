import { MarginproofError } from "../../errors.js";
import { hexText } from "../../signing/typedData.js";
import { readHeader } from "../evm/header.js";
import { bytesOf, chainPolicy } from "../evmState.js";
import { typedClaimDigest } from "../ownership.js";
import { reserveError } from "../reserveError.js";
import { placeOf, type ReserveFile } from "../reserveFile.js";
import type { ReservePolicy } from "../reservePolicy.js";
import type { ContractAnswer, ContractAnswers } from "../verifyReserves.js";
import { type ChainNode, connect } from "./node.js";

/** Nodes by chain id. */
export type Nodes = ReadonlyMap<number, ChainNode>;

/** @throws MarginproofError RPC_CHAIN when two are of one chain, RPC_UNREACHABLE, RPC_ANSWER */
export async function connectAll(urls: readonly string[]): Promise<Nodes> {
  const nodes = new Map<number, ChainNode>();
  for (const url of urls) {
    const node = await connect(url);
    if (nodes.has(node.chainId))
      throw reserveError("RPC_CHAIN", "--rpc", `two nodes are of chain ${node.chainId}`, "usage");
    nodes.set(node.chainId, node);
  }
  return nodes;
}

/**
 * Header of the policy's block, from a node.
 * @throws MarginproofError RPC_ANSWER when the node has another block there
 */
export async function policyHeader(node: ChainNode, policy: ReservePolicy): Promise<string> {
  const { block, blockHash } = chainPolicy(policy, node.chainId);
  const header = await node.header(block);
  const { hash } = readHeader(bytesOf(header));
  if (hash === blockHash) return header;
  throw reserveError(
    "RPC_ANSWER",
    `node of chain ${node.chainId}`,
    `its block ${block} is ${hash}, the policy's ${blockHash}`,
    "io",
  );
}

/** `isValidSignature(bytes32,bytes)` and what it returns for a signature that is valid. */
const SELECTOR = "0x1626ba7e";
const MAGIC = `${SELECTOR}${"00".repeat(28)}`;

/** A hash that nobody signed: keccak256 of nothing in particular. */
const SIGNED_BY_NOBODY = `0x${"5a".repeat(32)}`;

/**
 * Asks contract wallets about their signatures (ERC-1271), each at the block of the policy. A node's answer is its word:
 * ask your own. A contract that takes the same signature for another hash is found out here; it belongs to nobody.
 * @throws MarginproofError RPC_UNREACHABLE, RPC_ANSWER
 */
export async function askContracts(
  file: ReserveFile,
  policy: ReservePolicy,
  nodes: Nodes,
): Promise<ContractAnswers> {
  const answers = new Map<string, ContractAnswer>();
  const checked = new Set<number>();
  for (const entry of file.addresses) {
    if (entry.kind !== "evm" || entry.ownership?.kind !== "erc1271") continue;
    const { chainId, address, ownership } = entry;
    const node = nodes.get(chainId);
    const own = policy.chains.find((one) => one.chainId === chainId);
    if (node === undefined || own === undefined) continue;
    if (!checked.has(chainId)) await policyHeader(node, policy);
    checked.add(chainId);
    const takes = async (hash: string): Promise<boolean> => {
      const data = callData(hash, ownership.signature);
      return (await callOrNothing(node, address, data, own.block)) === MAGIC;
    };
    const { exchange, epoch } = file;
    const valid = await takes(hexText(typedClaimDigest({ exchange, epoch, chainId, address })));
    const any = valid && (await takes(SIGNED_BY_NOBODY));
    answers.set(placeOf(entry), any ? "any" : valid ? "yes" : "no");
  }
  return answers;
}

/** A contract that fails has said no; a node says so as an error, of which it has others. */
const FAILED = /revert|invalid opcode|bad instruction|out of gas|invalid jump|stack (over|under)flow/i;

async function callOrNothing(node: ChainNode, to: string, data: string, block: number): Promise<string> {
  try {
    return await node.call(to, data, block);
  } catch (error) {
    if (error instanceof MarginproofError && error.code === "RPC_ANSWER" && FAILED.test(error.message))
      return "0x";
    throw error;
  }
}

const word = (value: number): string => value.toString(16).padStart(64, "0");

function callData(hash: string, signature: string): string {
  const bytes = signature.slice(2);
  const padded = bytes.padEnd(Math.ceil(bytes.length / 64) * 64, "0");
  return `${SELECTOR}${hash.slice(2)}${word(64)}${word(bytes.length / 2)}${padded}`;
}
