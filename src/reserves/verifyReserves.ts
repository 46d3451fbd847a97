import { add, type Decimal, decimal, decimalText, ZERO } from "../decimal/decimal.js";
import { Faults } from "../errors.js";
import { recoverAddress } from "../signing/signature.js";
import { bitcoinScript } from "./bitcoin/address.js";
import { bitcoinProblem } from "./bitcoin/bip322.js";
import { assertDistinct } from "./distinct.js";
import { amountOf, type ChainState, chainState, coinOf, provenUnits } from "./evmState.js";
import { claimText, evmClaimDigest } from "./ownership.js";
import { reserveError } from "./reserveError.js";
import {
  type BitcoinEntry,
  type EvmEntry,
  placeOf,
  type ReserveEntry,
  type ReserveFile,
} from "./reserveFile.js";
import type { ReservePolicy, Standing } from "./reservePolicy.js";

/**
 * What contract wallets said of their signatures (ERC-1271), by chain and address as `placeOf` writes them. Those that
 * nobody asked are not in it.
 */
export type ContractAnswers = ReadonlyMap<string, ContractAnswer>;
/** `any`: it takes the same signature for something else too, so it shows nothing. */
export type ContractAnswer = "yes" | "no" | "any";

/** One balance of one address, and how well it is shown. */
export interface ReserveBalance {
  readonly chain: string;
  readonly address: string;
  readonly asset: string;
  readonly amount: string;
  readonly standing: Standing;
  /** Why it is not shown better; empty when it is proved. */
  readonly because: string;
}

/** Sums of one asset over all chains: one pool. */
export interface AssetReserve {
  readonly asset: string;
  readonly proved: Decimal;
  readonly signed: Decimal;
  readonly declared: Decimal;
}

export interface ReserveReport {
  readonly exchange: string;
  readonly epoch: string;
  readonly time: string;
  readonly blocks: readonly { readonly chainId: number; readonly block: string; readonly time: string }[];
  /** In the order of the file. */
  readonly balances: readonly ReserveBalance[];
  /** By name. */
  readonly assets: readonly AssetReserve[];
}

/**
 * Verifies a reserves file under an auditor's policy: every signature and every proof that it holds has to be right. What has
 * none counts as what it is.
 *
 * @param answers of contract wallets that were asked
 * @throws MarginproofError of kind `invalid`, the first of what is wrong, with the others: see docs/errors.md
 */
export function verifyReserves(
  file: ReserveFile,
  policy: ReservePolicy,
  answers: ContractAnswers = new Map(),
): ReserveReport {
  assertDistinct(file);
  const faults = new Faults();
  const states = new Map<number, ChainState>();
  for (const chain of file.chains) {
    const state = faults.attempt(() => chainState(file, chain, policy));
    if (state !== undefined) states.set(chain.chainId, state);
  }
  faults.throwAny();
  const balances = file.addresses.flatMap((entry) => {
    const owned = faults.attempt(() => ownership(file, entry, policy, answers));
    if (owned === undefined) return [];
    return faults.attempt(() => balancesOf(entry, owned, policy, states)) ?? [];
  });
  faults.throwAny();
  const { exchange, epoch, time } = file;
  const blocks = [...states.values()].map(({ policy: { chainId }, header }) => ({
    chainId,
    block: String(header.number),
    time: new Date(Number(header.timestamp) * 1000).toISOString(),
  }));
  return { exchange, epoch, time, blocks, balances, assets: sumsOf(balances) };
}

/** Empty when the exchange's key signed; else why that is not known. @throws MarginproofError when the signature is wrong */
function ownership(
  file: ReserveFile,
  entry: ReserveEntry,
  policy: ReservePolicy,
  answers: ContractAnswers,
): string {
  if (entry.kind === "other") return "nothing of this chain is checked here";
  if (entry.kind === "bitcoin") return bitcoinOwnership(file, entry, policy);
  return entry.ownership === undefined ? "not signed" : evmOwnership(file, entry, entry.ownership, answers);
}

