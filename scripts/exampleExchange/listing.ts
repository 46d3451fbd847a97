/** An underlying with weekly options: one strike every `gap` from `first` on. */
export interface Chain {
  readonly coin: "BTC" | "ETH";
  readonly first: number;
  readonly gap: number;
}

export const CHAINS: readonly Chain[] = [
  { coin: "BTC", first: 43_000, gap: 2000 },
  { coin: "ETH", first: 2150, gap: 100 },
];
const STRIKES = 18;

/** Fridays after the epoch. */
export const WEEKS = [
  { name: "27NOV26", expiry: "2026-11-27T08:00:00Z" },
  { name: "4DEC26", expiry: "2026-12-04T08:00:00Z" },
  { name: "11DEC26", expiry: "2026-12-11T08:00:00Z" },
  { name: "18DEC26", expiry: "2026-12-18T08:00:00Z" },
] as const;

export const strikesOf = ({ first, gap }: Chain): number[] =>
  Array.from({ length: STRIKES }, (_, k) => first + k * gap);

/** Symbols of all options, chain by chain. */
export const OPTIONS: readonly string[] = CHAINS.flatMap((chain) =>
  WEEKS.flatMap(({ name }) =>
    strikesOf(chain).flatMap((strike) => ["C", "P"].map((type) => `${chain.coin}-${name}-${strike}-${type}`)),
  ),
);
