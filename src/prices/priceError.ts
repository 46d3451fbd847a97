import { MarginproofError } from "../errors.js";
import { PRICE_STEPS } from "./nextSteps.js";

/** Prices, or evidence of prices, that are refused. `where` names signer and instrument. */
export function priceError(
  code: string,
  where: string,
  problem: string,
  hint?: string,
  kind: "invalid" | "usage" = "invalid",
): MarginproofError {
  const next = hint ?? PRICE_STEPS[code];
  return new MarginproofError(code, `${where}: ${problem}`, {
    kind,
    ...(next === undefined ? {} : { hint: next }),
  });
}

/**
 * Runs what holds prices to a policy of the reader's own: a fault in that policy (two of its names with holes speak of one
 * instrument, which shows only beside a market) is their mistake, and nothing against what they check.
 */
export function underOwnPolicy<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MarginproofError) || error.code !== "PRICES_POLICY") throw error;
    throw new MarginproofError(error.code, error.message, { ...error.options, kind: "usage" });
  }
}

/** `prices of Kaiko (0xAb..)`, or with an instrument `prices of Kaiko (0xAb..), BTC-PERP`. */
export function signerPlace(name: string, address: string, instrument?: string): string {
  return `prices of ${name} (${address})${instrument === undefined ? "" : `, ${instrument}`}`;
}

/** The file and its field, as in `price file, observations[3] (BTC-PERP).price`. */
export function fieldPlace(what: string, path: readonly PropertyKey[], json: unknown): string {
  let at: unknown = json;
  let text = "";
  for (const part of path) {
    at = typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[part] : undefined;
    if (typeof part !== "number") {
      text += `${text === "" ? "" : "."}${String(part).slice(0, 80)}`;
      continue;
    }
    text += `[${part}]`;
    const named = at as { instrument?: unknown; name?: unknown } | null | undefined;
    const label = named?.instrument ?? named?.name;
    if (typeof label === "string") text += ` (${label.slice(0, 64)})`;
  }
  return text === "" ? what : `${what}, ${text}`;
}
