import { checksumAddress, isAddress } from "../../signing/address.js";
import { hexText } from "../../signing/typedData.js";
import { readHeader } from "../evm/header.js";
import { type BalanceLayout, balanceSlot, USUAL_LAYOUTS } from "../evm/slots.js";
import { bytesOf } from "../evmState.js";
import { reserveError } from "../reserveError.js";
import type { ChainNode } from "./node.js";

type Place = Pick<BalanceLayout, "order" | "slot">;

/** `balanceOf(address)`. */
const BALANCE_OF = "0x70a08231";

/** What a token itself says of a balance, in its smallest unit: its word, not a proof. */
export async function callTokenBalance(
  node: ChainNode,
  token: string,
  holder: string,
  block: number,
): Promise<bigint> {
  const data = `${BALANCE_OF}${holder.slice(2).toLowerCase().padStart(64, "0")}`;
  const answer = await node.call(token, data, block);
  if (!/^0x[0-9a-f]{64}$/.test(answer))
    throw reserveError("RESERVES_LAYOUT", `token ${token}`, "it has no balanceOf", "usage");
  return BigInt(answer);
}

/** `decimals()`. */
const DECIMALS = "0x313ce567";

/**
 * Entries of a policy for a token and its chain, at the node's newest block. The asset is for the auditor to name.
 * @throws MarginproofError RESERVES_LAYOUT, RPC_UNREACHABLE, RPC_ANSWER
 */
export async function describeToken(node: ChainNode, token: string, holders: readonly string[]) {
  const refuse = (problem: string) => reserveError("RESERVES_LAYOUT", `token ${token}`, problem, "usage");
  const wrong = [token, ...holders].find((one) => !isAddress(one));
  if (wrong !== undefined) throw refuse(`${wrong} is no address`);
  if (holders.length === 0) throw refuse("name a holder of it (--holder)");
  const block = await node.newest();
  const balances = await findLayout(node, token, holders, block);
  const decimals = await node.call(token, DECIMALS, block);
  if (!/^0x0{62}[0-9a-f]{2}$/.test(decimals)) throw refuse("it does not say how many decimals it has");
  const { hash } = readHeader(bytesOf(await node.header(block)));
  const { chainId } = node;
  return {
    chain: { chainId, block, blockHash: hash },
    token: { chainId, address: checksumAddress(token), decimals: Number(decimals), balances },
  };
}

/**
 * Where a token keeps its balances: the one usual place at which every holder's word in storage is what `balanceOf` says.
 * For a token whose place is none of these, or in doubt, nothing is guessed.
 * @param holders addresses of different balances, none of them 0
 * @throws MarginproofError RESERVES_LAYOUT
 */
export async function findLayout(
  node: ChainNode,
  token: string,
  holders: readonly string[],
  block: number,
): Promise<Place> {
  const refuse = (problem: string) => reserveError("RESERVES_LAYOUT", `token ${token}`, problem, "usage");
  let places = USUAL_LAYOUTS;
  for (const holder of holders) {
    const balance = await callTokenBalance(node, token, holder, block);
    if (balance === 0n) throw refuse(`${holder} holds none of it: name holders of it`);
    const fitting: Place[] = [];
    for (const place of places) {
      const slot = hexText(balanceSlot(place, holder));
      if ((await node.storageAt(token, slot, block)) === balance) fitting.push(place);
    }
    places = fitting;
  }
  const [place, another] = places;
  if (place === undefined) throw refuse("it keeps balances in no usual place");
  if (another !== undefined)
    throw refuse(`its balances may be in ${places.length} places: name more holders`);
  return place;
}
