import { signDigest } from "../../signing/sign.js";
import { claimText, evmChain, evmClaimDigest, typedClaim } from "../ownership.js";
import { reserveError } from "../reserveError.js";
import type { EvmEntry } from "../reserveFile.js";
import type { AddressList, ListedAddress, ListedEvm } from "./addressList.js";

/** Private keys by the address that they are of. */
export type Keys = ReadonlyMap<string, string>;

/** What is signed elsewhere for one address: a text, and for chains of the EVM typed data too. */
interface ToSign {
  readonly chain: string;
  readonly address: string;
  /** For EIP-191 (`personal_sign`) or BIP-322. */
  readonly text: string;
  /** For `eth_signTypedData_v4`; its hash is what ERC-1271 contracts are asked about. */
  readonly typedData?: object;
}

/** What every address of the list that has no signature yet has to sign. */
export function messagesToSign({ exchange, epoch, addresses }: AddressList): ToSign[] {
  return addresses.flatMap((entry): ToSign[] => {
    if (entry.kind === "other" || entry.ownership !== undefined || entry.unsigned === true) return [];
    const { address } = entry;
    const chain = entry.kind === "evm" ? evmChain(entry.chainId) : "bitcoin";
    const text = claimText({ exchange, epoch, chain, address });
    if (entry.kind === "bitcoin") return [{ chain, address, text }];
    const typedData = typedClaim({ exchange, epoch, chainId: entry.chainId, address });
    return [{ chain, address, text, typedData }];
  });
}

/**
 * The signature of an address on a chain of the EVM: the list's, or one by its key.
 * @throws MarginproofError RESERVES_UNSIGNED
 */
export function evmSignature(
  { exchange, epoch }: AddressList,
  entry: ListedEvm,
  keys: Keys,
): EvmEntry["ownership"] {
  const { chainId, address, sign = "eip712", ownership } = entry;
  if (ownership !== undefined || entry.unsigned === true) return ownership;
  const key = keys.get(address);
  if (key === undefined) throw unsigned(entry);
  const digest = evmClaimDigest(sign, { exchange, epoch, chainId, address });
  return { kind: sign, signature: signDigest(digest, key) };
}

export function unsigned(entry: ListedAddress) {
  return reserveError("RESERVES_UNSIGNED", `address ${entry.address}`, "neither key nor signature", "usage");
}
