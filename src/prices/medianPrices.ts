import { instantOf } from "../protocol/instant.js";
import { EVIDENCE_FORMAT, type EvidenceJson, MAX_EVIDENCE_FILES, MAX_OBSERVATIONS } from "./evidenceFile.js";
import { instant } from "./fields.js";
import { instrumentPrice, type MedianPrice, type SignedObservation } from "./instrumentPrice.js";
import { boundsOf, type PricePolicy, type PricePolicyJson, parsePolicy, sortedBy } from "./policy.js";
import { priceError, signerPlace } from "./priceError.js";
import { type PriceFile, parsePrices } from "./priceFile.js";
import { NameTable } from "./terms.js";
import { verifyPriceFile } from "./verifyPriceFile.js";

/** Medians, sorted by instrument, and all that is needed to repeat them. */
export interface AttestedPrices {
  readonly medians: readonly MedianPrice[];
  readonly evidence: EvidenceJson;
  /** Canonical JSON of the evidence: equal inputs, in any order, give equal text. */
  readonly text: string;
}

/** What prices are wanted of. */
export interface WantedPrices {
  /** The epoch, RFC 3339 in UTC: no observation may be later. */
  readonly time: string;
  /** Those that need a price; default: every instrument of every file. */
  readonly instruments?: Iterable<string>;
}

/**
 * Per instrument the median of the observations of a quorum of distinct known signers, within the policy's bounds.
 * Nothing is left out silently: one bad observation of a wanted instrument refuses the whole.
 *
 * @param files price files as data (JSON already parsed), in any order
 * @throws MarginproofError the errors of `parsePolicy`, `verifyPriceFile` and `instrumentPrice`, and
 * PRICES_UNKNOWN_SIGNER, PRICES_WRONG_FEED, PRICES_DUPLICATE_SIGNER, PRICES_TOO_MANY, PRICES_NO_EVIDENCE
 */
export function medianPrices({
  files,
  policy: policyJson,
  ...wanted
}: WantedPrices & { readonly files: readonly unknown[]; readonly policy: PricePolicyJson }): AttestedPrices {
  const policy = parsePolicy(policyJson);
  const time = parsePrices(instant, wanted.time, "time of the epoch");
  const verified = verifyFiles(files);
  const medians = mediansOf(verified, policy, { ...wanted, time });
  const evidence: EvidenceJson = { format: EVIDENCE_FORMAT, time, policy, files: verified, medians };
  return { medians, evidence, text: JSON.stringify(evidence) };
}

/** Checks every file's signature and that no signer has two; sorted by signer. */
export function verifyFiles(files: readonly unknown[]): PriceFile[] {
  assertSize(files);
  const seen = new Set<string>();
  const verified = files.map((json) => {
    const file = verifyPriceFile(json);
    if (seen.has(file.signer)) {
      const where = signerPlace(file.source, file.signer);
      throw priceError("PRICES_DUPLICATE_SIGNER", where, "two files of one signer", "keep one of the two");
    }
    seen.add(file.signer);
    return file;
  });
  return sortedBy(verified, (file) => file.signer.toLowerCase());
}

/**
 * `medianPrices` over files that `verifyFiles` has seen, a policy that `parsePolicy` has, and a valid time. What the
 * policy's terms call a perpetual or a future needs an index.
 */
export function mediansOf(
  files: readonly PriceFile[],
  policy: PricePolicy,
  { time, instruments }: WantedPrices,
): MedianPrice[] {
  const observed = byInstrument(files, policy);
  if (files.length < policy.quorum)
    throw priceError(
      "PRICES_NO_EVIDENCE",
      "prices",
      `${files.length} price files, where ${policy.quorum} signers are needed for any price`,
      "get files of more of the policy's signers",
    );
  const bounds = boundsOf(policy);
  const terms = new NameTable(policy.terms);
  const epoch = instantOf(time)!;
  const wanted = sortedBy([...new Set(instruments ?? observed.keys())], (instrument) => instrument);
  return wanted.map((instrument) => {
    const kind = terms.find(instrument)?.entry.kind;
    const indexed = kind === "perpetual" || kind === "future";
    return instrumentPrice(instrument, observed.get(instrument) ?? [], policy, bounds(instrument), {
      epoch,
      indexed,
    });
  });
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

/** The observations by instrument, each with the signer that the policy knows it by. */
function byInstrument(files: readonly PriceFile[], policy: PricePolicy): Map<string, SignedObservation[]> {
  const known = new Map(policy.signers.map((s) => [s.address, s]));
  const observed = new Map<string, SignedObservation[]>();
  for (const file of files) {
    const signer = known.get(file.signer);
    if (signer === undefined) {
      const where = signerPlace(file.source, file.signer);
      throw priceError("PRICES_UNKNOWN_SIGNER", where, "the policy doesn't know this signer");
    }
    assertFeed(file, signer, policy);
    for (const observation of file.observations) {
      const list = observed.get(observation.instrument) ?? [];
      observed.set(observation.instrument, list);
      list.push({ ...observation, signer });
    }
  }
  return observed;
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
