import { compare, decimal, multiply, negate } from "../decimal/decimal.js";
import { marketError, type Place } from "./marketError.js";
import type { MarketInstrument } from "./marketFile.js";

/** Farthest that an inverse contract's price may be from the coin's: a basis is never that wide, a wrong size always. */
const FARTHEST = decimal("2");

/**
 * One contract of C is worth -C * index / price: that price must be about the index, or C is not what holders have.
 * @throws MarginproofError MARKET_PRICE_MISMATCH.
 */
export function assertInverseSize(
  { inverse, markPrice }: MarketInstrument,
  index: string,
  path: Place,
): void {
  const size = decimal(inverse!.contract);
  const worth = negate(decimal(markPrice));
  const near = compare(worth, multiply(size, FARTHEST)) <= 0 && compare(size, multiply(worth, FARTHEST)) <= 0;
  if (near && index !== "0") return;
  throw marketError(
    "MARKET_PRICE_MISMATCH",
    path.at("inverse"),
    `one contract of ${inverse!.contract} is not worth ${markPrice}`,
    "inverseSize",
  );
}
