import {
  absolute,
  compare,
  type Decimal,
  decimal,
  decimalText,
  multiply,
  subtract,
} from "../decimal/decimal.js";
import { instantOf, NANOSECONDS } from "../protocol/instant.js";
import { PRICE_DECIMALS } from "./fields.js";
import { exactMedian, roundHalfEven } from "./median.js";
import type { PriceBounds, PricePolicy } from "./policy.js";
import { priceError, signerPlace } from "./priceError.js";
import type { Observation } from "./priceFile.js";

/** An observation and the known signer that made it. */
export interface SignedObservation extends Observation {
  readonly signer: PricePolicy["signers"][number];
}

/** Attested price of one instrument. `observations` says how many distinct signers it is the median of. */
export interface MedianPrice {
  readonly instrument: string;
  /** Quote currency per unit of quantity, at most 18 digits after the point. */
  readonly price: string;
  /** Median of the index prices, where there are any. */
  readonly index?: string | undefined;
  readonly observations: number;
}

/**
 * The attested price of one instrument from one observation per signer.
 *
 * @param epoch nanoseconds since 1970
 * @throws MarginproofError PRICES_INSTRUMENT_MISSING, PRICES_FUTURE, PRICES_STALE, PRICES_NO_QUORUM,
 * PRICES_OUTLYING, PRICES_ROUNDING, PRICES_INDEX_MISSING, PRICES_INDEX_DISTANCE
 */
export function instrumentPrice(
  instrument: string,
  observations: readonly SignedObservation[],
  policy: PricePolicy,
  { decimals, maxIndexDistance, indexOptional }: PriceBounds,
  { epoch, indexed }: { readonly epoch: bigint; readonly indexed: boolean },
): MedianPrice {
  const where = `prices, ${instrument}`;
  if (observations.length === 0)
    throw priceError("PRICES_INSTRUMENT_MISSING", where, "no source gives a price");
  for (const observation of observations) assertTime(observation, policy, epoch);
  assertQuorum("PRICES_NO_QUORUM", where, "price", observations, policy);
  const median = exactMedian(observations.map(({ price }) => decimal(price)));
  for (const { price, signer } of observations)
    assertSpread("price", price, median, policy, signerPlace(signer.name, signer.address, instrument));
  const mark = roundHalfEven(median, decimals);
  if (!within(mark, median, policy.maxSpread))
    throw priceError(
      "PRICES_ROUNDING",
      where,
      `rounding ${decimalText(median)} to ${decimals} decimals moves it by more than ${policy.maxSpread}`,
      "allow more decimals in the policy, or for this instrument in its exceptions",
    );
  const price = decimalText(mark);
  const index = indexPrice(instrument, observations, policy, indexed && !indexOptional);
  if (index === undefined) return { instrument, price, observations: observations.length };
  if (!within(mark, index, maxIndexDistance))
    throw priceError(
      "PRICES_INDEX_DISTANCE",
      where,
      `the mark price ${price} is more than ${maxIndexDistance} away from the index ${decimalText(index)}`,
      "the mark price is dislocated: take a moment or sources at which it is not",
    );
  const rounded = decimalText(roundHalfEven(index, PRICE_DECIMALS));
  return { instrument, price, index: rounded, observations: observations.length };
}

/** Exact median of the index prices; undefined when there is none and none is required. */
function indexPrice(
  instrument: string,
  observations: readonly SignedObservation[],
  policy: PricePolicy,
  required: boolean,
): Decimal | undefined {
  const given = observations.filter(({ index }) => index !== undefined);
  if (given.length === 0 && !required) return undefined;
  assertQuorum("PRICES_INDEX_MISSING", `prices, ${instrument}`, "index", given, policy);
  const median = exactMedian(given.map(({ index }) => decimal(index!)));
  for (const { index, signer } of given)
    assertSpread("index", index!, median, policy, signerPlace(signer.name, signer.address, instrument));
  return median;
}

function assertTime(observation: SignedObservation, policy: PricePolicy, epoch: bigint): void {
  const { instrument, signer, time } = observation;
  const age = epoch - instantOf(time)!;
  if (age >= 0n && age <= BigInt(policy.maxAgeSeconds) * NANOSECONDS) return;
  const where = signerPlace(signer.name, signer.address, instrument);
  if (age < 0n) throw priceError("PRICES_FUTURE", where, `observed at ${time}, after the epoch`);
  throw priceError(
    "PRICES_STALE",
    where,
    `observed at ${time}, more than ${policy.maxAgeSeconds} s before the epoch`,
    "take a newer file of this source, or leave the file out if the quorum is met without it",
  );
}

function assertQuorum(
  code: "PRICES_NO_QUORUM" | "PRICES_INDEX_MISSING",
  where: string,
  what: string,
  given: readonly SignedObservation[],
  { quorum, signers }: PricePolicy,
): void {
  if (given.length >= quorum) return;
  const present = new Set(given.map(({ signer }) => signer.address));
  const absent = signers.filter(({ address }) => !present.has(address)).map(({ name }) => name);
  throw priceError(
    code,
    where,
    `${given.length} of ${quorum} signers give its ${what}; none from ${absent.join(", ")}`,
    "get files of more of the policy's signers",
  );
}

function assertSpread(
  what: string,
  value: string,
  median: Decimal,
  { maxSpread }: PricePolicy,
  where: string,
): void {
  if (within(decimal(value), median, maxSpread)) return;
  throw priceError(
    "PRICES_OUTLYING",
    where,
    `its ${what} ${value} is more than ${maxSpread} away from the median ${decimalText(median)}`,
    "look at why the source differs; leave the file out only if the quorum is met without it",
  );
}

/** |x - reference| <= ratio * |reference|, exactly. A reference of 0 admits only 0. */
export function within(x: Decimal, reference: Decimal, ratio: string): boolean {
  return compare(absolute(subtract(x, reference)), multiply(decimal(ratio), absolute(reference))) <= 0;
}
