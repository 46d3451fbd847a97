import { sha256 } from "@noble/hashes/sha2.js";
import { bech32, bech32m, createBase58check } from "@scure/base";

/** What an address pays to. */
export interface BitcoinScript {
  readonly kind: "p2pkh" | "p2sh" | "p2wpkh" | "p2wsh" | "p2tr" | "other";
  /** The script itself: what outputs to the address hold. */
  readonly script: Uint8Array;
  /** Hash, or output key, that the script holds. */
  readonly program: Uint8Array;
}

export const BITCOIN_NETWORKS = ["mainnet", "testnet", "regtest"] as const;
export type BitcoinNetwork = (typeof BITCOIN_NETWORKS)[number];

/** First byte of base58 addresses for key and script hashes, and the human-readable part of the others. */
const PREFIXES: Readonly<Record<BitcoinNetwork, readonly [number, number, string]>> = {
  mainnet: [0x00, 0x05, "bc"],
  testnet: [0x6f, 0xc4, "tb"],
  regtest: [0x6f, 0xc4, "bcrt"],
};

const base58check = createBase58check(sha256);

/** Script of an address of this network in its one canonical text; undefined when it is none. */
export function bitcoinScript(address: string, network: BitcoinNetwork): BitcoinScript | undefined {
  if (address.length > 90) return undefined;
  const [keyHash, scriptHash, readable] = PREFIXES[network];
  try {
    if (address.startsWith(`${readable}1`)) return witnessScript(address, readable);
    const bytes = base58check.decode(address);
    const program = bytes.slice(1);
    if (program.length !== 20) return undefined;
    if (bytes[0] === keyHash)
      return { kind: "p2pkh", program, script: Uint8Array.of(0x76, 0xa9, 20, ...program, 0x88, 0xac) };
    if (bytes[0] === scriptHash)
      return { kind: "p2sh", program, script: Uint8Array.of(0xa9, 20, ...program, 0x87) };
    return undefined;
  } catch {
    return undefined;
  }
}

/** BIP-173 and BIP-350: version 0 by the first checksum, all others by the second. @throws Error of the decoder */
function witnessScript(address: string, readable: string): BitcoinScript | undefined {
  const text = address as `${string}1${string}`;
  const first = bech32.decodeUnsafe(text);
  const { prefix, words } = first ?? bech32m.decode(text);
  const [version = 32, ...data] = words;
  const program = bech32.fromWords(data);
  const { length } = program;
  if (prefix !== readable || version > 16 || (version === 0) !== (first !== undefined)) return undefined;
  if (length < 2 || length > 40 || (version === 0 && length !== 20 && length !== 32)) return undefined;
  const kind =
    version === 0 ? (length === 20 ? "p2wpkh" : "p2wsh") : version === 1 && length === 32 ? "p2tr" : "other";
  const opcode = version === 0 ? 0 : 0x50 + version;
  return { kind, program, script: Uint8Array.of(opcode, length, ...program) };
}
