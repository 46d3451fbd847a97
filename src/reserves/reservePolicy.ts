import { address, chainId, instrumentName } from "../prices/fields.js";
import { FILE_LIMITS } from "../protocol/fileLimits.js";
import { hex32 } from "../protocol/hexSchema.js";
import { firstIssue } from "../protocol/schemaWords.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import * as z from "../schema/index.js";
import { BITCOIN_NETWORKS } from "./bitcoin/address.js";
import { isSlot } from "./evm/slots.js";
import { reserveError } from "./reserveError.js";
import { MAX_CHAINS, MAX_TOKENS } from "./reserveFile.js";

/** Format of a reserve policy. */
const RESERVE_POLICY_FORMAT = "marginproof/reserve-policy/1";

const WEEK = 7 * 24 * 3600;

/** How well a reserve is shown, best first. */
const STANDINGS = ["proved", "signed", "declared"] as const;
export type Standing = (typeof STANDINGS)[number];

const standing = z.enum(STANDINGS);
const decimals = z.number().int().min(0).max(36);

const chain = z.strictObject({
  chainId,
  /** Asset that the chain's own coin is. */
  native: instrumentName,
  decimals: decimals.default(18),
  /** The block that balances are taken at, and its hash: from a node or explorer of the auditor's own. */
  block: z.number().int().min(0),
  blockHash: hex32,
});

const token = z.strictObject({
  chainId,
  address,
  asset: instrumentName,
  decimals,
  /** Left out where the token keeps its balances in no plain mapping: they then can't be proved here. */
  balances: z
    .strictObject({
      order: z.enum(["solidity", "vyper"]).default("solidity"),
      slot: z.string().refine(isSlot, 'must be a slot in quotes, as "2", or erc7201: and a namespace'),
      bits: z.number().int().min(64).max(256).default(256),
    })
    .optional(),
});

const reservePolicy = z.strictObject({
  format: z.literal(RESERVE_POLICY_FORMAT),
  /** How well every declared reserve has to be shown, in full. */
  require: standing,
  /** The same of single assets. */
  requireOf: z.record(instrumentName, standing).default({}),
  /** Blocks farther from the epoch's time, before or after, are refused. */
  maxSecondsFromEpoch: z.number().int().min(0).max(WEEK),
  chains: z.array(chain).max(MAX_CHAINS),
  tokens: z.array(token).max(MAX_TOKENS),
  bitcoin: z.strictObject({ asset: instrumentName, network: z.enum(BITCOIN_NETWORKS) }).optional(),
});

/** What an auditor takes from elsewhere, and never from the exchange: blocks, tokens, and where tokens keep balances. */
export type ReservePolicy = z.output<typeof reservePolicy>;
export type ReservePolicyJson = z.input<typeof reservePolicy>;
export type ChainPolicy = ReservePolicy["chains"][number];
export type TokenPolicy = ReservePolicy["tokens"][number];

/** @throws MarginproofError RESERVES_POLICY naming the field; a chain, block or token that stands twice */
export function parseReservePolicy(json: unknown): ReservePolicy {
  const wrong = (problem: string) => reserveError("RESERVES_POLICY", "reserve policy", problem, "usage");
  const parsed = reservePolicy.safeParse(json);
  if (!parsed.success) throw wrong(firstIssue(parsed.error).slice(0, 300));
  const { chains, tokens } = parsed.data;
  const assertDistinct = (what: string, values: readonly (string | number)[]): void => {
    const seen = new Set<string | number>();
    for (const value of values) {
      if (seen.has(value)) throw wrong(`${what} ${value} stands twice`);
      seen.add(value);
    }
  };
  assertDistinct(
    "the chain",
    chains.map((one) => one.chainId),
  );
  // One block under two ids would count its balances twice.
  assertDistinct(
    "the block",
    chains.map((one) => one.blockHash),
  );
  assertDistinct("the token", tokens.map(tokenKey));
  const foreign = tokens.find((one) => !chains.some((other) => other.chainId === one.chainId));
  if (foreign !== undefined) throw wrong(`the token ${tokenKey(foreign)} is on a chain that is not listed`);
  return parsed.data;
}

const tokenKey = (one: { readonly chainId: number; readonly address: string }): string =>
  `${one.address} of chain ${one.chainId}`;

/** Reads the text of the auditor's own policy. @throws MarginproofError RESERVES_POLICY, those of `parseStrictJson` */
export function parseReservePolicyText(text: string): ReservePolicy {
  const maxLength = FILE_LIMITS["reserve policy"];
  return parseReservePolicy(parseStrictJson(text, "reserve policy", { maxLength, kind: "usage" }));
}

/** How well the reserve of an asset has to be shown. */
export const requiredStanding = ({ require, requireOf }: ReservePolicy, asset: string): Standing =>
  Object.hasOwn(requireOf, asset) ? requireOf[asset]! : require;
