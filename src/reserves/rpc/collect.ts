import { decimalText } from "../../decimal/decimal.js";
import { hexText } from "../../signing/typedData.js";
import { balanceSlot } from "../evm/slots.js";
import { amountOf, chainPolicy } from "../evmState.js";
import { reserveError } from "../reserveError.js";
import { parseReserves, RESERVES_FORMAT, type ReserveEntry, type ReserveFile } from "../reserveFile.js";
import type { ReservePolicy, TokenPolicy } from "../reservePolicy.js";
import type { AddressList, ListedEvm } from "./addressList.js";
import { callTokenBalance } from "./findLayout.js";
import type { ChainNode } from "./node.js";
import { type Nodes, policyHeader } from "./nodes.js";
import { evmSignature, type Keys, unsigned } from "./sign.js";

type Balances = Extract<ReserveEntry, { kind: "evm" }>["balances"];
type Chain = ReserveFile["chains"][number];

/** Slots that one call asks for: nodes refuse a thousand. */
const SLOTS_A_CALL = 100;

/**
 * Makes a reserves file from a list of addresses: signatures by the keys given or from the list, and of every chain of the EVM
 * the balances of its coin and of the policy's tokens, with their proofs at the policy's block. Addresses that hold nothing
 * are left out.
 * @throws MarginproofError RESERVES_UNSIGNED, RESERVES_CHAIN, RPC_CHAIN, RPC_ANSWER, RPC_UNREACHABLE
 */
export async function collectReserves(
  list: AddressList,
  policy: ReservePolicy,
  nodes: Nodes,
  keys: Keys,
): Promise<ReserveFile> {
  const owners = new Map<ListedEvm, ReturnType<typeof evmSignature>>();
  // Every refusal comes before the work.
  for (const entry of list.addresses) {
    if (entry.kind === "evm") owners.set(entry, evmSignature(list, entry, keys));
    if (entry.kind === "bitcoin" && entry.ownership === undefined && entry.unsigned !== true)
      throw unsigned(entry);
  }
  const chains: Chain[] = [];
  const found = new Map<ListedEvm, Balances>();
  for (const chainId of new Set([...owners.keys()].map((entry) => entry.chainId))) {
    chainPolicy(policy, chainId);
    const node = nodes.get(chainId);
    if (node === undefined)
      throw reserveError("RPC_CHAIN", `chain ${chainId}`, "no --rpc is of this chain", "usage");
    const holders = [...owners.keys()].filter((entry) => entry.chainId === chainId);
    chains.push(await collectChain(node, policy, holders, found));
  }
  const addresses = list.addresses.flatMap((entry): object[] => {
    if (entry.kind === "other") return [entry];
    if (entry.kind === "bitcoin") {
      const { unsigned: _, ...rest } = entry;
      return [rest];
    }
    const { kind, chainId, address } = entry;
    const ownership = owners.get(entry);
    const balances = found.get(entry) ?? [];
    if (balances.length === 0) return [];
    return [{ kind, chainId, address, ...(ownership === undefined ? {} : { ownership }), balances }];
  });
  const { exchange, epoch, time } = list;
  return parseReserves({ format: RESERVES_FORMAT, exchange, epoch, time, chains, addresses });
}

/** Puts the balances of one chain into `found`. */
async function collectChain(
  node: ChainNode,
  policy: ReservePolicy,
  holders: readonly ListedEvm[],
  found: Map<ListedEvm, Balances>,
): Promise<Chain> {
  const { chainId } = node;
  const header = await policyHeader(node, policy);
  const { native, decimals, block } = chainPolicy(policy, chainId);
  const put = (entry: ListedEvm, balance: Balances[number]): void => {
    found.set(entry, [...(found.get(entry) ?? []), balance]);
  };
  for (const entry of holders) {
    const { balance, accountProof } = await node.proofs(entry.address, [], block);
    const amount = textOf(balance, decimals);
    if (amount !== "0") put(entry, { asset: native, amount, proof: [...accountProof] });
  }
  const contracts: Chain["contracts"] = [];
  for (const token of policy.tokens.filter((one) => one.chainId === chainId)) {
    const { address, asset } = token;
    const of = (units: bigint) => ({ asset, token: address, amount: textOf(units, token.decimals) });
    if (token.balances === undefined) {
      for (const entry of holders) {
        const units = await callTokenBalance(node, address, entry.address, block);
        if (of(units).amount !== "0") put(entry, of(units));
      }
      continue;
    }
    const { accountProof, held } = await tokenProofs(node, token, token.balances, holders, block);
    for (const [entry, units, proof] of held) put(entry, { ...of(units), proof: [...proof] });
    if (held.length > 0) contracts.push({ address, proof: [...accountProof] });
  }
  return { chainId, header, contracts };
}

const textOf = (units: bigint, decimals: number): string =>
  decimalText({ coefficient: amountOf(units, decimals), scale: 18 });

/** Balances that are more than nothing, with their proofs, and the proof of the token's account. */
async function tokenProofs(
  node: ChainNode,
  { address, decimals }: TokenPolicy,
  layout: NonNullable<TokenPolicy["balances"]>,
  holders: readonly ListedEvm[],
  block: number,
) {
  const held: (readonly [ListedEvm, bigint, readonly string[]])[] = [];
  let accountProof: readonly string[] = [];
  for (let from = 0; from < holders.length; from += SLOTS_A_CALL) {
    const some = holders.slice(from, from + SLOTS_A_CALL);
    const slots = some.map((entry) => hexText(balanceSlot(layout, entry.address)));
    const proofs = await node.proofs(address, slots, block);
    accountProof = proofs.accountProof;
    proofs.storage.forEach(({ value, proof }, at) => {
      // A flag beside the balance is refused by name when the file is verified.
      const units = BigInt.asUintN(layout.bits, value);
      if (textOf(units, decimals) !== "0") held.push([some[at]!, units, proof]);
    });
  }
  return { accountProof, held };
}
