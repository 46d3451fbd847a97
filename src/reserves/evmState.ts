import { powerOfTen } from "../decimal/decimal.js";
import { hexToBytes } from "../field/encoding.js";
import { instantOf, NANOSECONDS } from "../protocol/instant.js";
import { provenAccount, provenTokenBalance } from "./evm/balances.js";
import { type BlockHeader, readHeader } from "./evm/header.js";
import { reading, reserveError } from "./reserveError.js";
import type { EvmEntry, ReserveFile } from "./reserveFile.js";
import type { ChainPolicy, ReservePolicy, TokenPolicy } from "./reservePolicy.js";

/** What a file shows of one chain, under the block that the policy names. */
export interface ChainState {
  readonly policy: ChainPolicy;
  readonly header: BlockHeader;
  /** Storage roots of tokens, by address. */
  readonly storageRoots: ReadonlyMap<string, Uint8Array>;
}

export type EvmBalance = EvmEntry["balances"][number];

export const bytesOf = (hex: string): Uint8Array => hexToBytes(hex.slice(2));
const nodesOf = (proof: readonly string[]): readonly Uint8Array[] => proof.map(bytesOf);

/**
 * Reads a chain's header and its tokens' accounts.
 * @throws MarginproofError RESERVES_CHAIN, RESERVES_HEADER, RESERVES_BLOCK_TIME, RESERVES_PROOF
 */
export function chainState(
  file: Pick<ReserveFile, "time">,
  { chainId, header, contracts }: ReserveFile["chains"][number],
  policy: ReservePolicy,
): ChainState {
  const where = `chain ${chainId}`;
  const own = chainPolicy(policy, chainId);
  const found = reading("RESERVES_HEADER", where, () => readHeader(bytesOf(header)));
  if (found.hash !== own.blockHash || found.number !== BigInt(own.block)) {
    const problem = `the file's block is ${found.number} (${found.hash}), the policy's ${own.block} (${own.blockHash})`;
    throw reserveError("RESERVES_HEADER", where, problem);
  }
  const seconds = instantOf(file.time)! / NANOSECONDS;
  const away = found.timestamp > seconds ? found.timestamp - seconds : seconds - found.timestamp;
  if (away > BigInt(policy.maxSecondsFromEpoch)) {
    const problem = `its block is ${away} seconds from the epoch's time ${file.time}, ${policy.maxSecondsFromEpoch} at most`;
    throw reserveError("RESERVES_BLOCK_TIME", where, problem);
  }
  const storageRoots = new Map(
    contracts.map(({ address, proof }) => {
      const place = `${where}, contract ${address}`;
      const account = reading("RESERVES_PROOF", place, () =>
        provenAccount(found.stateRoot, address, nodesOf(proof)),
      );
      if (account === undefined) throw reserveError("RESERVES_PROOF", place, "there is no such account");
      return [address, account.storageRoot] as const;
    }),
  );
  return { policy: own, header: found, storageRoots };
}

/** @throws MarginproofError RESERVES_CHAIN */
export function chainPolicy(policy: ReservePolicy, chainId: number): ChainPolicy {
  const own = policy.chains.find((one) => one.chainId === chainId);
  if (own === undefined)
    throw reserveError("RESERVES_CHAIN", `chain ${chainId}`, "your policy names no such chain");
  return own;
}

/** What the policy says of a balance's coin: its decimals, and for a token its layout. @throws MarginproofError */
export function coinOf(
  policy: ReservePolicy,
  chainId: number,
  { asset, token }: EvmBalance,
): { readonly decimals: number; readonly token?: TokenPolicy } {
  const where = `chain ${chainId}, ${token ?? "its own coin"}`;
  const wrongAsset = (is: string) =>
    reserveError("RESERVES_TOKEN", where, `the file calls it ${asset}, your policy ${is}`);
  if (token === undefined) {
    const { native, decimals } = chainPolicy(policy, chainId);
    if (native !== asset) throw wrongAsset(native);
    return { decimals };
  }
  const own = policy.tokens.find((one) => one.chainId === chainId && one.address === token);
  if (own === undefined)
    throw reserveError(
      "RESERVES_TOKEN",
      where,
      `the file calls it ${asset}, and your policy names no such token`,
    );
  if (own.asset !== asset) throw wrongAsset(own.asset);
  return { decimals: own.decimals, token: own };
}

/** What the state holds of a balance, in the coin's smallest unit. @throws MarginproofError RESERVES_PROOF, RESERVES_CHAIN */
export function provenUnits(
  state: ChainState | undefined,
  address: string,
  token: TokenPolicy | undefined,
  proof: readonly string[],
  where: string,
): bigint {
  const refuse = (problem: string) => reserveError("RESERVES_PROOF", where, problem);
  if (state === undefined) throw refuse("the file has no header of the chain");
  if (token === undefined) {
    const account = reading("RESERVES_PROOF", where, () =>
      provenAccount(state.header.stateRoot, address, nodesOf(proof)),
    );
    return account?.balance ?? 0n;
  }
  const root = state.storageRoots.get(token.address);
  if (root === undefined) throw refuse("the file does not prove the token's account");
  const layout = token.balances;
  if (layout === undefined)
    throw refuse("your policy does not say where the token keeps balances: such a proof shows nothing");
  return reading("RESERVES_PROOF", where, () => provenTokenBalance(root, layout, address, nodesOf(proof)));
}

/** Digits after the point that amounts have. */
const AMOUNT_DECIMALS = 18;

/** An amount in units of the coin, rounded down to 18 digits, as a coefficient at scale 18. */
export function amountOf(units: bigint, decimals: number): bigint {
  return decimals <= AMOUNT_DECIMALS
    ? units * powerOfTen(AMOUNT_DECIMALS - decimals)
    : units / powerOfTen(decimals - AMOUNT_DECIMALS);
}
