import { parseStrictJson } from "../protocol/strictJson.js";
import { recoverAddress, SIGN_AGAIN } from "../signing/signature.js";
import { priceDigest } from "./digest.js";
import { priceError, signerPlace } from "./priceError.js";
import {
  MAX_PRICE_FILE_LENGTH,
  type PriceFile,
  parsePrices,
  priceFile,
  type UnsignedPrices,
} from "./priceFile.js";

/**
 * Checks a price file given as data and returns it in canonical form: its schema, no instrument twice, and that
 * `signer`'s key signed every field of it. Whether the signer is to be believed is for `medianPrices`.
 *
 * @throws MarginproofError PRICES_SCHEMA, PRICES_DUPLICATE_OBSERVATION, PRICES_SIGNATURE, PRICES_WRONG_SIGNER
 */
export function verifyPriceFile(json: unknown): PriceFile {
  const file = parsePrices(priceFile, json, "price file");
  assertNoDuplicates(file);
  const where = signerPlace(file.source, file.signer);
  const { address, problem } = recoverAddress(priceDigest(file), file.signature);
  if (problem !== undefined) throw priceError("PRICES_SIGNATURE", where, problem, SIGN_AGAIN);
  if (address !== file.signer)
    throw priceError(
      "PRICES_WRONG_SIGNER",
      where,
      `the signature is that of ${address}`,
      "the file was changed after it was signed, or signed with another key; fetch it again",
    );
  return file;
}

/** Reads a price file's text. @throws MarginproofError those of `parseStrictJson` and `verifyPriceFile` */
export function verifyPriceFileText(text: string): PriceFile {
  return verifyPriceFile(parseStrictJson(text, "price file", { maxLength: MAX_PRICE_FILE_LENGTH }));
}

/** @throws MarginproofError PRICES_DUPLICATE_OBSERVATION */
export function assertNoDuplicates(
  prices: Pick<UnsignedPrices, "source" | "signer" | "observations">,
  kind: "invalid" | "usage" = "invalid",
): void {
  const seen = new Set<string>();
  for (const { instrument } of prices.observations) {
    if (seen.has(instrument))
      throw priceError(
        "PRICES_DUPLICATE_OBSERVATION",
        signerPlace(prices.source, prices.signer, instrument),
        "observed twice in one file",
        "the source has to sign one observation per instrument",
        kind,
      );
    seen.add(instrument);
  }
}
