import { type Abi, type Address, type Hex, isAddress, keccak256, stringToHex, zeroHash } from "viem";
import { MarginproofError } from "../errors.js";
import { asked, type Chain, read } from "./connect.js";
import { compiled } from "./contracts.js";

/** States of an epoch as IEpochRegistry.Status counts them. */
const STATUSES = ["none", "open", "claimed", "final", "expired", "refuted"] as const;
export type EpochStatus = (typeof STATUSES)[number];

/** What a registry keeps of an epoch. Times in seconds since 1970, money in wei. */
export interface ChainEpoch {
  readonly status: EpochStatus;
  readonly deadline: bigint;
  readonly batches: number;
  readonly tableSteps: number;
  readonly done: number;
  readonly keySet: Hex;
  readonly seed: Hex;
  /** The statement digest. */
  readonly digest: Hex;
  /** Fewest stress places of its batches' circuits; rows of a table step; instruments of the statement. */
  readonly stress: number;
  readonly rows: number;
  readonly instruments: number;
  /** The state that its chain must end in. */
  readonly endState: bigint;
  /** Of a claim: the root of its steps, and the factors of its table. */
  readonly rest: Hex;
  readonly imfBp: number;
  readonly marginCallBp: number;
  /** Of a claim: demands without an answer, and until when there can be more. */
  readonly demands: number;
  readonly demandsEnd: bigint;
  readonly bond: bigint;
}

/** A registry on a chain. */
export interface Registry {
  readonly chain: Chain;
  readonly address: Address;
  readonly abi: Abi;
}

export const exchangeId = (name: string): Hex => keccak256(stringToHex(name));

/** @throws MarginproofError REGISTRY_ADDRESS when it is no address, or nothing is there; those of `read` */
export async function openRegistry(chain: Chain, address: string): Promise<Registry> {
  const wrong = (problem: string) =>
    new MarginproofError("REGISTRY_ADDRESS", `registry ${address}: ${problem}`, {
      kind: "usage",
      hint: "Compare address and chain with what the exchange says in public.",
    });
  if (!isAddress(address)) throw wrong("no address, or its letters' case is not its checksum's");
  const code = await asked(chain.url, () => chain.client.getCode({ address }));
  if (code === undefined || code === "0x") throw wrong(`nothing is there on chain ${chain.id}`);
  return { chain, address, abi: (await compiled("EpochRegistry")).abi };
}

/** What a registry says to a question of IEpochRegistry. */
export const ask = ({ chain, address, abi }: Registry, functionName: string, args: readonly unknown[]) =>
  read(chain, { address, abi, functionName, args });

export const epochId = (registry: Registry, exchange: string, epoch: string): Promise<Hex> =>
  ask(registry, "idOf", [exchangeId(exchange), epoch]) as Promise<Hex>;

/** An exchange's epoch, whatever became of it by now. */
export async function epochOf(registry: Registry, exchange: string, epoch: string): Promise<ChainEpoch> {
  const id = await epochId(registry, exchange, epoch);
  const kept = (await ask(registry, "epochOf", [id])) as Omit<ChainEpoch, "status"> & {
    readonly status: number;
  };
  return { ...kept, status: STATUSES[kept.status] ?? "none" };
}

/** Whether nobody published the epoch: nothing is kept of it. */
export const isUnknown = ({ status, digest }: ChainEpoch): boolean =>
  status === "none" || digest === zeroHash;
