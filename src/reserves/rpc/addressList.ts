import { address, chainId, instant } from "../../prices/fields.js";
import { FILE_LIMITS } from "../../protocol/fileLimits.js";
import { firstIssue } from "../../protocol/schemaWords.js";
import { parseStrictJson } from "../../protocol/strictJson.js";
import * as z from "../../schema/index.js";
import {
  bitcoinAddress,
  bitcoinHolding,
  bitcoinOwnership,
  epochName,
  evmOwnership,
  exchangeName,
} from "../fields.js";
import { reserveError } from "../reserveError.js";
import { otherEntry } from "../reserveFile.js";

/** Format of a list of addresses, from which an exchange makes its reserves file. */
const ADDRESSES_FORMAT = "marginproof/reserve-addresses/1";

const evm = z.strictObject({
  kind: z.literal("evm"),
  chainId,
  address,
  /** Form in which a key that is given signs. */
  sign: z.enum(["eip191", "eip712"]).optional(),
  /** A signature that was made elsewhere. */
  ownership: evmOwnership.optional(),
  /** True: the address goes in unsigned, and counts as declared. */
  unsigned: z.literal(true).optional(),
});

const bitcoin = z.strictObject({
  kind: z.literal("bitcoin"),
  address: bitcoinAddress,
  ownership: bitcoinOwnership.optional(),
  unsigned: z.literal(true).optional(),
  ...bitcoinHolding,
});

const addressList = z.strictObject({
  format: z.literal(ADDRESSES_FORMAT),
  exchange: exchangeName,
  epoch: epochName,
  time: instant,
  addresses: z
    .array(z.discriminatedUnion("kind", [evm, bitcoin, otherEntry]))
    .min(1)
    .max(65_536),
});

export type AddressList = z.output<typeof addressList>;
export type ListedAddress = AddressList["addresses"][number];
export type ListedEvm = z.output<typeof evm>;

/** @throws MarginproofError RESERVES_ADDRESSES naming the field */
export function parseAddressList(json: unknown): AddressList {
  const parsed = addressList.safeParse(json);
  if (parsed.success) return parsed.data;
  const problem = firstIssue(parsed.error).slice(0, 300);
  throw reserveError("RESERVES_ADDRESSES", "list of addresses", problem, "usage");
}

/** Reads the exchange's own list. @throws MarginproofError RESERVES_ADDRESSES, those of `parseStrictJson` */
export function parseAddressListText(text: string): AddressList {
  const maxLength = FILE_LIMITS["list of addresses"];
  return parseAddressList(parseStrictJson(text, "list of addresses", { maxLength, kind: "usage" }));
}
