import { keccak256 } from "../field/keccak.js";
import { type TypedStructs, typedDataDigest } from "../signing/typedData.js";

/** Who claims which address, for which epoch: what an owner signs. Nothing of it may be another's. */
export interface Claim {
  readonly exchange: string;
  readonly epoch: string;
  /** `eip155:1` and the like for chains of the EVM, `bitcoin`. */
  readonly chain: string;
  /** As files write it: with EIP-55 checksum, bech32 in lower case. */
  readonly address: string;
}

const utf8 = new TextEncoder();

/** The text that is signed as a message (EIP-191, BIP-322). Names hold no line break, so no two claims share one. */
export function claimText({ exchange, epoch, chain, address }: Claim): string {
  return [
    "marginproof reserves 1",
    `exchange: ${exchange}`,
    `epoch: ${epoch}`,
    `chain: ${chain}`,
    `address: ${address}`,
    "The exchange holds this address, and what is on it, as its reserves of this epoch.",
  ].join("\n");
}

/** EIP-191, version 0x45: the 32 bytes that a wallet signs as `personal_sign`. */
function personalDigest(text: string): Uint8Array {
  const bytes = utf8.encode(text);
  return keccak256(utf8.encode(`\u0019Ethereum Signed Message:\n${bytes.length}`), bytes);
}

/** Domain of the typed data, beside the chain's id: no other signature of this project is a claim. */
const DOMAIN = { name: "marginproof reserves", version: "1" };

const CLAIM_TYPES = {
  EIP712Domain: [
    { name: "name", type: "string" },
    { name: "version", type: "string" },
    { name: "chainId", type: "uint256" },
  ],
  Reserve: [
    { name: "exchange", type: "string" },
    { name: "epoch", type: "string" },
    { name: "account", type: "address" },
  ],
} satisfies TypedStructs;

interface EvmClaim extends Omit<Claim, "chain"> {
  readonly chainId: number;
}

/** EIP-712: the 32 bytes that a wallet signs as `eth_signTypedData_v4`, and that ERC-1271 contracts are asked about. */
export function typedClaimDigest({ exchange, epoch, chainId, address }: EvmClaim): Uint8Array {
  const message = { exchange, epoch, account: address };
  return typedDataDigest(CLAIM_TYPES, { ...DOMAIN, chainId: BigInt(chainId) }, "Reserve", message);
}

/** The typed data as a wallet is asked for it. It is plain data. */
export function typedClaim({ exchange, epoch, chainId, address }: EvmClaim): object {
  return {
    types: CLAIM_TYPES,
    domain: { ...DOMAIN, chainId },
    primaryType: "Reserve",
    message: { exchange, epoch, account: address },
  };
}

/** The 32 bytes of a claim, in the form in which an EVM wallet signed it. */
export function evmClaimDigest(kind: "eip191" | "eip712" | "erc1271", claim: EvmClaim): Uint8Array {
  return kind === "eip191"
    ? personalDigest(claimText({ ...claim, chain: evmChain(claim.chainId) }))
    : typedClaimDigest(claim);
}

/** A chain of the EVM as claims and reports name it (CAIP-2). */
export const evmChain = (chainId: number): string => `eip155:${chainId}`;
