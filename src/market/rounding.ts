import {
  absolute,
  ceilQuotient,
  compare,
  type Decimal,
  decimal,
  decimalText,
  floorQuotient,
  integer,
  multiply,
  subtract,
} from "../decimal/decimal.js";
import { RATE_SCALE } from "../protocol/constants.js";
import { marketError, type Place } from "./marketError.js";
import type { Market, MarketInstrument } from "./marketFile.js";

/**
 * Turns exact amounts of one instrument, in quote currency, into value units.
 * @throws MarginproofError VALUE_UNIT_TOO_COARSE
 */
export class ValueUnits {
  private readonly unit: Decimal;
  private readonly most: Decimal;

  constructor(
    private readonly market: Market,
    private readonly instrument: MarketInstrument,
    private readonly path: Place,
  ) {
    this.unit = decimal(market.valueUnit);
    this.most = decimal(market.maxRoundingError);
  }

  /** What one step is worth: never rounded, so that no debt can hide behind a price of nearly nothing. */
  price(value: Decimal): bigint {
    const units = floorQuotient(value, this.unit);
    if (compare(multiply(integer(units), this.unit), value) === 0) return units;
    const { valueUnit, quote } = this.market;
    throw marketError(
      "VALUE_UNIT_TOO_COARSE",
      this.path,
      `one step is worth ${decimalText(value)} ${quote}, not a whole number of value units of ${valueUnit}`,
      ["unit", this.market, this.instrument],
    );
  }

  /** Notional of one step for secret rates, in RATE_SCALE value units: never rounded, so that what they charge is not. */
  notional(value: Decimal): bigint {
    const units = this.price(value);
    if (units % RATE_SCALE === 0n) return units / RATE_SCALE;
    const { valueUnit, quote } = this.market;
    throw marketError(
      "VALUE_UNIT_TOO_COARSE",
      this.path,
      `its rates are secret, so the notional of a step must be a whole number of ${RATE_SCALE} value units of ${valueUnit}; it is ${decimalText(value)} ${quote}`,
      "secretNotional",
    );
  }

  /** Rounded down; refused when off by more than `maxRoundingError` of `scale`. */
  down(amount: Decimal, scale: Decimal): bigint {
    return this.within(floorQuotient(amount, this.unit), amount, scale);
  }

  /** Rounded up; refused when off by more than `maxRoundingError` of `scale`. */
  up(amount: Decimal, scale: Decimal): bigint {
    return this.within(ceilQuotient(amount, this.unit), amount, scale);
  }

  private within(rounded: bigint, amount: Decimal, scale: Decimal): bigint {
    const error = absolute(subtract(multiply(integer(rounded), this.unit), amount));
    if (compare(error, multiply(this.most, scale)) <= 0) return rounded;
    const { valueUnit, maxRoundingError, quote } = this.market;
    throw marketError(
      "VALUE_UNIT_TOO_COARSE",
      this.path,
      `rounding ${decimalText(amount)} ${quote} to value units of ${valueUnit} is off by more than ${maxRoundingError} of ${decimalText(scale)}`,
      ["rounding", this.market, this.instrument],
    );
  }
}
