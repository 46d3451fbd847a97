import { Decimal } from "decimal.js";
import { MarginproofError } from "../errors.js";

/** Significant digits of every intermediate figure of a margin model. */
const PRECISION = 50;

/**
 * Decimals of the margin models: 50 significant digits, ties to even. `exp`, `ln` and `pow` of decimal.js are computed
 * from integers, so two machines get the same digits; those of Math differ between engines and are never used.
 */
export const Precise = Decimal.clone({
  precision: PRECISION,
  rounding: Decimal.ROUND_HALF_EVEN,
  toExpNeg: -100,
  toExpPos: 100,
});

export type { Decimal };

/** Decimal text such as "-0.16"; numbers are not accepted, so that no float gets in. */
export type Amount = string | Decimal;

const AMOUNT = /^-?\d{1,40}(\.\d{1,60})?$/;

/** An input that no figure can be computed from. `MODEL_INPUT` unless a more precise code is given. */
export function modelError(code: string, problem: string, hint?: string): MarginproofError {
  return new MarginproofError(code, problem, hint === undefined ? {} : { hint });
}

/** Reads decimal text. @throws MarginproofError MODEL_INPUT naming what it was meant to be */
export function amount(value: Amount, what: string): Decimal {
  if (typeof value !== "string") return new Precise(value);
  if (!AMOUNT.test(value)) {
    throw modelError(
      "MODEL_INPUT",
      `${what}: "${value.slice(0, 60)}" is not a plain decimal such as "-0.16"`,
    );
  }
  return new Precise(value);
}

/** The same, and refuses less than 0. */
export function nonNegativeAmount(value: Amount, what: string): Decimal {
  const x = amount(value, what);
  if (x.lt(0)) throw modelError("MODEL_INPUT", `${what}: ${x.toFixed()} must not be negative`);
  return x;
}

/** The same, and refuses 0 and less. */
export function positiveAmount(value: Amount, what: string): Decimal {
  const x = amount(value, what);
  if (x.lte(0)) throw modelError("MODEL_INPUT", `${what}: ${x.toFixed()} must be positive`);
  return x;
}
