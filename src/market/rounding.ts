import {
  absolute,
  compare,
  type Decimal,
  decimal,
  integer,
  larger,
  multiply,
  subtract,
  ZERO,
} from "./decimal.js";
import { marketError } from "./marketError.js";
import type { Market, MarketInstrument, Side } from "./marketFile.js";
import { notionalPerStep } from "./requirement.js";

/** Keeps the largest rounding error, in quote currency per step, of the entries of one lane. */
export class RoundingMeter {
  private largest: Decimal = ZERO;

  constructor(
    private readonly market: Market,
    private readonly instrument: MarketInstrument,
  ) {}

  /** Notes that `exact` (quote currency) became `rounded` value units; returns `rounded`. */
  note(rounded: bigint, exact: Decimal): bigint {
    const error = subtract(multiply(integer(rounded), decimal(this.market.valueUnit)), exact);
    this.largest = larger(this.largest, absolute(error));
    return rounded;
  }

  /** Throws VALUE_UNIT_TOO_COARSE when the error passes `maxRoundingError` of a step's value. */
  assertFine(side: Side, path: string): void {
    const { maxRoundingError, valueUnit, quote } = this.market;
    if (compare(this.largest, multiply(decimal(maxRoundingError), stepScale(this.instrument))) <= 0) return;
    throw marketError(
      "VALUE_UNIT_TOO_COARSE",
      path,
      `rounding one step of the ${side} side to value units of ${valueUnit} ${quote} is off by more than ${maxRoundingError} of its value`,
      "use a smaller valueUnit or a larger quantityStep, or state a larger maxRoundingError",
    );
  }
}

/**
 * What rounding is measured against: the most money that moves with one step, be it its value, its notional or
 * its gain in a scenario (an option far out of the money has a price near zero and a risk that is not).
 */
function stepScale(i: MarketInstrument): Decimal {
  const step = decimal(i.quantityStep);
  let scale = larger(absolute(multiply(step, decimal(i.markPrice))), notionalPerStep(i));
  for (const gain of [...Object.values(i.scenarioGains ?? {}).flat(), ...(i.stressGains ?? [])]) {
    scale = larger(scale, absolute(multiply(step, decimal(gain))));
  }
  return scale;
}
