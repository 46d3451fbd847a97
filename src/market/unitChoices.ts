import {
  compare,
  type Decimal,
  decimal,
  decimalText,
  floorQuotient,
  integer,
  multiply,
  ONE,
  powerOfTen,
} from "../decimal/decimal.js";
import { VALUE_BOUND } from "../protocol/constants.js";
import type { Market, MarketInstrument } from "./marketFile.js";
import { notionalPerStep } from "./requirement.js";
import { type RoundedLane, roundedLane } from "./roundedEntries.js";
import { fitsUnits, unitTick } from "./unitTick.js";

/** Decimals of a market file's figures. */
const FINEST = 18;

/** What a step of an instrument is worth in quote currency. */
const worthOf = (i: MarketInstrument): Decimal => multiply(decimal(i.quantityStep), decimal(i.markPrice));

/**
 * All that a price which is no whole number of value units can be mended by, with the figures: what to round the price to, a
 * larger step, or the unit that takes every price of the market and how much an account may be worth in it.
 */
export function unitChoices(market: Market, i: MarketInstrument): string {
  const tick = unitTick(market.valueUnit, i.quantityStep);
  const step = largerStep(market, i);
  const choices = [
    ...(tick === undefined ? [] : [`a mark price that is a multiple of ${tick}`]),
    ...(step === undefined ? [] : [`a quantityStep of ${step}`]),
    ...unitChoice(market, priceDecimals(market)),
  ];
  return choices.length === 0 ? "give the price fewer decimals" : `choose one: ${choices.join("; ")}`;
}

/** The same of a rate or gain that rounding moves too far: the larger step, or the unit that is fine enough for all of them. */
export function roundingChoices(market: Market, i: MarketInstrument): string {
  const steps = TENS.find((k) => isEnough(market, i, decimal(market.valueUnit), integer(powerOfTen(k))));
  const decimals = roundingDecimals(market);
  const choices = [
    ...(steps === undefined ? [] : [`a quantityStep of ${timesTen(i.quantityStep, steps)}`]),
    ...(decimals === undefined ? [] : unitChoice(market, Math.max(decimals, priceDecimals(market)))),
    "a larger maxRoundingError, up to 0.001",
  ];
  return `choose one: ${choices.join("; ")}`;
}

/** Whether rounding by a unit is too little to matter for an instrument whose steps are so many times as large. */
function isEnough({ maxRoundingError }: Market, i: MarketInstrument, unit: Decimal, times: Decimal): boolean {
  return compare(unit, multiply(decimal(maxRoundingError), multiply(notionalPerStep(i), times))) <= 0;
}

// Every instrument may be refused, and each would look at all: once a market is enough.
const decimalsOfRounding = new WeakMap<Market, { readonly needed: number | undefined }>();

/** Decimals of a unit that rounds nothing in the market too far; undefined when none is fine enough. */
function roundingDecimals(market: Market): number | undefined {
  const known = decimalsOfRounding.get(market);
  if (known !== undefined) return known.needed;
  const rounded = market.instruments.filter(
    (i) =>
      notionalPerStep(i).coefficient > 0n && SIDES.some((side) => isRounded(roundedLane(market, i, side))),
  );
  const needed = TENS.find((k) =>
    rounded.every((i) => isEnough(market, i, { coefficient: 1n, scale: k }, ONE)),
  );
  decimalsOfRounding.set(market, { needed });
  return needed;
}

const SIDES = ["long", "short"] as const;
const TENS = Array.from({ length: FINEST }, (_, k) => k + 1);

const isRounded = ({ brackets, groups, stress }: RoundedLane): boolean =>
  groups.length > 0 || stress > 0n || brackets.some((bracket) => Object.values(bracket).some((x) => x > 0n));

/**
 * A decimal value unit, and how much an account may be worth in it; none where it has too many decimals, or where the market has
 * tiers for more: those would be refused for a unit that is too fine.
 */
function unitChoice(market: Market, scale: number): string[] {
  if (scale > FINEST) return [];
  const unit = { coefficient: 1n, scale };
  const most = floorQuotient(multiply(integer(VALUE_BOUND), unit), ONE);
  if (market.instruments.some((i) => floorsOf(i).some((floor) => compare(decimal(floor), integer(most)) > 0)))
    return [];
  return [
    `valueUnit ${decimalText(unit)}, in which no account may be worth more than ${most} ${market.quote}`,
  ];
}

/** Where the tiers of an instrument begin, in quote currency. */
function floorsOf({ maintenance, initial, haircut, borrowRate }: MarketInstrument): string[] {
  const sides = [maintenance, initial].flatMap((rule) => [rule, rule?.long, rule?.short]);
  const brackets = sides.flatMap((side) => side?.brackets ?? []).map(({ notionalFloor }) => notionalFloor);
  const owed = typeof borrowRate === "object" ? borrowRate : [];
  return [...brackets, ...[...(haircut ?? []), ...owed].map(({ valueFloor }) => valueFloor)];
}

const timesTen = (step: string, k: number): string =>
  decimalText(multiply(decimal(step), integer(powerOfTen(k))));

function largerStep(
  { valueUnit }: Market,
  { quantityStep, markPrice }: MarketInstrument,
): string | undefined {
  const k = TENS.find((tens) => fitsUnits(decimal(markPrice), valueUnit, timesTen(quantityStep, tens)));
  return k === undefined ? undefined : timesTen(quantityStep, k);
}

const decimalsOfPrices = new WeakMap<Market, number>();

/** Decimals of the coarsest unit of which every price of the market is a whole number. */
function priceDecimals(market: Market): number {
  const scale =
    decimalsOfPrices.get(market) ?? Math.max(...market.instruments.map((i) => decimalsOf(worthOf(i))));
  decimalsOfPrices.set(market, scale);
  return scale;
}

const decimalsOf = (x: Decimal): number => decimalText(x).split(".")[1]?.length ?? 0;
