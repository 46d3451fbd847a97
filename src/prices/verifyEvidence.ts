import { DECIMAL_PATTERN, decimal, decimalText } from "../market/decimal.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import { type Evidence, evidenceFile, MAX_EVIDENCE_LENGTH } from "./evidenceFile.js";
import { type AttestedPrices, medianPrices } from "./medianPrices.js";
import { type PricePolicy, type PricePolicyJson, parsePolicy } from "./policy.js";
import { priceError } from "./priceError.js";
import { parsePrices } from "./priceFile.js";

/** Mark price (decimal text) per instrument of a market: those that must be attested. */
export type MarkPrices = Readonly<Record<string, string>>;

/**
 * Repeats everything, offline: that the evidence was made under this policy, every signature, every rule, every
 * median, and that each mark price is its instrument's median. The instruments are exactly those of `markPrices`.
 *
 * @param evidence data of a `marginproof/price-evidence/1` file
 * @param policy the verifier's own, with the epoch's time; never one out of the bundle
 * @throws MarginproofError PRICES_SCHEMA, PRICES_EVIDENCE_POLICY, the errors of `medianPrices`,
 * PRICES_EVIDENCE_DIFFERS, PRICES_MARK_PRICE
 */
export function verifyEvidence(
  evidence: unknown,
  markPrices: MarkPrices,
  policy: PricePolicyJson,
): AttestedPrices {
  const given = parsePrices(evidenceFile, evidence, "price evidence");
  const own = parsePolicy(policy);
  assertSamePolicy(given.policy, own);
  const instruments = Object.keys(markPrices);
  const repeated = medianPrices({ files: given.files, policy: own, instruments });
  assertSameMedians(given, repeated);
  if (JSON.stringify(evidence) !== repeated.text)
    throw priceError("PRICES_EVIDENCE_DIFFERS", "price evidence", "not in canonical form", REPEAT);
  const medians = new Map(repeated.medians.map((m) => [m.instrument, m.price]));
  for (const instrument of instruments)
    assertMark(instrument, markPrices[instrument]!, medians.get(instrument)!);
  return repeated;
}

/** Reads an evidence file's text, which must be canonical. Throws the errors of `parseStrictJson` too. */
export function verifyEvidenceText(
  text: string,
  markPrices: MarkPrices,
  policy: PricePolicyJson,
): AttestedPrices {
  const json = parseStrictJson(text, "price evidence", { maxLength: MAX_EVIDENCE_LENGTH });
  const repeated = verifyEvidence(json, markPrices, policy);
  if (text !== repeated.text)
    throw priceError("PRICES_EVIDENCE_DIFFERS", "price evidence", "not in canonical form", REPEAT);
  return repeated;
}

const REPEAT = "make the evidence again from the price files";

/** The evidence's policy must be the verifier's own, lists sorted like it. */
function assertSamePolicy(given: PricePolicy, own: PricePolicy): void {
  for (const field of Object.keys(own) as (keyof PricePolicy)[]) {
    if (JSON.stringify(given[field]) === JSON.stringify(own[field])) continue;
    throw priceError(
      "PRICES_EVIDENCE_POLICY",
      `price evidence, policy.${field}`,
      "not that of the policy to verify with",
      "compare the two: the prices may be honest, but were taken under other rules",
    );
  }
}

function assertSameMedians(given: Evidence, repeated: AttestedPrices): void {
  const differs = (instrument: string, problem: string) =>
    priceError("PRICES_EVIDENCE_DIFFERS", `price evidence, ${instrument}`, problem, REPEAT);
  const stated = new Map(given.medians.map((m) => [m.instrument, m]));
  for (const median of repeated.medians) {
    const found = stated.get(median.instrument);
    if (found === undefined) throw differs(median.instrument, "no median is stated");
    for (const field of ["price", "index", "observations"] as const)
      if (found[field] !== median[field])
        throw differs(
          median.instrument,
          `${field} is ${median[field] ?? "absent"}, not ${found[field] ?? "absent"} as stated`,
        );
    stated.delete(median.instrument);
  }
  for (const instrument of stated.keys())
    throw differs(instrument, "a median of no instrument of the market");
}

function assertMark(instrument: string, mark: string, median: string): void {
  if (DECIMAL_PATTERN.test(mark) && decimalText(decimal(mark)) === median) return;
  throw priceError(
    "PRICES_MARK_PRICE",
    `market, ${instrument}`,
    `its mark price is ${mark.slice(0, 60)}, the attested one ${median}`,
    "build the market from the attested prices",
  );
}
