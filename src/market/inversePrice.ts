import {
  compare,
  type Decimal,
  decimal,
  decimalText,
  halfEvenQuotient,
  multiply,
  powerOfTen,
} from "../decimal/decimal.js";

/** An inverse contract: its size in quote currency, and what its computed price is a whole number of. */
export interface InverseTerms {
  readonly contract: string;
  readonly tick: string;
}

/**
 * Price of one inverse contract in quote currency: -contract * index / mark, exactly when mark is the index, else
 * rounded to whole ticks, ties to even. A holder of one owes contract / mark coins, each worth the index.
 *
 * @param index price of the coin that the contract settles in; like `mark` in quote currency per coin, above 0
 */
export function inversePrice({ contract, tick }: InverseTerms, index: Decimal, mark: Decimal): string {
  const size = decimal(contract);
  if (compare(mark, index) === 0) return decimalText({ ...size, coefficient: -size.coefficient });
  const value = multiply(size, index);
  const unit = multiply(mark, decimal(tick));
  const ticks = halfEvenQuotient(
    value.coefficient * powerOfTen(unit.scale),
    unit.coefficient * powerOfTen(value.scale),
  );
  return decimalText(multiply({ coefficient: -ticks, scale: 0 }, decimal(tick)));
}
