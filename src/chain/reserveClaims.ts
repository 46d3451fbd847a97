import { type Abi, type Address, encodeAbiParameters, type Hex, keccak256 } from "viem";
import { placeOf, type ReserveEntry, type ReserveFile } from "../reserves/reserveFile.js";
import { asked, read } from "./connect.js";
import { compiled } from "./contracts.js";
import { reserveClaimsAt } from "./deployPlan.js";
import { ask, exchangeId, type Registry } from "./registry.js";

/** A registry's contract of reserve addresses (ReserveClaims). */
export interface ReserveRegister {
  readonly registry: Registry;
  readonly address: Address;
  readonly abi: Abi;
  /** Whether it is on the chain yet. */
  readonly there: boolean;
}

/** An address of a reserves file, and other exchanges that claim it. */
export interface ClaimedElsewhere {
  readonly place: string;
  /** Names of exchanges of the registry, at most a few. */
  readonly by: readonly string[];
  /** Whether a signature of the address's key, or of its contract, says so; else a publisher's word alone. */
  readonly signed: boolean;
}

/** What a registry has of the addresses of a reserves file. */
export interface ClaimedAddresses {
  readonly where: string;
  readonly elsewhere: readonly ClaimedElsewhere[];
  /** Addresses signed for that this exchange's claim is not on chain of, though it could be. */
  readonly unclaimed: readonly string[];
  /** How many of its claims are there; of how many addresses no signature can be brought there. */
  readonly claimed: number;
  readonly unclaimable: number;
}

/** Exchanges of one address that are asked for at a time, and named at most. */
const CLAIMANTS = 4n;
/** Addresses that are asked for at a time. */
const CALLS = 8;

/** The one at the address that follows from the registry's: nobody can put another contract there. */
export async function reserveRegister(registry: Registry): Promise<ReserveRegister> {
  const { chain } = registry;
  const address = await reserveClaimsAt(registry.address);
  const code = await asked(chain.url, () => chain.client.getCode({ address }));
  const there = code !== undefined && code !== "0x";
  return { registry, address, abi: (await compiled("ReserveClaims")).abi, there };
}

/** What an entry's ownership claims on this chain: its key on all chains, its contract on this; undefined where neither can be shown here. */
export function claimedReserve(entry: ReserveEntry, chainId: number): Hex | undefined {
  if (entry.kind !== "evm" || entry.ownership === undefined) return undefined;
  const { ownership, address } = entry;
  if (ownership.kind !== "erc1271") return keyReserve(address);
  return entry.chainId === chainId ? contractReserve(address, chainId) : undefined;
}

const hashed = (types: readonly string[], values: readonly unknown[]): Hex =>
  keccak256(
    encodeAbiParameters(
      types.map((type) => ({ type })),
      values,
    ),
  );
const keyReserve = (address: string): Hex => hashed(["string", "address"], ["key", address]);
const contractReserve = (address: string, chainId: number): Hex =>
  hashed(["string", "uint256", "address"], ["contract", BigInt(chainId), address]);

/** What a publisher declares an address by: its chain and itself, as reserves files write them. */
export const toDeclare = (entry: ReserveEntry): Hex =>
  hashed(["string", "string"], placeOf(entry).split(" "));
export const declaredReserve = (entry: ReserveEntry): Hex =>
  hashed(["string", "bytes32"], ["declared", toDeclare(entry)]);

/**
 * Asks a registry who claims the addresses of a reserves file, whose signatures were verified apart.
 * @throws MarginproofError those of `read`
 */
export async function askClaimed(
  register: ReserveRegister,
  { exchange, addresses }: Pick<ReserveFile, "exchange" | "addresses">,
): Promise<ClaimedAddresses> {
  const { chain, address } = register.registry;
  const own = exchangeId(exchange);
  const elsewhere: ClaimedElsewhere[] = [];
  const unclaimed: string[] = [];
  let [claimed, unclaimable] = [0, 0];
  for (let from = 0; from < addresses.length; from += CALLS) {
    const some = addresses.slice(from, from + CALLS);
    const answers = await Promise.all(some.map((entry) => ofEntry(register, entry, own)));
    for (const [at, { others, isOwn, reserve }] of answers.entries()) {
      const place = placeOf(some[at]!);
      elsewhere.push(...others.map((other) => ({ place, ...other })));
      if (reserve === undefined) unclaimable += 1;
      else if (isOwn) claimed += 1;
      else unclaimed.push(place);
    }
  }
  return { where: `registry ${address} on chain ${chain.id}`, elsewhere, unclaimed, claimed, unclaimable };
}

async function ofEntry(register: ReserveRegister, entry: ReserveEntry, own: Hex) {
  const { id } = register.registry.chain;
  const reserve = claimedReserve(entry, id);
  // Also as what this exchange does not say it is: a key, or a contract of this chain, that signed for another.
  const signed =
    entry.kind !== "evm"
      ? []
      : [keyReserve(entry.address), ...(entry.chainId === id ? [contractReserve(entry.address, id)] : [])];
  const asked_ = [...signed, declaredReserve(entry)];
  const found = await Promise.all(asked_.map((one) => claimants(register, one)));
  const others = await Promise.all(
    found.map(async (exchanges, at) => ({
      by: await Promise.all(exchanges.filter((one) => one !== own).map((one) => nameOf(register, one))),
      signed: at < signed.length,
    })),
  );
  return {
    reserve,
    others: others.filter(({ by }) => by.length > 0),
    isOwn: reserve !== undefined && found[asked_.indexOf(reserve)]!.includes(own),
  };
}

/** The first exchanges that claim a reserve: with two of them at least one is another. */
async function claimants({ registry, address, abi, there }: ReserveRegister, reserve: Hex): Promise<Hex[]> {
  if (!there) return [];
  const args = [reserve, 0n, CLAIMANTS];
  const [some] = (await read(registry.chain, { address, abi, functionName: "claimantsOf", args })) as [
    readonly { readonly exchange: Hex }[],
    bigint,
  ];
  return some.map(({ exchange }) => exchange);
}

async function nameOf({ registry }: ReserveRegister, exchange: Hex): Promise<string> {
  const [name] = (await ask(registry, "exchangeOf", [exchange])) as readonly [string];
  return name;
}
