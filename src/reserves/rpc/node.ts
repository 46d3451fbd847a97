import { hexToBytes } from "../../field/encoding.js";
import { hexText } from "../../signing/typedData.js";
import { bytesOfInteger, encodeRlp } from "../evm/rlp.js";
import { rpcClient, rpcError } from "./client.js";

/** A node of one chain, and what is asked of it at one block. */
export interface ChainNode {
  readonly chainId: number;
  /** Number of the newest block. */
  readonly newest: () => Promise<number>;
  /** RLP of a block's header, put together from its fields. */
  readonly header: (block: number) => Promise<string>;
  /** Balance and proofs of an account, and of slots in its storage (32 bytes each), as eth_getProof gives them. */
  readonly proofs: (address: string, slots: readonly string[], block: number) => Promise<AccountProofs>;
  /** What a call of a contract returns, `0x` and hex. */
  readonly call: (to: string, data: string, block: number) => Promise<string>;
  readonly storageAt: (address: string, slot: string, block: number) => Promise<bigint>;
}

export interface AccountProofs {
  readonly balance: bigint;
  readonly accountProof: readonly string[];
  readonly storage: readonly { readonly value: bigint; readonly proof: readonly string[] }[];
}

const HEX = /^0x([0-9a-f]{2})*$/;
const QUANTITY = /^0x[0-9a-f]{1,64}$/;
const tag = (block: number): string => `0x${block.toString(16)}`;

/**
 * The node at an address, asked for its chain's id.
 * @throws MarginproofError RPC_UNREACHABLE, RPC_ANSWER; so does every call of it
 */
export async function connect(url: string): Promise<ChainNode> {
  const rpc = rpcClient(url);
  const wrong = (what: string) => rpcError("RPC_ANSWER", url, `its ${what} is not in the usual form`);
  const bytes = (value: unknown, what: string): string => {
    const text = typeof value === "string" ? value.toLowerCase() : "";
    if (!HEX.test(text)) throw wrong(what);
    return text;
  };
  const integer = (value: unknown, what: string): bigint => {
    const text = typeof value === "string" ? value.toLowerCase() : "";
    if (!QUANTITY.test(text)) throw wrong(what);
    return BigInt(text);
  };
  const nodes = (value: unknown): string[] => {
    if (!Array.isArray(value)) throw wrong("proof");
    return value.map((node) => bytes(node, "proof"));
  };
  const chainId = Number(integer(await rpc("eth_chainId", []), "chain id"));
  return {
    chainId,
    newest: async () => Number(integer(await rpc("eth_blockNumber", []), "block number")),
    header: async (block) => {
      const fields = await rpc("eth_getBlockByNumber", [tag(block), false]);
      return headerOf(fields as Record<string, unknown>, bytes, integer);
    },
    proofs: async (address, slots, block) => {
      const answer = (await rpc("eth_getProof", [address, slots, tag(block)])) as Record<string, unknown>;
      const storage = Array.isArray(answer.storageProof) ? answer.storageProof : [];
      if (storage.length !== slots.length) throw wrong("list of storage proofs");
      return {
        balance: integer(answer.balance, "balance"),
        accountProof: nodes(answer.accountProof),
        storage: storage.map((one: Record<string, unknown>) => ({
          value: integer(one.value, "storage value"),
          proof: nodes(one.proof),
        })),
      };
    },
    call: async (to, data, block) =>
      bytes(await rpc("eth_call", [{ to, data }, tag(block)]), "call's result"),
    storageAt: async (address, slot, block) =>
      integer(await rpc("eth_getStorageAt", [address, slot, tag(block)]), "storage"),
  };
}

/** Fields of a header in their order: bytes, or integers. Those after `nonce` came with London, Shanghai, Cancun, Prague. */
const FIELDS: readonly (readonly [name: string, kind: "bytes" | "integer"])[] = [
  ["parentHash", "bytes"],
  ["sha3Uncles", "bytes"],
  ["miner", "bytes"],
  ["stateRoot", "bytes"],
  ["transactionsRoot", "bytes"],
  ["receiptsRoot", "bytes"],
  ["logsBloom", "bytes"],
  ["difficulty", "integer"],
  ["number", "integer"],
  ["gasLimit", "integer"],
  ["gasUsed", "integer"],
  ["timestamp", "integer"],
  ["extraData", "bytes"],
  ["mixHash", "bytes"],
  ["nonce", "bytes"],
  ["baseFeePerGas", "integer"],
  ["withdrawalsRoot", "bytes"],
  ["blobGasUsed", "integer"],
  ["excessBlobGas", "integer"],
  ["parentBeaconBlockRoot", "bytes"],
  ["requestsHash", "bytes"],
];

/** A chain with fields of its own gets another hash, which whoever uses this compares. */
function headerOf(
  block: Readonly<Record<string, unknown>>,
  bytes: (value: unknown, what: string) => string,
  integer: (value: unknown, what: string) => bigint,
): string {
  const items = FIELDS.filter(([name], at) => at < 15 || (block[name] ?? undefined) !== undefined).map(
    ([name, kind]) =>
      kind === "bytes"
        ? hexToBytes(bytes(block[name], `block's ${name}`).slice(2))
        : bytesOfInteger(integer(block[name], `block's ${name}`)),
  );
  return hexText(encodeRlp(items));
}
