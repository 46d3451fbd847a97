import { Decimal } from "decimal.js";
import { type ErrorPath, MarginproofError } from "../errors.js";

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

/** What an error is about: its path among a model's inputs, and the words for it. */
export interface Subject {
  readonly path: ErrorPath;
  readonly words: string;
}

/** A parameter of a model, called as in its rules. */
export const ofModel = (parameter: string, words = parameter): Subject => ({ path: [parameter], words });

/** An instrument; `rest` follows its symbol. */
export const ofInstrument = (symbol: string, rest = ""): Subject => ({
  path: ["instruments", symbol],
  words: symbol + rest,
});

/** Neither of these. */
export const unnamed = (words: string): Subject => ({ path: [], words });

/** The same subject, and more words. */
export const saying = ({ path, words }: Subject, rest: string): Subject => ({ path, words: words + rest });

/** An input that no figure can be computed from. `MODEL_INPUT` unless a more precise code is given. */
export function modelError(code: string, { path, words }: Subject, hint?: string): MarginproofError {
  return new MarginproofError(code, words, { path, ...(hint === undefined ? {} : { hint }) });
}

/** Reads decimal text. @throws MarginproofError MODEL_INPUT naming what it was meant to be */
export function amount(value: Amount, what: Subject): Decimal {
  if (typeof value !== "string") return new Precise(value);
  if (!AMOUNT.test(value)) {
    throw modelError(
      "MODEL_INPUT",
      saying(what, `: "${value.slice(0, 60)}" is not a plain decimal such as "-0.16"`),
    );
  }
  return new Precise(value);
}

/** The same, and refuses less than 0. */
export function nonNegativeAmount(value: Amount, what: Subject): Decimal {
  const x = amount(value, what);
  if (x.lt(0)) throw modelError("MODEL_INPUT", saying(what, `: ${x.toFixed()} must not be negative`));
  return x;
}

/** The same, and refuses 0 and less. */
export function positiveAmount(value: Amount, what: Subject): Decimal {
  const x = amount(value, what);
  if (x.lte(0)) throw modelError("MODEL_INPUT", saying(what, `: ${x.toFixed()} must be positive`));
  return x;
}
