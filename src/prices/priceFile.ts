import { MAX_INSTRUMENTS } from "../market/marketFile.js";
import { FILE_LIMITS } from "../protocol/fileLimits.js";
import { issueWords } from "../protocol/schemaWords.js";
import * as z from "../schema/index.js";
import { address, chainId, instant, instrumentName, signedDecimal, sourceName } from "./fields.js";
import { fieldPlace, priceError } from "./priceError.js";

/** Format of one source's signed prices. Any change to what is signed needs a new number. */
export const PRICES_FORMAT = "marginproof/prices/1";

/** Longest price file that is read, in characters. */
export const MAX_PRICE_FILE_LENGTH = FILE_LIMITS["price file"];

const observation = z.strictObject({
  instrument: instrumentName,
  /** Mark price: quote currency per unit of quantity. May be negative. */
  price: signedDecimal,
  /** Price of what underlies, for the same unit: quote currency per unit of quantity. */
  index: signedDecimal.optional(),
  /** When it was observed. */
  time: instant,
});

const unsignedFields = {
  format: z.literal(PRICES_FORMAT),
  /** The feed's name: what it covers and for whom, as far as instrument names alone don't say it. */
  source: sourceName,
  /** Address of the key that signs. */
  signer: address,
  /** Chain of the EIP-712 domain. Absent: the domain has no chain. */
  chainId: chainId.optional(),
  /** Currency of all prices. */
  quote: instrumentName,
  observations: z.array(observation).min(1, "must hold at least one price").max(MAX_INSTRUMENTS),
};

export const unsignedPrices = z.strictObject(unsignedFields);
/** The signature's form is looked at by `recoverAddress`, which says what is wrong with it. */
export const priceFile = z.strictObject({ ...unsignedFields, signature: z.string().max(200) });

/** What a price file may say: the type to write one with. */
export type PriceFileJson = z.input<typeof priceFile>;
/** A checked price file in canonical form. It is plain data and a valid `PriceFileJson`. */
export type PriceFile = z.output<typeof priceFile>;
export type UnsignedPricesJson = z.input<typeof unsignedPrices>;
export type UnsignedPrices = z.output<typeof unsignedPrices>;
export type Observation = PriceFile["observations"][number];

/**
 * Checks data against a schema and returns its canonical form.
 *
 * @param what what is read, for people
 * @param kind whose it is: `usage` for the reader's own, to correct
 * @throws MarginproofError PRICES_SCHEMA with the first bad field
 */
export function parsePrices<T extends z.AnySchema>(
  schema: T,
  json: unknown,
  what: string,
  kind: "invalid" | "usage" = "invalid",
): z.output<T> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issues = result.error.issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  const place = fieldPlace(what, issues[0]!.path, json);
  const hint = "see docs/prices.md for the format; all prices are decimals in quotes";
  throw priceError("PRICES_SCHEMA", place, `${issueWords(issues[0]!).slice(0, 300)}${more}`, hint, kind);
}
