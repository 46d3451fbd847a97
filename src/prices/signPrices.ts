import { MarginproofError } from "../errors.js";
import { addressOfPrivateKey, type PrivateKey, signDigest } from "../signing/signature.js";
import { priceDigest, type WalletRequest, walletRequestOf } from "./digest.js";
import {
  type PriceFile,
  parsePrices,
  type UnsignedPrices,
  type UnsignedPricesJson,
  unsignedPrices,
} from "./priceFile.js";
import { assertNoDuplicates } from "./verifyPriceFile.js";

/**
 * Signs prices with a key at hand; the same bytes as an EVM wallet would give for `priceTypedData(unsigned)`.
 * @throws MarginproofError PRICES_SCHEMA, PRICES_DUPLICATE_OBSERVATION, and PRICES_KEY when `signer` is not the key's
 * address
 *
 * @example signPrices({ format: PRICES_FORMAT, source, signer: addressOfPrivateKey(key), quote, observations }, key)
 */
export function signPrices(unsigned: UnsignedPricesJson, privateKey: PrivateKey): PriceFile {
  const prices = checked(unsigned);
  const address = addressOfPrivateKey(privateKey);
  if (address !== prices.signer)
    throw new MarginproofError(
      "PRICES_KEY",
      `prices of ${prices.source}: the key is that of ${address}, not of the signer ${prices.signer}`,
      { kind: "usage", hint: "sign with the signer's own key, or correct the field signer" },
    );
  return { ...prices, signature: signDigest(priceDigest(prices), privateKey) };
}

/**
 * The typed data to sign with `eth_signTypedData_v4` (or a library's `signTypedData`). The signature the wallet
 * gives back, put into the field `signature`, makes the price file.
 * @throws MarginproofError PRICES_SCHEMA, PRICES_DUPLICATE_OBSERVATION
 */
export function priceTypedData(unsigned: UnsignedPricesJson): WalletRequest {
  return walletRequestOf(checked(unsigned));
}

function checked(unsigned: UnsignedPricesJson): UnsignedPrices {
  const prices = parsePrices(unsignedPrices, unsigned, "unsigned prices", "usage");
  assertNoDuplicates(prices, "usage");
  return prices;
}
