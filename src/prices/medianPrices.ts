import { EVIDENCE_FORMAT, type EvidenceJson, MAX_EVIDENCE_FILES, MAX_OBSERVATIONS } from "./evidenceFile.js";
import { PRICE_DECIMALS } from "./fields.js";
import { instrumentPrice, type MedianPrice, type SignedObservation } from "./instrumentPrice.js";
import { type PricePolicy, type PricePolicyJson, parsePolicy, sortedBy } from "./policy.js";
import { priceError, signerPlace } from "./priceError.js";
import type { PriceFile } from "./priceFile.js";
import { verifyPriceFile } from "./verifyPriceFile.js";

/** Medians, sorted by instrument, and all that is needed to repeat them. */
export interface AttestedPrices {
  readonly medians: readonly MedianPrice[];
  readonly evidence: EvidenceJson;
  /** Canonical JSON of the evidence: equal inputs, in any order, give equal text. */
  readonly text: string;
}

/**
 * Per instrument the median of the observations of a quorum of distinct known signers, within the policy's bounds.
 * Nothing is left out silently: one bad observation of a wanted instrument refuses the whole.
 *
 * @param files price files as data (JSON already parsed), in any order
 * @param instruments those that need a price; default: every instrument of every file
 * @throws MarginproofError the errors of `parsePolicy`, `verifyPriceFile` and `instrumentPrice`, and
 * PRICES_UNKNOWN_SIGNER, PRICES_WRONG_FEED, PRICES_DUPLICATE_SIGNER, PRICES_TOO_MANY
 */
export function medianPrices({
  files,
  policy: policyJson,
  instruments,
}: {
  readonly files: readonly unknown[];
  readonly policy: PricePolicyJson;
  readonly instruments?: Iterable<string>;
}): AttestedPrices {
  const policy = parsePolicy(policyJson);
  const verified = verifiedFiles(files, policy);
  const observed = byInstrument(verified, policy);
  const decimals = new Map(policy.rounding.map((r) => [r.instrument, r.decimals]));
  const indexed = new Set(policy.indexed);
  const wanted = sortedBy([...new Set(instruments ?? observed.keys())], (instrument) => instrument);
  const medians = wanted.map((instrument) =>
    instrumentPrice(
      instrument,
      observed.get(instrument) ?? [],
      policy,
      decimals.get(instrument) ?? PRICE_DECIMALS,
      indexed.has(instrument),
    ),
  );
  const evidence: EvidenceJson = { format: EVIDENCE_FORMAT, policy, files: verified, medians };
  return { medians, evidence, text: JSON.stringify(evidence) };
}

/** Every file verified, of a known signer and the feed the policy means, one per signer; sorted by signer. */
function verifiedFiles(files: readonly unknown[], policy: PricePolicy): PriceFile[] {
  assertSize(files);
  const known = new Map(policy.signers.map((s) => [s.address, s]));
  const seen = new Set<string>();
  const verified = files.map((json) => {
    const file = verifyPriceFile(json);
    const where = signerPlace(file.source, file.signer);
    const signer = known.get(file.signer);
    if (signer === undefined)
      throw priceError("PRICES_UNKNOWN_SIGNER", where, "the policy doesn't know this signer");
    assertFeed(file, signer, policy);
    if (seen.has(file.signer))
      throw priceError("PRICES_DUPLICATE_SIGNER", where, "two files of one signer", "keep one of the two");
    seen.add(file.signer);
    return file;
  });
  return sortedBy(verified, (file) => file.signer.toLowerCase());
}

/** Looked at before any hashing: what is too large is refused at once. */
function assertSize(files: readonly unknown[]): void {
  if (files.length > MAX_EVIDENCE_FILES)
    throw priceError("PRICES_TOO_MANY", "prices", `more than ${MAX_EVIDENCE_FILES} files`);
  let total = 0;
  for (const file of files) {
    const observations = (file as { observations?: unknown } | null | undefined)?.observations;
    total += Array.isArray(observations) ? observations.length : 0;
  }
  if (total > MAX_OBSERVATIONS)
    throw priceError("PRICES_TOO_MANY", "prices", `more than ${MAX_OBSERVATIONS} observations`);
}

/** What a known key signed for another purpose, in another currency or on another chain is no price here. */
function assertFeed(file: PriceFile, signer: PricePolicy["signers"][number], policy: PricePolicy): void {
  const where = signerPlace(signer.name, signer.address);
  const differs = (field: string, is: unknown, wanted: unknown) =>
    priceError(
      "PRICES_WRONG_FEED",
      where,
      `${field} is ${is ?? "absent"}, where the policy has ${wanted ?? "none"}`,
      "take the file of the feed the policy names",
    );
  if (file.source !== signer.name) throw differs("source", file.source, signer.name);
  if (file.quote !== policy.quote) throw differs("quote", file.quote, policy.quote);
  if (file.chainId !== signer.chainId) throw differs("chainId", file.chainId, signer.chainId);
}

function byInstrument(files: readonly PriceFile[], policy: PricePolicy): Map<string, SignedObservation[]> {
  const signers = new Map(policy.signers.map((s) => [s.address, s]));
  const observed = new Map<string, SignedObservation[]>();
  for (const file of files) {
    const signer = signers.get(file.signer)!;
    for (const observation of file.observations) {
      const list = observed.get(observation.instrument) ?? [];
      observed.set(observation.instrument, list);
      list.push({ ...observation, signer });
    }
  }
  return observed;
}
