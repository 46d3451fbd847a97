import { bytesToHex } from "viem";
import { poseidonWords } from "../../scripts/contracts/poseidonData.js";
import type { TableEncoding } from "../../src/market/tableDigest.js";
import type { Anvil, Deployed } from "../support/anvil.js";

/** The registry and what it stands on. */
export interface Contracts {
  readonly verifier: Deployed;
  readonly poseidon: Deployed;
  readonly columns: Deployed;
}

/** Deploys the contracts, with the Poseidons that sponges of these lengths need. */
export async function deployHashes(anvil: Anvil, widths: readonly number[]): Promise<Contracts> {
  const verifier = await anvil.deploy("Groth16Verifier");
  const poseidon = await anvil.deploy("Poseidon");
  for (const width of widths)
    await anvil.send(poseidon, "addWidth", [BigInt(width), bytesToHex(poseidonWords(width))]);
  const columns = await anvil.deploy("TableColumns", [poseidon.address]);
  return { verifier, poseidon, columns };
}

/** Reads a whole table on chain, at most so many rows a transaction. @returns what it is kept under, and the gas of each call */
export async function readTable(
  anvil: Anvil,
  columns: Deployed,
  {
    digest,
    seed,
    rows,
    encoding,
    most = rows,
  }: {
    readonly digest: Uint8Array;
    readonly seed: Uint8Array;
    readonly rows: number;
    readonly encoding: TableEncoding;
    readonly most?: number;
  },
): Promise<{ readonly id: `0x${string}`; readonly gas: readonly bigint[] }> {
  const where = [bytesToHex(digest), bytesToHex(seed), BigInt(rows), BigInt(encoding.tail)] as const;
  const id = (await anvil.read(columns, "idOf", where)) as `0x${string}`;
  const gas: bigint[] = [];
  for (;;) {
    const { complete } = (await anvil.read(columns, "tableOf", [id])) as { complete: boolean };
    if (complete) return { id, gas };
    const { gasUsed } = await anvil.send(columns, "read", [
      ...where,
      bytesToHex(encoding.bytes),
      BigInt(most),
    ]);
    gas.push(gasUsed);
  }
}
