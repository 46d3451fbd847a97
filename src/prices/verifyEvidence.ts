import { bytesToHex } from "../field/encoding.js";
import { keccak256 } from "../field/keccak.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import { EVIDENCE_FORMAT, type Evidence, evidenceFile, MAX_EVIDENCE_LENGTH } from "./evidenceFile.js";
import { instant } from "./fields.js";
import type { MedianPrice } from "./instrumentPrice.js";
import { mediansOf, verifyFiles } from "./medianPrices.js";
import { type PricePolicy, parsePolicy } from "./policy.js";
import { priceError, underOwnPolicy } from "./priceError.js";
import { type PriceFile, parsePrices } from "./priceFile.js";

/** Evidence that was repeated. */
export interface RepeatedEvidence {
  /** Those that it was held to: the verifier's own if there is one, then the evidence's. */
  readonly policies: readonly [PricePolicy, ...PricePolicy[]];
  readonly files: readonly PriceFile[];
  readonly medians: readonly MedianPrice[];
}

/** keccak256 of an evidence text, as a market file names it: `0x` and 64 hex digits. */
export function evidenceDigest(text: string): string {
  return `0x${bytesToHex(keccak256(new TextEncoder().encode(text)))}`;
}

/**
 * Reads an evidence file, without any check of what it says.
 * @throws MarginproofError PRICES_SCHEMA, those of `parseStrictJson`
 */
export function parseEvidence(text: string): Evidence {
  const json = parseStrictJson(text, "price evidence", { maxLength: MAX_EVIDENCE_LENGTH });
  return parsePrices(evidenceFile, json, "price evidence");
}

/**
 * Repeats an evidence file offline: every signature, every bound, every median, under its own policy and under the
 * verifier's if there is one. One text only is accepted for the same files, policy and instruments.
 *
 * @param time the epoch's, RFC 3339 in UTC
 * @param own the verifier's policy; never one out of the bundle
 * @throws MarginproofError PRICES_EVIDENCE_TIME, PRICES_EVIDENCE_DIFFERS, PRICES_NO_EVIDENCE, and the errors of
 * `parseEvidence` and `medianPrices`
 */
export function repeatEvidence(text: string, time: string, own?: PricePolicy): RepeatedEvidence {
  const given = parseEvidence(text);
  const epoch = parsePrices(instant, time, "time of the epoch");
  if (given.time !== epoch)
    throw priceError(
      "PRICES_EVIDENCE_TIME",
      "price evidence",
      `made for ${given.time}, not for ${epoch}`,
      REPEAT,
    );
  const files = verifyFiles(given.files);
  const instruments = given.medians.map(({ instrument }) => instrument);
  const repeat = (policy: PricePolicy): MedianPrice[] => {
    const medians = mediansOf(files, policy, { time, instruments });
    assertSameMedians(given, medians);
    return medians;
  };
  if (own !== undefined) underOwnPolicy(() => repeat(own));
  const policy = parsePolicy(given.policy, "price evidence, policy");
  const medians = repeat(policy);
  if (JSON.stringify({ format: EVIDENCE_FORMAT, time: epoch, policy, files, medians }) !== text)
    throw priceError("PRICES_EVIDENCE_DIFFERS", "price evidence", "not in canonical form", REPEAT);
  if (medians.length === 0)
    throw priceError("PRICES_NO_EVIDENCE", "price evidence", "holds no price at all", REPEAT);
  return { policies: own === undefined ? [policy] : [own, policy], files, medians };
}

const REPEAT = "make the evidence again from the price files";

function assertSameMedians(given: Evidence, medians: readonly MedianPrice[]): void {
  const stated = new Map(given.medians.map((m) => [m.instrument, m]));
  for (const median of medians) {
    const found = stated.get(median.instrument)!;
    for (const field of ["price", "index", "observations"] as const) {
      if (found[field] === median[field]) continue;
      const problem = `${field} is ${median[field] ?? "absent"}, not ${found[field] ?? "absent"} as stated`;
      const where = `price evidence, ${median.instrument}`;
      throw priceError(
        "PRICES_EVIDENCE_DIFFERS",
        where,
        problem,
        "if it is the decimals, compare the policies",
      );
    }
  }
}
