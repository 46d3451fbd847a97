import { addressKeyOfAny } from "./distinct.js";
import { reserveError } from "./reserveError.js";
import { placeOf, type ReserveFile } from "./reserveFile.js";

/**
 * Compares the files of several exchanges, or several of one: no address stands in two. (One exchange lists its addresses
 * anew for every epoch: that is no fault.) Keys are the same on all chains of the EVM, so addresses are compared without
 * their chain.
 * @throws MarginproofError RESERVES_CLAIMED naming address and both files
 */
export function assertNotClaimedTwice(
  files: readonly { readonly path: string; readonly file: ReserveFile }[],
): void {
  const claims = new Map<string, { readonly path: string; readonly file: ReserveFile }[]>();
  for (const own of files) {
    const { exchange, epoch, addresses } = own.file;
    const keys = new Map(addresses.map((entry) => [`${entry.kind} ${addressKeyOfAny(entry)}`, entry]));
    for (const [key, entry] of keys) {
      const earlier = claims.get(key) ?? [];
      const other = earlier.find(({ file }) => file.exchange !== exchange || file.epoch === epoch);
      if (other !== undefined) {
        const [first, second] = [other, own].map(({ path, file }) => `${file.exchange} (${path})`);
        throw reserveError("RESERVES_CLAIMED", placeOf(entry), `${first} and ${second} both claim it`);
      }
      claims.set(key, [...earlier, own]);
    }
  }
}
