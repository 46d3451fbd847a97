import {
  compare,
  DECIMAL_PATTERN,
  type Decimal,
  decimal,
  decimalText,
  floorQuotient,
  integer,
  multiply,
  powerOfTen,
} from "../decimal/decimal.js";

const FINEST = 18;

/** Whether a market file takes a computed price as it is: at most 18 decimals, and a step worth a whole number of value units. */
export function fitsUnits(price: Decimal, valueUnit: string, step: string): boolean {
  const [value, unit] = [multiply(price, decimal(step)), decimal(valueUnit)];
  const whole = multiply(integer(floorQuotient(value, unit)), unit);
  return compare(whole, value) === 0 && DECIMAL_PATTERN.test(decimalText(price));
}

/** valueUnit / step: a step of a price that is a whole number of these is worth one of value units. Undefined when it is no decimal. */
export function unitTick(valueUnit: string, step: string): string | undefined {
  const [unit, own] = [decimal(valueUnit), decimal(step)];
  const tick = {
    coefficient: floorQuotient(multiply(unit, integer(powerOfTen(FINEST))), own),
    scale: FINEST,
  };
  return compare(multiply(tick, own), unit) === 0 ? decimalText(tick) : undefined;
}
