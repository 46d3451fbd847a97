import { SHOWN_NAMES, shortList } from "../protocol/shortList.js";
import {
  INSTRUMENTS_STATED,
  NOT_PROVED,
  PRICES_STATED,
  type PriceStanding,
  RULES_STATED,
} from "./verdict.js";

const PRICES_ATTESTED =
  "that the prices are the market's: the bundle itself names who signed them, and no list of yours was compared " +
  "(--price-policy)";
const PRICES_PINNED =
  "that the signers on your price policy are independent and right, and that none of them was left out";

/** Under a price policy of the verifier's own an option's notional counts at a signed price. */
const RULES_PINNED =
  "that brackets, haircuts, scenarios and margin factors are fair: compare them with the rules";

/**
 * `NOT_PROVED`, with what the signed prices leave open in place of what the exchange's word does.
 *
 * @param modelled the options that no signer prices
 */
export function signedLines(prices: PriceStanding, modelled: readonly string[]): readonly string[] {
  if (prices === "stated") return NOT_PROVED;
  const open = prices === "pinned" ? PRICES_PINNED : PRICES_ATTESTED;
  const options = `that these options are priced fairly, which no signer prices: ${unpricedList(modelled)}`;
  const instead = modelled.length === 0 ? [open] : [open, options];
  return NOT_PROVED.flatMap((line) => {
    // The verifier's own policy says what each instrument is.
    if (line === INSTRUMENTS_STATED && prices === "pinned") return [];
    if (line === RULES_STATED && prices === "pinned") return [RULES_PINNED];
    return line === PRICES_STATED ? instead : [line];
  });
}

/** Names of options that nobody prices, and where a reader finds those that are not named here. */
export function unpricedList(modelled: readonly string[]): string {
  return `${shortList(modelled)}${modelled.length > SHOWN_NAMES ? " (--json lists them all as unpriced)" : ""}`;
}
