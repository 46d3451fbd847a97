import { MarginproofError } from "../errors.js";
import { MAX_INSTRUMENTS } from "../market/marketFile.js";
import { FILE_LIMITS } from "../protocol/fileLimits.js";
import { issueWords } from "../protocol/schemaWords.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import * as z from "../schema/index.js";
import { address, chainId, instrumentName, PRICE_DECIMALS, ratio, sourceName } from "./fields.js";
import { isPattern } from "./namePattern.js";
import { fieldPlace } from "./priceError.js";
import { NameTable, patternProblem, type Terms, terms } from "./terms.js";

/** Format of a policy file. */
export const POLICY_FORMAT = "marginproof/price-policy/2";
const OWN_POLICY = "price policy";
/** Longest policy file that is read, in characters. */
const MAX_POLICY_LENGTH = FILE_LIMITS["price policy"];

/** The form before, which left it to the market file what an instrument is. */
const FIRST_FORMAT = "marginproof/price-policy/1";
const NO_TERMS =
  `is ${FIRST_FORMAT}, which leaves to the exchange what each instrument is: write ${POLICY_FORMAT} and add terms ` +
  "(marginproof prices terms RULES prints them to start from)";

/** Most signers a policy may know, and so most files that are used. */
export const MAX_SIGNERS = 64;
/** Largest `maxAgeSeconds`: a week. */
const MAX_AGE_SECONDS = 7 * 24 * 3600;

const decimals = z.number().int().min(0).max(PRICE_DECIMALS);

const signer = z.strictObject({
  address,
  /** Must be the file's `source`: one key may sign several feeds, and only this one counts. */
  name: sourceName,
  /** Must be the file's `chainId`, or be absent like it. */
  chainId: chainId.optional(),
});

/** Each is tried on every name that nothing else speaks of. */
const MAX_PATTERNS = 256;

/** What one instrument, or those of one pattern, need otherwise than all others. */
const exception = z
  .strictObject({
    instrument: instrumentName,
    decimals: decimals.optional(),
    maxIndexDistance: ratio.optional(),
    /** True: a contract that may go without an index price. */
    indexOptional: z.literal(true).optional(),
  })
  .refine((e) => Object.values(e).filter((field) => field !== undefined).length > 1, "must except something");

/**
 * Whom to believe, and within which bounds: the same for every epoch. A verifier has its own and never takes the
 * bundle's word for it.
 */
export const pricePolicy = z.strictObject({
  format: z.literal(POLICY_FORMAT, {
    error: ({ input }) => (input === FIRST_FORMAT ? NO_TERMS : `must be ${POLICY_FORMAT}`),
  }),
  /** Currency that every price must be in. */
  quote: instrumentName,
  signers: z.array(signer).min(1).max(MAX_SIGNERS),
  /** Fewest distinct signers per instrument. */
  quorum: z.number().int().min(1).max(MAX_SIGNERS),
  /** Observations older than this at the epoch's time are refused; later ones always. */
  maxAgeSeconds: z.number().int().min(0).max(MAX_AGE_SECONDS),
  /** Largest distance of an observation from the median, relative to the median. */
  maxSpread: ratio,
  /** Largest distance of the mark price from the index price, relative to the index price. */
  maxIndexDistance: ratio,
  /** Digits after the point of a mark price. */
  decimals: decimals.default(PRICE_DECIMALS),
  /** True: options that have terms and that no price file prices are taken at the exchange's own value. */
  modelOptions: z.boolean().default(false),
  exceptions: z.array(exception).max(MAX_INSTRUMENTS).default([]),
  /** What each instrument of a market is: one that the policy has no terms for is refused. */
  terms: z.array(terms, "must list what each instrument is").max(MAX_INSTRUMENTS),
});

/** What a policy may say: the type to write one with. */
export type PricePolicyJson = z.input<typeof pricePolicy>;
/** A checked policy in canonical form, lists sorted. It is plain data and a valid `PricePolicyJson`. */
export type PricePolicy = z.output<typeof pricePolicy>;

