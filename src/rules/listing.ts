import type { Faults } from "../errors.js";
import type { MarketJson } from "../market/schema.js";
import { type Amount, type ModelInstrument, Precise } from "../models/index.js";
import type { Decimal } from "../models/precise.js";
import { instantOf, NANOSECONDS } from "../protocol/instant.js";
import type { RuleBook, RulePath } from "./readRules.js";

export type InstrumentJson = MarketJson["instruments"][number];

/** An instrument of the rules: what the market file says of it before any model, and what models and stress need. */
export interface Listing {
  /** Where the rules state it. */
  readonly path: RulePath;
  readonly json: InstrumentJson;
  /** Undefined for the quote currency alone. */
  readonly underlying: string | undefined;
  /** Undefined for cash, settlements and assets of no model. */
  readonly model: string | undefined;
  /** Bracket table in place of the model's own. */
  readonly brackets: string | undefined;
  /** Underlying of the coin whose price one unit's value moves with besides its own: of options in coin, and of quanto. */
  readonly coin: string | undefined;
  /** What is revalued; undefined for the quote currency. */
  readonly instrument: ModelInstrument | undefined;
}

/** What comes of each rule of a list. Those that are refused are faults, and left out. */
export function eachOf<R, T>(faults: Faults, rules: readonly R[], list: (rule: R, k: number) => T): T[] {
  return rules.flatMap((rule, k) => faults.attempt(() => [list(rule, k)]) ?? []);
}

/** Price of an underlying. @throws MarginproofError RULES_REFERENCE, RULES_PRICES */
export function priceOf(book: RuleBook, underlying: string, path: RulePath): string {
  const { price } = underlyingOf(book, underlying, path);
  if (price !== undefined) return price;
  const hint = "give its price, or write prices: signed and build with price files";
  throw book.error("RULES_PRICES", ["underlyings", underlying], `${underlying} has no price`, hint);
}

export function underlyingOf(book: RuleBook, underlying: string, path: RulePath) {
  return lookUp(book, "underlyings", underlying, path);
}

type Tables = "underlyings" | "brackets" | "haircuts" | "borrow" | "models";

/** A named piece of the rules. @throws MarginproofError RULES_REFERENCE with the line that names it */
export function lookUp<T extends Tables>(
  book: RuleBook,
  table: T,
  name: string,
  path: RulePath,
): RuleBook["rules"][T][string] {
  const found: RuleBook["rules"][T] = book.rules[table];
  if (Object.hasOwn(found, name)) return found[name] as RuleBook["rules"][T][string];
  const known = Object.keys(found).slice(0, 8).join(", ");
  const hint = known === "" ? `the file lists no ${table}` : `${table} of the file: ${known}`;
  throw book.error("RULES_REFERENCE", path, `"${name}" is not one of the file's ${table}`, hint);
}

/** A price as a whole number of ticks, ties to even. */
export function inTicks(price: Decimal, tick: Amount): string {
  const size = new Precise(tick);
  return price.div(size).toDecimalPlaces(0, Precise.ROUND_HALF_EVEN).times(size).toFixed();
}

/**
 * Days between the epoch and an expiry, at 10 decimals (9 microseconds), ties to even. Both are whole seconds, so two
 * expiries never come out as one.
 */
export function daysBetween(time: string, expiry: string): Decimal {
  const seconds = (instantOf(expiry)! - instantOf(time)!) / NANOSECONDS;
  return new Precise(String(seconds)).div(86_400).toDecimalPlaces(10, Precise.ROUND_HALF_EVEN);
}
