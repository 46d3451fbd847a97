import { add, type Decimal, decimal, larger, multiply, negate, ZERO } from "../decimal/decimal.js";
import { gainOfSide } from "../market/gain.js";
import type { MarketJson } from "../market/index.js";
import { notionalPrice } from "../market/requirement.js";

type Priced = Pick<MarketJson["instruments"][number], "markPrice" | "notionalPrice" | "scenarioGains">;

/** Two sums over the same instruments: what their open interest is charged in a group, and its notional. */
export interface GroupRate {
  readonly charge: Decimal;
  readonly notional: Decimal;
}

/**
 * What a scenario group charges the open interest when every contract is margined alone: sum of units * (worst loss of one
 * long + worst loss of one short), against the sum of units * notional. Quote currency; exact.
 */
export function groupRate(
  group: string,
  members: Iterable<readonly [instrument: Priced, units: Decimal]>,
): GroupRate {
  let [charge, notional] = [ZERO, ZERO];
  for (const [instrument, units] of members) {
    let [long, short] = [ZERO, ZERO];
    for (const gain of instrument.scenarioGains?.[group] ?? []) {
      long = larger(long, negate(decimal(gainOfSide(gain, "long"))));
      short = larger(short, negate(decimal(gainOfSide(gain, "short"))));
    }
    charge = add(charge, multiply(units, add(long, short)));
    notional = add(notional, multiply(units, notionalPrice(instrument)));
  }
  return { charge, notional };
}
