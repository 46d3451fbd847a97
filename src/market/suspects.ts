import { absolute, compare, decimal, decimalText, integer, multiply, ONE, ZERO } from "../decimal/decimal.js";
import type { ErrorPath } from "../errors.js";
import { instrumentPath, type Place } from "./marketError.js";
import type { Market, MarketInstrument, Requirement } from "./marketFile.js";

/** A field that is allowed and hardly meant: a percentage for a fraction, a fraction for money. */
export interface Suspect {
  readonly path: ErrorPath;
  /** The field, what it says and what it was to say. */
  readonly text: string;
}

const HUNDRED = integer(100n);
const HUNDREDTH = decimal("0.01");

/** `40 is 4000%: shares are fractions, and 40% is 0.4`. */
export function percentText(share: string): string {
  const of = (factor: typeof HUNDRED): string => decimalText(multiply(decimal(share), factor));
  return `${share} is ${of(HUNDRED)}%: shares are fractions, and ${share}% is ${of(HUNDREDTH)}`;
}

/** What looks wrong in a market, in the order of its instruments. None of it makes the market invalid. */
export function marketSuspects(market: Market): Suspect[] {
  return market.instruments.flatMap((i, index) => {
    const path = instrumentPath(index, i.symbol);
    return [...rateSuspects(i, path), ...gainSuspects(i, path)];
  });
}

/** Rates above 1 charge more than the whole notional. */
function rateSuspects(i: MarketInstrument, path: Place): Suspect[] {
  const rates: (readonly [Place, string | undefined])[] = [];
  const side = (rule: Requirement["long"], at: Place): void => {
    rule?.brackets?.forEach((tier, k) => void rates.push([at.at("brackets", k, "rate"), tier.rate]));
    rates.push([at.at("liquidationFeeRate"), rule?.liquidationFeeRate]);
  };
  for (const field of ["maintenance", "initial"] as const) {
    side(i[field], path.at(field));
    for (const own of ["long", "short"] as const) side(i[field]?.[own], path.at(field, own));
  }
  if (typeof i.borrowRate === "string") rates.push([path.at("borrowRate"), i.borrowRate]);
  else i.borrowRate?.forEach((tier, k) => void rates.push([path.at("borrowRate", k, "rate"), tier.rate]));
  return rates.flatMap(([at, rate]) =>
    rate !== undefined && compare(decimal(rate), ONE) > 0 ? [suspect(at, percentText(rate))] : [],
  );
}

/**
 * Stress gains none of which is above 1, of something that none of them moves by a hundredth: shares, in place of money.
 * Scenario gains may be that small: a roll charge is.
 */
function gainSuspects(i: MarketInstrument, path: Place): Suspect[] {
  // What is settled moves as its asset does.
  if (i.kind === "settlement") return [];
  const gains = i.stressGains ?? [];
  const price = absolute(decimal(i.markPrice));
  const sizes = gains.map((gain) => absolute(decimal(gain)));
  const first = sizes.findIndex((size) => compare(size, ZERO) > 0);
  const small = sizes.every((size) => compare(size, ONE) <= 0 && compare(multiply(size, HUNDRED), price) < 0);
  if (first < 0 || !small) return [];
  const gain = gains[first]!;
  const meant = decimalText(multiply(decimal(gain), price));
  const percent = decimalText(multiply(decimal(gain), HUNDRED));
  return [
    suspect(
      path.at("stressGains", first),
      `${gain} is next to nothing of the mark price ${i.markPrice}: gains are money a unit, and ${percent}% is ${meant}`,
    ),
  ];
}

const suspect = (place: Place, problem: string): Suspect => ({
  path: place.path,
  text: `${place}: ${problem}`,
});