function evmOwnership(
  { exchange, epoch }: ReserveFile,
  entry: EvmEntry,
  { kind, signature }: NonNullable<EvmEntry["ownership"]>,
  answers: ContractAnswers,
): string {
  const where = placeOf(entry);
  if (kind === "erc1271") {
    const answer = answers.get(where);
    if (answer === undefined) return "the contract was not asked about its signature (--rpc)";
    if (answer === "yes") return "";
    const problem =
      answer === "no"
        ? "the contract does not take the signature (ERC-1271)"
        : "the contract takes the signature for anything else too: anybody could claim it";
    throw reserveError("RESERVES_CONTRACT", where, problem);
  }
  const { address, chainId } = entry;
  const digest = evmClaimDigest(kind, { exchange, epoch, chainId, address });
  const found = recoverAddress(digest, signature);
  if (found.problem !== undefined) throw reserveError("RESERVES_SIGNATURE", where, found.problem);
  if (found.address === address) return "";
  const problem = `the signature over exchange, epoch, chain and address is that of ${found.address}`;
  throw reserveError("RESERVES_WRONG_SIGNER", where, problem);
}

function bitcoinOwnership(
  { exchange, epoch }: ReserveFile,
  entry: BitcoinEntry,
  { bitcoin }: ReservePolicy,
): string {
  const where = placeOf(entry);
  if (bitcoin === undefined) throw reserveError("RESERVES_CHAIN", where, "your policy does not name Bitcoin");
  const script = bitcoinScript(entry.address, bitcoin.network);
  if (script === undefined)
    throw reserveError("RESERVES_SCHEMA", where, `it is no address of Bitcoin's ${bitcoin.network}`);
  if (entry.ownership === undefined) return "not signed";
  const text = claimText({ exchange, epoch, chain: "bitcoin", address: entry.address });
  const problem = bitcoinProblem(text, script, entry.ownership.signature);
  if (problem === undefined) return "";
  throw reserveError("RESERVES_SIGNATURE", where, problem);
}

/** @param notOwned why it is not known whose the address is; empty when it is */
function balancesOf(
  entry: ReserveEntry,
  notOwned: string,
  policy: ReservePolicy,
  states: ReadonlyMap<number, ChainState>,
): ReserveBalance[] {
  const [chain, address] = placeOf(entry).split(" ") as [string, string];
  const shown = (asset: string, amount: string, unproved: string): ReserveBalance => {
    const standing = notOwned !== "" ? "declared" : unproved !== "" ? "signed" : "proved";
    return { chain, address, asset, amount, standing, because: notOwned === "" ? unproved : notOwned };
  };
  if (entry.kind === "other") return entry.balances.map(({ asset, amount }) => shown(asset, amount, ""));
  if (entry.kind === "bitcoin") {
    assertOutputs(entry);
    const unproved = entry.utxos === undefined ? "the amount is declared" : "the sum of a list of outputs";
    return [shown(policy.bitcoin!.asset, entry.amount, unproved)];
  }
  const { chainId, balances } = entry;
  return balances.map(({ asset, token, amount, proof }) => {
    const coin = coinOf(policy, chainId, { asset, token, amount, proof });
    const where = `${placeOf(entry)}, ${asset}`;
    if (proof === undefined) {
      const known = coin.token === undefined || coin.token.balances !== undefined;
      return shown(asset, amount, known ? "no proof of the amount" : "the token's layout is not a usual one");
    }
    const units = provenUnits(states.get(chainId), address, coin.token, proof, where);
    assertAmount(
      amount,
      { coefficient: amountOf(units, coin.decimals), scale: 18 },
      where,
      "the proof shows",
    );
    return shown(asset, amount, "");
  });
}

/** @throws MarginproofError RESERVES_AMOUNT */
function assertAmount(said: string, found: Decimal, where: string, shows: string): void {
  const text = decimalText(found);
  if (said !== text) throw reserveError("RESERVES_AMOUNT", where, `the file says ${said}, ${shows} ${text}`);
}

function assertOutputs({ utxos, amount, ...entry }: BitcoinEntry): void {
  if (utxos === undefined) return;
  const sum = utxos.map((one) => decimal(one.amount)).reduce(add);
  assertAmount(amount, sum, `bitcoin ${entry.address}`, "its outputs sum up to");
}

function sumsOf(balances: readonly ReserveBalance[]): AssetReserve[] {
  const sums = new Map<string, Record<Standing, Decimal>>();
  for (const { asset, amount, standing } of balances) {
    const own = sums.get(asset) ?? { proved: ZERO, signed: ZERO, declared: ZERO };
    own[standing] = add(own[standing], decimal(amount));
    sums.set(asset, own);
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([asset, sum]) => ({ asset, ...sum }));
}
