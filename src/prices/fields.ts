import { z } from "zod";
import { DECIMAL_PATTERN, decimal, decimalText } from "../decimal/decimal.js";
import { SYMBOL_PATTERN, SYMBOL_RULE } from "../market/namePatterns.js";
import { canonicalInstant, INSTANT_RULE, instantOf } from "../protocol/instant.js";
import { checksumAddress, isAddress } from "../signing/address.js";

/** Fields that price files, policies and evidence share. Parsing puts each into its one canonical text, once it is valid. */

/** Fraction digits of a decimal, and the scale of signed prices: `price * 10^18` is always an integer. */
export const PRICE_DECIMALS = 18;

/** At most 21 + 18 digits, in quotes. */
export const signedDecimal = z
  .string()
  .max(41)
  .regex(DECIMAL_PATTERN, 'must be a plain decimal in quotes, for example "64123.5"')
  .refine((text) => !/^-0(\.0+)?$/.test(text), "must not be negative zero")
  .transform((text) => decimalText(decimal(text)));

/** A ratio from 0 to below 1: "0.02" is 2%. */
export const ratio = signedDecimal.refine(
  (text) => text === "0" || text.startsWith("0."),
  "must be a ratio from 0 to below 1",
);

export const instrumentName = z.string().regex(SYMBOL_PATTERN, SYMBOL_RULE);

export const sourceName = z
  .string()
  .regex(/^[!-~]([ -~]{0,78}[!-~])?$/, "must be 1 to 80 ASCII characters, trimmed");

export const address = z
  .string()
  .max(42)
  .refine(isAddress, "must be an address: 0x and 40 hex digits, lower-case or with a right EIP-55 checksum")
  .transform(checksumAddress);

export const instant = z
  .string()
  .max(30)
  .refine((text) => instantOf(text) !== undefined, INSTANT_RULE)
  .transform(canonicalInstant);

export const chainId = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
