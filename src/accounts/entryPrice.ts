import { type Decimal, decimalProblem, multiply, parseDecimal, subtract } from "../decimal/decimalText.js";
import { type Fault, show } from "./badRows.js";
import type { EntryTerms, Instrument } from "./instruments.js";

/** In place of an entry price: what the position was entered at is in rows of the settlement instrument. */
export const SETTLED = "settled";

/** Digits after the point to which the coins of an inverse contract are taken, rounded against the holder. */
const COIN_DIGITS = 40;

const compare = (a: Decimal, b: Decimal): number => {
  const { units } = subtract(a, b);
  return units < 0n ? -1 : units > 0n ? 1 : 0;
};
const absolute = ({ units, scale }: Decimal): Decimal => ({ units: units < 0n ? -units : units, scale });

/** a / b is within 1 / factor and factor; all above 0. */
function isNear(a: Decimal, b: Decimal, factor: Decimal): boolean {
  return compare(a, multiply(b, factor)) <= 0 && compare(b, multiply(a, factor)) <= 0;
}

/**
 * Why a text can't be the entry price of a position in a derivative, if it can't. In terms of its settlement asset, with F
 * the factor and M = mark price / multiplier / price of that asset:
 *
 *     linear            M / F to M * F; where the mark price is 0 or below, anything
 *     inverse           a price, like those that exchanges print: P / F to P * F, with P = size / |M|; or, below 0, the
 *                       coins -size / price that one contract was entered at: M * F to M / F
 *     option            above 0, at most F times the larger of M and its notional's price; without that, anything
 */
export function entryFault(text: string | undefined, instrument: Instrument): Fault | undefined {
  const { symbol, entry: terms } = instrument;
  if (text === undefined || text === "")
    return {
      kind: "is missing or empty, and the contract is held",
      about: symbol,
      reason: `is ${text === "" ? "empty" : "missing"}, and ${symbol} is held`,
      hint: GIVE,
    };
  const problem = decimalProblem(text);
  if (problem !== undefined)
    return {
      kind: problem,
      reason: `${show(text)} ${problem}`,
      hint: `Write digits with at most one point, or the word ${SETTLED}.`,
    };
  if (terms === undefined) return undefined;
  const price = parseDecimal(text);
  const mark = parseDecimal(terms.markPrice);
  if (mark.units <= 0n && isLinear(terms)) return undefined;
  if (price.units === 0n)
    return { kind: "is 0", about: symbol, reason: "is 0, which nothing is entered at", hint: GIVE };
  if (instrument.kind === "option") return optionFault(text, price, symbol, terms);
  return mark.units > 0n ? linearFault(text, price, symbol, terms) : inverseFault(text, price, symbol, terms);
}

/** Inverse contracts, worth less than 0, settle in a coin. */
const isLinear = ({ inQuote, size, multiplier }: EntryTerms): boolean =>
  size === undefined && (inQuote || multiplier !== undefined);

const GIVE = `Give the price the position was entered at. If its profit is in rows of your own, write the word ${SETTLED}.`;
const BELOW = "is below 0, and prices have no sign";
const CHECK = "Correct it; if prices moved that far, raise entryPriceFactor in the market file or the rules.";

function far(text: string, symbol: string, terms: EntryTerms, against: string): Fault {
  const kind = `is more than ${terms.factor} times away from the mark price`;
  const reason = `${show(text)} is more than ${terms.factor} times away from ${against}`;
  return { kind, about: symbol, reason, hint: CHECK };
}

function linearFault(text: string, price: Decimal, symbol: string, terms: EntryTerms): Fault | undefined {
  if (price.units < 0n)
    return {
      kind: BELOW,
      about: symbol,
      reason: `${show(text)} is below 0, and ${symbol} is worth ${terms.markPrice}`,
      hint: "The quantity says which side a position is on: write the price without a sign.",
    };
  const [mark, factor] = [terms.markPrice, terms.factor].map(parseDecimal);
  if (isNear(worthAt(price, terms), mark!, factor!)) return undefined;
  return far(text, symbol, terms, `${symbol}'s mark price ${terms.markPrice}${over(terms)}`);
}

