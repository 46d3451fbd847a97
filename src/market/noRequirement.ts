import {
  absolute,
  add,
  compare,
  type Decimal,
  decimal,
  integer,
  larger,
  multiply,
  negate,
  smaller,
  ZERO,
} from "../decimal/decimal.js";
import { gainOfSide } from "./gain.js";
import { assetOf, isDerivative, type Market, type MarketInstrument, type Side } from "./marketFile.js";
import { laneBrackets } from "./requirement.js";

/** A derivative of which one side, or either, requires nothing. */
export interface NoRequirement {
  readonly symbol: string;
  readonly sides: readonly Side[];
}

/** Of each group, the one that it is a part of. */
type Parents = ReadonlyMap<string, string | undefined>;

/** What requires less than one part of so many of its mark price requires nothing: a rate of 1e-18 is no margin. */
const LEAST_SHARE = integer(10_000n);

/**
 * Derivatives that are held without margin, in market order: the first step of one requires nothing, or less than 0.01% of
 * its mark price. Whoever is long of an option worth 0 has nothing to lose, and is not listed. Secret rates nobody sees.
 */
export function withoutRequirement({ groups, instruments }: Market): NoRequirement[] {
  const parents: Parents = new Map(groups.map(({ name, within }) => [name, within]));
  return instruments.flatMap((i) => {
    if (!isDerivative(i) || i.privateBrackets !== undefined) return [];
    const sides = (["long", "short"] as const).filter((side) => isFree(parents, i, side));
    return sides.length === 0 ? [] : [{ symbol: i.symbol, sides }];
  });
}

function isFree(parents: Parents, i: MarketInstrument, side: Side): boolean {
  if (side === "long" && i.kind === "option" && i.markPrice === "0") return false;
  const step = decimal(i.quantityStep);
  const [first] = laneBrackets(i, side);
  const charge = groupGains(parents, i, side).reduce(
    (sum, gains) => add(sum, multiply(gains.map(negate).reduce(larger, ZERO), step)),
    first!.maintenance.perStep,
  );
  if (charge.coefficient === 0n) return true;
  return compare(multiply(charge, LEAST_SHARE), multiply(absolute(decimal(i.markPrice)), step)) < 0;
}

/**
 * What one unit held on a side gains in each scenario of each group that it is in; of a group's parts only what they lose
 * counts, with the group's own gains, which may outweigh it.
 */
function groupGains(parents: Parents, i: MarketInstrument, side: Side): Decimal[][] {
  const sums = new Map<string, Decimal[]>();
  for (const [name, gains] of Object.entries(i.scenarioGains ?? {})) {
    const parent = parents.get(name);
    const before = sums.get(parent ?? name);
    const own = gains.map((gain, s) => {
      const counted = decimal(gainOfSide(gain, side));
      const lost = parent === undefined ? counted : smaller(counted, ZERO);
      return add(before?.[s] ?? ZERO, lost);
    });
    sums.set(parent ?? name, own);
  }
  return [...sums.values()];
}

/** Assets that count for nothing, what is owed in them too: those whose price is 0. */
export function worthNothing({ instruments }: Market): string[] {
  const assets = instruments.filter((i) => i.markPrice === "0").map(assetOf);
  return [...new Set(assets.filter((asset) => asset !== undefined))];
}