/**
 * Checks a policy and returns it in canonical form.
 *
 * @param what names it, for people; the policy out of an evidence file is `invalid`, the reader's own a mistake of theirs
 * @throws MarginproofError PRICES_POLICY with the field: wrong form, a signer or name twice, a quorum out of reach
 */
export function parsePolicy(json: unknown, what = OWN_POLICY): PricePolicy {
  const policyError = (where: string, problem: string) =>
    new MarginproofError("PRICES_POLICY", `${where}: ${problem}`, {
      kind: what === OWN_POLICY ? "usage" : "invalid",
      hint: "see docs/prices.md",
    });
  const assertDistinct = (field: string, values: readonly string[]): void => {
    const seen = new Set<string>();
    for (const value of values) {
      if (seen.has(value)) throw policyError(`${what}, ${field} ${value}`, "stands twice");
      seen.add(value);
    }
  };
  const result = pricePolicy.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw policyError(fieldPlace(what, issue.path, json), issueWords(issue).slice(0, 300));
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
  assertDistinct("exceptions: the instrument", policy.exceptions.map(instrumentOf));
  assertDistinct("terms: the instrument", policy.terms.map(instrumentOf));
  for (const field of ["terms", "exceptions"] as const) {
    const problem = listProblem(policy[field]);
    if (problem !== undefined) throw policyError(`${what}, ${field}`, problem);
  }
  if (policy.quorum > policy.signers.length)
    throw policyError(
      `${what}, quorum`,
      `${policy.quorum} can't be reached by ${policy.signers.length} signers`,
    );
  return {
    ...policy,
    signers: sortedBy(policy.signers, (s) => s.address.toLowerCase()),
    exceptions: sortedBy(policy.exceptions, instrumentOf),
    terms: sortedBy(policy.terms, instrumentOf),
  };
}

const instrumentOf = (entry: { readonly instrument: string }): string => entry.instrument;

function listProblem(entries: readonly (Terms | { readonly instrument: string })[]): string | undefined {
  if (entries.filter((entry) => isPattern(entry.instrument)).length > MAX_PATTERNS)
    return `more than ${MAX_PATTERNS} names with holes`;
  for (const entry of entries) {
    const problem = patternProblem(entry);
    if (problem !== undefined) return `${entry.instrument}: ${problem}`;
  }
  return undefined;
}

/**
 * Reads the text of a policy that the reader holds themselves.
 * @throws MarginproofError those of `parseStrictJson` and `parsePolicy`
 *
 * @example
 * import { readFile } from "node:fs/promises";
 * import { parsePricePolicyText } from "marginproof/verifier";
 *
 * const policy = "node_modules/marginproof/examples/prices/policy.json";
 * console.log(parsePricePolicyText(await readFile(policy, "utf8")).quorum); // 2
 */
export function parsePolicyText(text: string): PricePolicy {
  return parsePolicy(parseStrictJson(text, OWN_POLICY, { maxLength: MAX_POLICY_LENGTH, kind: "usage" }));
}

/** The bounds that hold for one instrument. */
export interface PriceBounds {
  readonly decimals: number;
  readonly maxIndexDistance: string;
  readonly indexOptional: boolean;
}

/** Bounds of any instrument: those of the policy, unless it is excepted. */
export function boundsOf(policy: PricePolicy): (instrument: string) => PriceBounds {
  const exceptions = new NameTable(policy.exceptions);
  return (instrument) => {
    const own = exceptions.find(instrument)?.entry;
    return {
      decimals: own?.decimals ?? policy.decimals,
      maxIndexDistance: own?.maxIndexDistance ?? policy.maxIndexDistance,
      indexOptional: own?.indexOptional === true,
    };
  };
}

/** A sorted copy, keys in code-unit order: the same everywhere, whatever the locale. */
export function sortedBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
