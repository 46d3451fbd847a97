import { reserveError } from "./reserveError.js";
import { placeOf, type ReserveEntry, type ReserveFile } from "./reserveFile.js";

/**
 * Assures that nothing in a file counts twice: no address, no balance of one, no output of Bitcoin, no chain.
 * @throws MarginproofError RESERVES_TWICE
 */
export function assertDistinct({ addresses, chains }: ReserveFile): void {
  const once = collector("reserves file");
  for (const { chainId, contracts } of chains) {
    once(`the chain ${chainId}`);
    for (const { address } of contracts) once(`the contract ${address} of chain ${chainId}`);
  }
  for (const entry of addresses) once(`the address ${placeOf(entry)}`, addressKey(entry));
  const read = new Set(addresses.filter(({ kind }) => kind !== "other").map(lowerCase));
  const named = collector("reserves file");
  for (const entry of addresses) {
    const of = (what: string): string => `${placeOf(entry)}: the balance ${what}`;
    if (entry.kind === "bitcoin")
      for (const { txid, vout } of entry.utxos ?? []) once(`the output ${txid}:${vout}`);
    else if (entry.kind === "evm")
      for (const { token } of entry.balances) once(of(token ?? "of the chain's own coin"));
    else {
      for (const { asset } of entry.balances) once(of(`of ${asset}`));
      // The same under the name of a chain that is read as such would count again, as declared.
      named(`the address ${entry.address}`, lowerCase(entry));
      if (read.has(lowerCase(entry)))
        throw reserveError("RESERVES_TWICE", "reserves file", `the address ${entry.address} is listed twice`);
    }
  }
}

const lowerCase = ({ address }: ReserveEntry): string => address.toLowerCase();

/** Chain and address, so that no other spelling is another address. */
function addressKey(entry: ReserveEntry): string {
  if (entry.kind === "evm") return `eip155:${entry.chainId} ${addressKeyOfAny(entry)}`;
  return entry.kind === "bitcoin" ? `bitcoin ${entry.address}` : `${entry.chain} ${addressKeyOfAny(entry)}`;
}

/** The address alone: one key has the same on all chains of the EVM. */
export const addressKeyOfAny = ({ kind, address }: ReserveEntry): string =>
  kind === "bitcoin" ? address : address.toLowerCase();

function collector(where: string): (what: string, key?: string) => void {
  const seen = new Set<string>();
  return (what, key = what) => {
    if (seen.has(key)) throw reserveError("RESERVES_TWICE", where, `${what} is listed twice`);
    seen.add(key);
  };
}
