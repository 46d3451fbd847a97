import type { AccountsFacts } from "../accounts/index.js";
import { type Market, marketSuspects } from "../market/index.js";

/** Fields named one by one. */
const NAMED = 5;

/** What looks wrong in the market file, for whoever is about to prove it. None when nothing does. */
export function suspectNotes(market: Market): string[] {
  const found = marketSuspects(market);
  const more = found.length > NAMED ? [`LOOKS WRONG: ${found.length - NAMED} more such fields`] : [];
  return [...found.slice(0, NAMED).map(({ text }) => `LOOKS WRONG: ${text}`), ...more];
}

/** What the accounts file left to its reader, so that nobody need wonder. None when it left nothing. */
export function readingNotes({ netted, split, settled }: AccountsFacts): string[] {
  const accounts = (count: number): string =>
    count === 1 ? "1 margin account has" : `${count} margin accounts have`;
  return [
    ...(netted === 0
      ? []
      : [
          `${accounts(netted)} rows of both signs of one contract: each counts as one position, as the market says (net)`,
        ]),
    ...(split === 0
      ? []
      : [`${accounts(split)} a contract in several leverages: each is margined from its first bracket on`]),
    ...(settled === 0
      ? []
      : [
          `${settled} position${settled === 1 ? " says" : "s say"} settled: they count at mark alone, and what they were entered at is for other rows to say`,
        ]),
  ];
}
