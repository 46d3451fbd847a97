import { z } from "zod";
import { MarginproofError } from "../errors.js";
import { MAX_INSTRUMENTS } from "../market/marketFile.js";
import { address, chainId, instant, instrumentName, PRICE_DECIMALS, ratio, sourceName } from "./fields.js";
import { fieldPlace } from "./priceError.js";

/** Most signers a policy may know, and so most files that are used. */
export const MAX_SIGNERS = 64;
/** Largest `maxAgeSeconds`: a week. */
export const MAX_AGE_SECONDS = 7 * 24 * 3600;

const signer = z.strictObject({
  address,
  /** Must be the file's `source`: one key may sign several feeds, and only this one counts. */
  name: sourceName,
  /** Must be the file's `chainId`, or be absent like it. */
  chainId: chainId.optional(),
});

/** Whom to believe, and within which bounds. A verifier has its own and never takes the bundle's word for it. */
export const pricePolicy = z.strictObject({
  signers: z.array(signer).min(1).max(MAX_SIGNERS),
  /** Currency that every price must be in. */
  quote: instrumentName,
  /** Fewest distinct signers per instrument. */
  quorum: z.number().int().min(1).max(MAX_SIGNERS),
  /** The epoch: observations after it are refused. */
  time: instant,
  /** Observations older than this at `time` are refused. */
  maxAgeSeconds: z.number().int().min(0).max(MAX_AGE_SECONDS),
  /** Largest distance of an observation from the median, relative to the median. */
  maxSpread: ratio,
  /** Largest distance of the mark price from the index price, relative to the index price. */
  maxIndexDistance: ratio,
  /** Instruments that must have an index price. Others are only held to one where a source gives it. */
  indexed: z.array(instrumentName).max(MAX_INSTRUMENTS).default([]),
  /** Digits after the point of an instrument's mark price. Default 18. */
  rounding: z
    .array(
      z.strictObject({ instrument: instrumentName, decimals: z.number().int().min(0).max(PRICE_DECIMALS) }),
    )
    .max(MAX_INSTRUMENTS)
    .default([]),
});

/** What a policy may say: the type to write one with. */
export type PricePolicyJson = z.input<typeof pricePolicy>;
/** A checked policy in canonical form, lists sorted. It is plain data and a valid `PricePolicyJson`. */
export type PricePolicy = z.output<typeof pricePolicy>;

/** Throws PRICES_POLICY with the field: wrong form, a signer or name twice, a quorum that can't be reached. */
export function parsePolicy(json: unknown): PricePolicy {
  const result = pricePolicy.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw policyError(fieldPlace("price policy", issue.path, json), issue.message.slice(0, 300));
  }
  const policy = result.data;
  assertDistinct(
    "signers: the address",
    policy.signers.map((s) => s.address),
  );
  assertDistinct(
    "signers: the name",
    policy.signers.map((s) => s.name),
  );
  assertDistinct("indexed: the instrument", policy.indexed);
  assertDistinct(
    "rounding: the instrument",
    policy.rounding.map((r) => r.instrument),
  );
  if (policy.quorum > policy.signers.length)
    throw policyError(
      "price policy, quorum",
      `${policy.quorum} can't be reached by ${policy.signers.length} signers`,
    );
  return {
    ...policy,
    signers: sortedBy(policy.signers, (s) => s.address.toLowerCase()),
    indexed: sortedBy(policy.indexed, (instrument) => instrument),
    rounding: sortedBy(policy.rounding, (r) => r.instrument),
  };
}

/** A sorted copy, keys in code-unit order: the same everywhere, whatever the locale. */
export function sortedBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

function assertDistinct(what: string, values: readonly string[]): void {
  const seen = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) throw policyError(`price policy, ${what} ${value}`, "stands twice");
    seen.add(value);
  }
}

function policyError(where: string, problem: string): MarginproofError {
  return new MarginproofError("PRICES_POLICY", `${where}: ${problem}`, { hint: "see docs/prices.md" });
}
