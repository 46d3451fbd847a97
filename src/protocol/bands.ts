import { COUNT_BITS, COUNT_BOUND, INITIAL_SCALE } from "./constants.js";

/** What an account's equity covers, from nothing to everything: docs/protocol.md section 2. */
export const BANDS = ["bankrupt", "liquidation", "reduceOnly", "marginCall", "free"] as const;
export type Band = (typeof BANDS)[number];

/** For people. */
export const BAND_NAMES: Readonly<Record<Band, string>> = {
  bankrupt: "bankrupt",
  liquidation: "in liquidation",
  reduceOnly: "reduce only",
  marginCall: "in margin call",
  free: "free",
};

/** Accounts in each band. */
export type BandCounts = Readonly<Record<Band, bigint>>;

export const NO_ACCOUNTS: BandCounts = bandCounts(() => 0n);

/** What decides the band: value units; `initial` in 1/10000 of one. */
export interface Standing {
  readonly equity: bigint;
  readonly maintenance: bigint;
  readonly initial: bigint;
}

/** The band of an account, exact: no threshold is rounded. `marginCallBp` is in 1/10000 of the initial requirement. */
export function bandOf({ equity, maintenance, initial }: Standing, marginCallBp: bigint): Band {
  if (equity < 0n) return "bankrupt";
  if (equity < maintenance) return "liquidation";
  if (INITIAL_SCALE * equity < initial) return "reduceOnly";
  return INITIAL_SCALE * INITIAL_SCALE * equity < marginCallBp * initial ? "marginCall" : "free";
}

/**
 * How far the account is inside its band, as circuits/lib/band.circom has it: neither gap is negative in the account's
 * own band, and in every other band one is.
 */
export function bandGaps(
  { equity, maintenance, initial, band }: Standing & { readonly band: Band },
  marginCallBp: bigint,
): { readonly first: bigint; readonly second: bigint } {
  const overInitial = INITIAL_SCALE * equity - initial;
  const overMarginCall = INITIAL_SCALE * INITIAL_SCALE * equity - marginCallBp * initial;
  switch (band) {
    case "bankrupt":
      return { first: -1n - equity, second: maintenance - 1n - equity };
    case "liquidation":
      return { first: equity, second: maintenance - 1n - equity };
    case "reduceOnly":
      return { first: -overInitial - 1n, second: equity - maintenance };
    case "marginCall":
      return { first: overInitial, second: -overMarginCall - 1n };
    case "free":
      return { first: equity, second: overMarginCall };
  }
}

export function bandCounts(count: (band: Band) => bigint): BandCounts {
  return Object.fromEntries(BANDS.map((band) => [band, count(band)])) as Record<Band, bigint>;
}

/** `237 free, 0 in margin call, ...`: every band, best first. */
export const bandList = (counts: BandCounts): string =>
  [...BANDS]
    .reverse()
    .map((band) => `${counts[band]} ${BAND_NAMES[band]}`)
    .join(", ");

export const accountCount = (counts: BandCounts): bigint =>
  BANDS.reduce((sum, band) => sum + counts[band], 0n);

/** Accounts whose equity does not cover the maintenance requirement. */
export const belowMaintenance = ({ bankrupt, liquidation }: BandCounts): bigint => bankrupt + liquidation;

/**
 * All counts as the one number that the hidden state carries: 2^(32 * band) for every account.
 * @throws RangeError for a count that would reach into the next one
 */
export function packCounts(counts: BandCounts): bigint {
  return BANDS.reduce((packed, band, k) => {
    const count = counts[band];
    if (count < 0n || count >= COUNT_BOUND) throw new RangeError(`${count} accounts in band ${band}`);
    return packed + (count << BigInt(COUNT_BITS * k));
  }, 0n);
}
