import { z } from "zod";
import { DECIMAL_PATTERN, decimal, decimalText } from "../decimal/decimal.js";
import {
  EPOCH_PATTERN,
  EPOCH_RULE,
  NAME_PATTERN,
  NAME_RULE,
  PIECE_PATTERN,
  PIECE_RULE,
  SYMBOL_PATTERN,
  SYMBOL_RULE,
} from "../market/namePatterns.js";
import { instantOf } from "../protocol/instant.js";

/** Fields of a rules file. Every scalar is text, exactly as written; decimals come out in canonical form. */
export const signed = z
  .string("must be a plain decimal")
  .regex(DECIMAL_PATTERN, "must be a plain decimal such as 12.5: no exponent, no sign +, no separators")
  .transform((text) => (DECIMAL_PATTERN.test(text) ? decimalText(decimal(text)) : text));
export const nonNegative = signed.refine((text) => !text.startsWith("-"), "must not be negative");
export const positive = nonNegative.refine((text) => text !== "0", "must be positive");
export const wholeNumber = z
  .string()
  .regex(/^(0|[1-9]\d{0,6})$/, "must be a whole number")
  .transform(Number);

/** Name of a table or model of this file. */
export const pieceName = z.string("must be a name").regex(PIECE_PATTERN, PIECE_RULE);
export const symbol = z.string("must be a symbol").regex(SYMBOL_PATTERN, SYMBOL_RULE);
export const epochName = z.string("must be a name").regex(EPOCH_PATTERN, EPOCH_RULE);
export const underlyingName = symbol.max(16, "must be at most 16 characters");
export const title = z.string("must be a name").regex(NAME_PATTERN, NAME_RULE);

/** A moment to the second, RFC 3339 in UTC, that really exists. */
export const moment = z
  .string("must be a moment")
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, "must be a moment in UTC such as 2026-11-23T08:00:00Z")
  .refine((text) => instantOf(text) !== undefined, "must be a real date");

/** As many tiers as a lane can have brackets. */
export const MOST_ROWS = 64;
export const TOO_MANY_ROWS = `must have at most ${MOST_ROWS} rows`;

/** `rate` on the part above `from` up to `to`, which may be left out and otherwise is where the next one begins. */
const rateRow = z.strictObject({ from: nonNegative, to: positive.optional(), rate: nonNegative });
export const rateRows = z.array(rateRow).min(1, "must have a row").max(MOST_ROWS, TOO_MANY_ROWS);
