import { type Decimal, decimal, powerOfTen } from "../decimal/decimal.js";
import { instantOf } from "../protocol/instant.js";
import { type TypedStructs, typedDataDigest } from "../signing/typedData.js";
import { PRICE_DECIMALS } from "./fields.js";
import type { UnsignedPrices } from "./priceFile.js";

/** Domain of the EIP-712 digest. A file with a `chainId` has that in its domain too. */
const DOMAIN_NAME = "marginproof prices";
const DOMAIN_VERSION = "1";

const DOMAIN_FIELDS = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
];

/** What is signed. Prices are the decimal times 10^18, times are nanoseconds since 1970. */
export const PRICE_TYPES = {
  Prices: [
    { name: "source", type: "string" },
    { name: "signer", type: "address" },
    { name: "quote", type: "string" },
    { name: "observations", type: "Observation[]" },
  ],
  Observation: [
    { name: "instrument", type: "string" },
    { name: "price", type: "int256" },
    { name: "hasIndex", type: "bool" },
    { name: "index", type: "int256" },
    { name: "time", type: "uint64" },
  ],
} satisfies TypedStructs;

interface Parts {
  readonly types: TypedStructs;
  readonly domain: { readonly name: string; readonly version: string; readonly chainId?: bigint };
  readonly message: ReturnType<typeof messageOf>;
}

function partsOf(prices: UnsignedPrices): Parts {
  const chain = prices.chainId === undefined ? {} : { chainId: BigInt(prices.chainId) };
  const chainField = prices.chainId === undefined ? [] : [{ name: "chainId", type: "uint256" }];
  return {
    types: { EIP712Domain: [...DOMAIN_FIELDS, ...chainField], ...PRICE_TYPES },
    domain: { name: DOMAIN_NAME, version: DOMAIN_VERSION, ...chain },
    message: messageOf(prices),
  };
}

function messageOf(prices: UnsignedPrices) {
  const { source, signer, quote, observations } = prices;
  return {
    source,
    signer,
    quote,
    observations: observations.map(({ instrument, price, index, time }) => ({
      instrument,
      price: scaled(decimal(price)),
      hasIndex: index !== undefined,
      index: index === undefined ? 0n : scaled(decimal(index)),
      time: instantOf(time)!,
    })),
  };
}

/** The decimal times 10^18: exact and below 2^131, because a decimal has at most 21 + 18 digits. */
function scaled({ coefficient, scale }: Decimal): bigint {
  return coefficient * powerOfTen(PRICE_DECIMALS - scale);
}

/** The 32 bytes a source signs. `prices` must have been checked. */
export function priceDigest(prices: UnsignedPrices): Uint8Array {
  const { types, domain, message } = partsOf(prices);
  return typedDataDigest(types, { ...domain }, "Prices", message);
}

/** Argument of `eth_signTypedData_v4`: plain JSON with every integer but the chain's as decimal text. */
export interface WalletRequest {
  readonly types: TypedStructs;
  readonly primaryType: "Prices";
  readonly domain: { readonly name: string; readonly version: string; readonly chainId?: number };
  readonly message: Readonly<Record<string, unknown>>;
}

/** What to hand to a wallet so that it signs `priceDigest(prices)`. `prices` must have been checked. */
export function walletRequestOf(prices: UnsignedPrices): WalletRequest {
  const { types, domain, message } = partsOf(prices);
  const chain = prices.chainId === undefined ? {} : { chainId: prices.chainId };
  const plain = (_: string, value: unknown) => (typeof value === "bigint" ? value.toString() : value);
  return {
    types,
    primaryType: "Prices",
    domain: { name: domain.name, version: domain.version, ...chain },
    message: JSON.parse(JSON.stringify(message, plain)) as Record<string, unknown>,
  };
}
