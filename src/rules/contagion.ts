import {
  add,
  compare,
  type Decimal,
  decimal,
  integer,
  larger,
  multiply,
  ONE,
  quotientUp,
  smaller,
  subtract,
  ZERO,
} from "../decimal/decimal.js";
import type { MarketInstrument } from "../market/index.js";
import { FIGURE_DECIMALS } from "../models/modelTable.js";
import type { Listing } from "./listing.js";
import { listedBefore, openInterestNotional, type PreviousEpoch } from "./previousEpoch.js";
import type { ContagionRule } from "./rulesFile.js";

/** What the previous epoch's totals say of one underlying. Amounts in quote currency; shares from 0 to 1. */
export interface Crowding {
  readonly underlying: string;
  /** Notional of the proven open interest, one side, at the previous epoch's prices. */
  readonly openInterest: Decimal;
  /** The part of it whose longs (or whose shorts) lose together under one stress scenario. */
  readonly sameSided: Decimal;
  /** How far `sameSided` is from `low` to `high`. */
  readonly crowding: Decimal;
  /** 1 + cap * crowding * leverage: what every requirement of this underlying is multiplied by. */
  readonly factor: Decimal;
}

/** Sum of maintenance requirements / sum of positive equity, at most 1; rounded up at 18 decimals. */
export function systemLeverage({ maintenance, positiveEquity }: PreviousEpoch): Decimal {
  if (maintenance >= positiveEquity) return maintenance === 0n ? ZERO : ONE;
  return quotientUp(integer(maintenance), integer(positiveEquity), FIGURE_DECIMALS);
}

/**
 * Contagion factor of every underlying that lists a derivative: docs/models/dynamic.md. Never below 1, at most 1 + cap,
 * and never lower when the open interest of any instrument is higher.
 */
export function contagion(
  rule: ContagionRule,
  listings: readonly Listing[],
  previous: PreviousEpoch,
): Map<string, Crowding> {
  const leverage = systemLeverage(previous);
  const members = new Map<string, Notional[]>();
  for (const { underlying, json } of listings) {
    if (underlying === undefined || json.kind === "asset" || json.kind === "settlement") continue;
    const own = members.get(underlying) ?? [];
    members.set(underlying, own);
    const instrument = listedBefore(previous, json.symbol);
    if (instrument === undefined) continue;
    own.push({ instrument, notional: openInterestNotional(previous, json.symbol) });
  }
  return new Map(
    [...members].map(([underlying, notionals]) => {
      const { low, high } = Object.hasOwn(rule.underlyings, underlying)
        ? rule.underlyings[underlying]!
        : rule;
      const openInterest = notionals.reduce((sum, { notional }) => add(sum, notional), ZERO);
      const sameSided = largestSide(notionals, openInterest, previous.market.stress.length);
      const crowding = shareBetween(sameSided, decimal(low), decimal(high));
      const rise = multiply(multiply(decimal(rule.cap), crowding), leverage);
      const factor = quotientUp(add(ONE, rise), ONE, FIGURE_DECIMALS);
      return [underlying, { underlying, openInterest, sameSided, crowding, factor }];
    }),
  );
}

/** (x - low) / (high - low), held within 0 and 1, rounded up at 18 decimals. */
function shareBetween(x: Decimal, low: Decimal, high: Decimal): Decimal {
  const share = quotientUp(larger(ZERO, subtract(x, low)), subtract(high, low), FIGURE_DECIMALS);
  return smaller(ONE, share);
}

interface Notional {
  readonly instrument: MarketInstrument;
  readonly notional: Decimal;
}

/**
 * The largest sum of notionals whose gains under one stress scenario have one sign. An instrument that gains nothing in it
 * counts on both sides, since its profit is paid elsewhere; without stress scenarios everything, `total`, is on one.
 */
function largestSide(notionals: readonly Notional[], total: Decimal, scenarios: number): Decimal {
  const side = (z: number, sign: 1 | -1): Decimal =>
    notionals.reduce((sum, { instrument, notional }) => {
      const gain = compare(decimal(instrument.stressGains?.[z] ?? "0"), ZERO);
      return gain === 0 || gain === sign ? add(sum, notional) : sum;
    }, ZERO);
  if (scenarios === 0) return total;
  let largest = ZERO;
  for (let z = 0; z < scenarios; z++) largest = larger(largest, larger(side(z, 1), side(z, -1)));
  return largest;
}
