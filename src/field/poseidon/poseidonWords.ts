import { toBytes32 } from "../encoding.js";
import { poseidonSchedule } from "./poseidonSchedule.js";

/** The constants of a Poseidon's width as contracts/Poseidon.sol takes them: words of 32 bytes. */
export function poseidonWords(width: number): Uint8Array {
  const { openingConstants, partialConstants, closingConstants, mds, entry, recurrence, exit } =
    poseidonSchedule(width);
  const words = [
    openingConstants.flat(),
    partialConstants,
    closingConstants.flat(),
    mds.flat(),
    entry.flat(),
    recurrence,
    exit.flat(),
  ].flat();
  const bytes = new Uint8Array(32 * words.length);
  for (const [i, word] of words.entries()) bytes.set(toBytes32(word), 32 * i);
  return bytes;
}
