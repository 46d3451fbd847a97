import { bytesToHex } from "../field/encoding.js";
import { MAX_QUANTITY } from "../protocol/constants.js";
import { CanonicalHash } from "./canonical.js";
import { stepsOf } from "./locate.js";
import { instrumentPath, marketError, Place } from "./marketError.js";
import { assetOf, type Market, type MarketInstrument } from "./marketFile.js";

/**
 * Secret rates of a market: docs/models/private.md. `privateBrackets` of an instrument are the quantities at which its
 * rates may rise; `privateRules` commits to the rates.
 * @throws MarginproofError MARKET_PRIVATE
 */
export function assertSecretRates(market: Market): void {
  let last: string | undefined;
  market.instruments.forEach((i, index) => {
    const path = instrumentPath(index, i.symbol);
    if (i.privateBrackets === undefined) {
      if (last === undefined) return;
      throw marketError("MARKET_PRIVATE", path, `stands after ${last}, whose rates are secret`, "secretLast");
    }
    last = i.symbol;
    const at = path.at("privateBrackets");
    if (assetOf(i) !== undefined)
      throw marketError("MARKET_PRIVATE", at, "only derivatives can have secret rates");
    if (i.maintenance !== undefined || i.initial !== undefined)
      throw marketError("MARKET_PRIVATE", at, "secret rates stand in place of maintenance and initial");
    const lows = i.privateBrackets.map((quantity) => stepsOf(quantity, i.quantityStep));
    lows.forEach((low, k) => {
      const before = lows[k - 1];
      if (low === undefined || low > MAX_QUANTITY)
        throw marketError("MARKET_PRIVATE", at.at(k), "is not a whole number of steps that can be held");
      if (k === 0 ? low !== 0n : low <= before!)
        throw marketError("MARKET_PRIVATE", at.at(k), "brackets begin at 0 and rise");
    });
  });
  if ((last === undefined) === (market.privateRules === undefined)) return;
  const problem =
    last === undefined ? "no instrument has secret rates" : `the rates of ${last} are not committed to`;
  throw marketError("MARKET_PRIVATE", Place.of("privateRules"), problem);
}

/** Where the brackets of an instrument with secret rates begin, in steps. */
export function privateLows(i: MarketInstrument): bigint[] {
  return i.privateBrackets!.map((quantity) => stepsOf(quantity, i.quantityStep)!);
}

/**
 * Names the secret rates of a market (its "rules commitment" wherever it is published): a digest of the commitments to them, and
 * of whose rates they are from which quantities on: with the kind, as only an option may name another notional than its price.
 * The same in every epoch, whatever the prices, unless a rate changed. Undefined when no rates are secret.
 */
export function secretRatesDigest(market: Market): string | undefined {
  if (market.privateRules === undefined) return undefined;
  const hash = new CanonicalHash();
  hash.text("marginproof/private-rules/1").integer(market.privateRules.rowsPerStep);
  hash.list(
    market.instruments.filter((i) => i.privateBrackets !== undefined),
    (i) => {
      hash.text(i.symbol).text(i.kind).text(i.quantityStep);
      hash.list(privateLows(i), (low) => void hash.integer(low));
    },
  );
  hash.list(market.privateRules.commitments, (commitment) => void hash.text(commitment));
  return `0x${bytesToHex(hash.digest())}`;
}
