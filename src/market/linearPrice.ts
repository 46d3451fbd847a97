import {
  type Decimal,
  decimal,
  decimalText,
  halfEvenQuotient,
  multiply,
  powerOfTen,
} from "../decimal/decimal.js";

/** A linear contract: how many units of its price one is worth, and what its computed price is a whole number of. */
export interface LinearTerms {
  readonly multiplier: string;
  readonly tick?: string | undefined;
}

/**
 * Price of one linear contract in quote currency: multiplier * mark * settlement, exactly, or where it has a tick rounded to
 * whole ones, ties to even.
 *
 * @param mark the contract's price, in units of the asset that it settles in
 * @param settlement quote currency per unit of that asset
 */
export function linearPrice({ multiplier, tick }: LinearTerms, mark: Decimal, settlement: Decimal): Decimal {
  const exact = multiply(multiply(decimal(multiplier), mark), settlement);
  if (tick === undefined) return exact;
  const unit = decimal(tick);
  const ticks = halfEvenQuotient(
    exact.coefficient * powerOfTen(unit.scale),
    unit.coefficient * powerOfTen(exact.scale),
  );
  return decimal(decimalText(multiply({ coefficient: ticks, scale: 0 }, unit)));
}
