import type { Market } from "../../market/schema.js";
import { secretRatesDigest } from "../../market/secretRates.js";
import type { VerifyOptions } from "../options.js";
import type { Established } from "./established.js";
import { failure } from "./failure.js";

/**
 * The secret rates of a market, if any, and whether somebody compared them with the same of another epoch.
 * @throws MarginproofError RULES_COMMITMENT
 */
export function checkSecretRates(
  market: Market,
  { expectedRules, ownMarketText }: Pick<VerifyOptions, "expectedRules" | "ownMarketText">,
): Established<string> {
  const rates = secretRatesDigest(market) ?? "none";
  if (expectedRules !== undefined && rates !== expectedRules)
    throw failure(
      "RULES_COMMITMENT",
      `the rules commitment is ${rates}, you expect ${expectedRules}: a secret rule was changed`,
    );
  const compared =
    expectedRules !== undefined
      ? "as you expect"
      : ownMarketText === undefined
        ? "not checked against a pinned value"
        : "that of your own file";
  return {
    value: rates,
    detail: `rules commitment ${rates}, ${compared}: of rates and where they rise, not of the prices they apply to`,
  };
}

/** Whether an option has secret rates: they apply to its `notionalPrice`, which no commitment holds. */
export function hasSecretOptions({ instruments }: Market): boolean {
  return instruments.some((i) => i.kind === "option" && i.privateBrackets !== undefined);
}
