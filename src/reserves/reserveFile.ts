import { address, chainId, instant, instrumentName } from "../prices/fields.js";
import { FILE_LIMITS } from "../protocol/fileLimits.js";
import { firstIssue } from "../protocol/schemaWords.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import * as z from "../schema/index.js";
import {
  amount,
  bitcoinAddress,
  bitcoinHolding,
  bitcoinOwnership,
  epochName,
  evmOwnership,
  exchangeName,
  headerBytes,
  otherAddress,
  otherChain,
  proofNodes,
} from "./fields.js";
import { reserveError } from "./reserveError.js";

/** Format of a reserves file. */
export const RESERVES_FORMAT = "marginproof/reserves/1";

const MAX_ADDRESSES = 65_536;
export const MAX_CHAINS = 64;
export const MAX_TOKENS = 4096;

const chain = z.strictObject({
  chainId,
  /** RLP of the block's header. */
  header: headerBytes,
  /** Accounts of the tokens whose balances are proved, under the header's state root. */
  contracts: z.array(z.strictObject({ address, proof: proofNodes })).max(MAX_TOKENS),
});

const evmEntry = z.strictObject({
  kind: z.literal("evm"),
  chainId,
  address,
  ownership: evmOwnership.optional(),
  balances: z
    .array(
      z.strictObject({
        asset: instrumentName,
        /** Contract of the token; left out for the chain's own coin. */
        token: address.optional(),
        amount,
        /** From the state root to the address, or from the token's storage root to its balance. */
        proof: proofNodes.optional(),
      }),
    )
    .min(1)
    .max(MAX_TOKENS),
});

const bitcoinEntry = z.strictObject({
  kind: z.literal("bitcoin"),
  address: bitcoinAddress,
  ownership: bitcoinOwnership.optional(),
  ...bitcoinHolding,
});

export const otherEntry = z.strictObject({
  kind: z.literal("other"),
  chain: otherChain,
  address: otherAddress,
  balances: z
    .array(z.strictObject({ asset: instrumentName, amount }))
    .min(1)
    .max(MAX_TOKENS),
});

const reserveFile = z.strictObject({
  format: z.literal(RESERVES_FORMAT),
  exchange: exchangeName,
  epoch: epochName,
  /** The epoch's. */
  time: instant,
  chains: z.array(chain).max(MAX_CHAINS),
  addresses: z
    .array(z.discriminatedUnion("kind", [evmEntry, bitcoinEntry, otherEntry]))
    .min(1)
    .max(MAX_ADDRESSES),
});

/** A reserves file in canonical form. Nothing of it is to be believed before `verifyReserves`. */
export type ReserveFile = z.output<typeof reserveFile>;
export type ReserveFileJson = z.input<typeof reserveFile>;
export type ReserveEntry = ReserveFile["addresses"][number];
export type EvmEntry = z.output<typeof evmEntry>;
export type BitcoinEntry = z.output<typeof bitcoinEntry>;

/** @throws MarginproofError RESERVES_SCHEMA naming the field */
export function parseReserves(json: unknown): ReserveFile {
  const parsed = reserveFile.safeParse(json);
  if (parsed.success) return parsed.data;
  throw reserveError("RESERVES_SCHEMA", "reserves file", firstIssue(parsed.error).slice(0, 300));
}

/** Reads a reserves file's text. @throws MarginproofError RESERVES_SCHEMA, those of `parseStrictJson` */
export function parseReservesText(text: string): ReserveFile {
  return parseReserves(parseStrictJson(text, "reserves file", { maxLength: FILE_LIMITS["reserves file"] }));
}

/** Chain of an entry as claims and reports name it. */
const chainOf = (entry: ReserveEntry): string =>
  entry.kind === "evm" ? `eip155:${entry.chainId}` : entry.kind === "bitcoin" ? "bitcoin" : entry.chain;

/** `eip155:1 0xAb..`, for messages. */
export const placeOf = (entry: ReserveEntry): string => `${chainOf(entry)} ${entry.address}`;
