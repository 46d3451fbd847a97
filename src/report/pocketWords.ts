import { pocketTitle } from "../protocol/pocket.js";
import type { AccountReport, PocketReport } from "./accountReport.js";

/** What a holder has to do that no file can: know their own pockets. */
export const COMPARE_POCKETS: readonly string[] = [
  "Compare with the pockets you have: one that is missing here is not shown to be counted,",
  "and two of yours in one would cover for each other. Ask the exchange about either.",
];

const POSITION_MODES = {
  net: "Positions are net: your long and short of one contract in a pocket count as one. If you have both, ask the exchange.",
  hedge:
    "Hedge mode: long and short of a contract that has sides stand beside each other, both margined. Of the others they count as one.",
} as const;

/** How a holder's positions were counted, where there are any. */
export const positionsCounted = ({ positionMode }: Pick<AccountReport, "positionMode">): string[] =>
  positionMode === null ? [] : [POSITION_MODES[positionMode]];

/** Which pockets a file shows. */
export function pocketsShown(pockets: readonly PocketReport[]): string {
  const titles = pockets.map(({ pocket }) => pocketTitle(pocket));
  return titles.length === 1
    ? `The file shows 1 pocket, and it is counted: ${titles[0]}.`
    : `The file shows ${titles.length} pockets, each counted by itself: ${titles.join(", ")}.`;
}

/** The pockets that don't cover their maintenance requirement; undefined when all do. */
export function pocketsBelow(pockets: readonly PocketReport[]): string | undefined {
  const below = pockets.filter(({ health }) => health !== "sound");
  if (below.length === 0) return undefined;
  const named = below.map(
    ({ pocket, health }) => `${pocketTitle(pocket)}${health === "bankrupt" ? " (bankrupt)" : ""}`,
  );
  return `${below.length} of ${pockets.length} below maintenance: ${named.join(", ")}. No other pocket stands in.`;
}