/** Of one contract at a price, in quote currency. */
const worthAt = (price: Decimal, { multiplier = "1", settlementPrice }: EntryTerms): Decimal =>
  multiply(multiply(price, parseDecimal(multiplier)), parseDecimal(settlementPrice));

function over({ inQuote, settlementPrice, multiplier }: EntryTerms): string {
  const parts = [
    ...(multiplier === undefined ? [] : [`its multiplier ${multiplier}`]),
    ...(inQuote ? [] : [`that of its settlement asset, ${settlementPrice}`]),
  ];
  return parts.length === 0 ? "" : ` over ${parts.join(" and ")}`;
}

function optionFault(text: string, price: Decimal, symbol: string, terms: EntryTerms): Fault | undefined {
  if (price.units < 0n)
    return {
      kind: BELOW,
      about: symbol,
      reason: `${show(text)} is below 0, and ${symbol} is an option`,
      hint: "A premium has no sign.",
    };
  if (terms.notionalPrice === undefined) return undefined;
  const [mark, notional] = [terms.markPrice, terms.notionalPrice].map(parseDecimal);
  const largest = compare(mark!, notional!) > 0 ? mark! : notional!;
  const most = multiply(largest, parseDecimal(terms.factor));
  if (compare(worthAt(price, terms), most) <= 0) return undefined;
  return far(text, symbol, terms, `the price ${terms.notionalPrice} of ${symbol}'s notional${over(terms)}`);
}

/** A price of the coin where the market states the size; else only the coins that one contract was entered at. */
function inverseFault(text: string, price: Decimal, symbol: string, terms: EntryTerms): Fault | undefined {
  const [asset, factor] = [terms.settlementPrice, terms.factor].map(parseDecimal);
  const mark = absolute(parseDecimal(terms.markPrice));
  const size = absolute(price);
  const asCoins = isNear(multiply(size, asset!), mark, factor!);
  const own = terms.size === undefined ? undefined : parseDecimal(terms.size);
  const asPrice = own !== undefined && isNear(multiply(size, mark), multiply(own, asset!), factor!);
  if (price.units < 0n ? asCoins : asPrice) return undefined;
  if (price.units < 0n && asPrice)
    return {
      kind: BELOW,
      about: symbol,
      reason: `${show(text)} is a price of ${symbol} with a minus`,
      hint: "Write the price without a sign.",
    };
  if (price.units > 0n && asCoins)
    return {
      kind: "is an amount of coins without its minus",
      about: symbol,
      reason: `${show(text)} is an amount of coins for ${symbol} without its minus`,
      hint: `Write ${own === undefined ? "" : "the price that was paid, or "}the coins with a minus: whoever is long of one owes them.`,
    };
  if (own === undefined)
    return {
      kind: "is not the coins that a contract of unknown size was entered at",
      about: symbol,
      reason: `${show(text)} is not the coins, with a minus, that one ${symbol} was entered at`,
      hint: "For prices as exchanges print them, state the contract's size in the market file (inverse) or the rules.",
    };
  const priced = `${symbol}'s mark price (${terms.size} over the coins that one is worth)`;
  return far(text, symbol, terms, priced);
}

/** Cash of a position entered at a price that `entryFault` has no fault with, in units of its settlement asset. */
export function entryCash({ step, entry: terms }: Instrument, steps: bigint, entryPrice: string): Decimal {
  const quantity = { units: steps * step.units, scale: step.scale };
  const price = parseDecimal(entryPrice);
  if (terms?.size === undefined || price.units < 0n) {
    const paid = multiply(multiply(quantity, price), parseDecimal(terms?.multiplier ?? "1"));
    return { units: -paid.units, scale: paid.scale };
  }
  const value = multiply(quantity, parseDecimal(terms.size));
  const numerator = value.units * 10n ** BigInt(price.scale + COIN_DIGITS);
  const denominator = price.units * 10n ** BigInt(value.scale);
  const quotient = numerator / denominator;
  const down = numerator < 0n && numerator % denominator !== 0n ? 1n : 0n;
  return { units: quotient - down, scale: COIN_DIGITS };
}
