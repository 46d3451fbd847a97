import { BUNDLE_FILE_LIMIT, EVIDENCE_LIMIT, type FileKind, longerThan } from "../protocol/fileLimits.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import type { BundleParts } from "./bundle.js";
import { invalidBundle } from "./invalidBundle.js";

/** The texts of a published bundle's files, decoded as UTF-8 and otherwise untouched. */
export interface BundleTexts {
  readonly statement: string;
  readonly market: string;
  /** There only when the market file names price evidence. */
  readonly evidence?: string;
  readonly steps: string;
  readonly verifyingKeys: string;
}

export type BundlePart = keyof BundleTexts;

/** What the files are called where a bundle is published. */
export const BUNDLE_FILE_NAMES = {
  statement: "statement.json",
  market: "market.json",
  evidence: "price-evidence.json",
  steps: "steps.ndjson",
  verifyingKeys: "verifying-keys.json",
} as const satisfies Readonly<Record<BundlePart, string>>;

export const BUNDLE_PARTS = Object.keys(BUNDLE_FILE_NAMES) as readonly BundlePart[];

/** Bounds on what is read from a bundle that nobody vouches for. */
export const bundleFileKind = (part: BundlePart): FileKind =>
  part === "evidence" ? "price evidence" : "bundle file";
export const MAX_STEP_LINE = 4096;
export const MAX_STEPS = 131_072;

/** What file managers leave in every folder they show. */
const LITTER = /^(\.DS_Store|\._.*|Thumbs\.db|desktop\.ini)$/;

/** What stands in a bundle's folder and does not belong there, at most five of it; names as a folder lists them. */
export function unexpectedNames(names: readonly string[]): string[] {
  const known: readonly string[] = Object.values(BUNDLE_FILE_NAMES);
  return names
    .filter((name) => !known.includes(name) && !LITTER.test(name))
    .sort()
    .slice(0, 5)
    .map((name) => `unexpected ${JSON.stringify(name)}`);
}

/** What a bundle's folder lacks. Only bundles of signed prices have evidence. */
export function missingNames(names: readonly string[]): string[] {
  return BUNDLE_PARTS.filter((part) => part !== "evidence" && !names.includes(BUNDLE_FILE_NAMES[part])).map(
    (part) => `missing ${BUNDLE_FILE_NAMES[part]}`,
  );
}

/**
 * Takes a bundle apart without believing any of it. Text has at most as many UTF-16 units as bytes.
 * @throws MarginproofError BUNDLE_TOO_LARGE, and those of parseStrictJson
 */
export function parseBundleTexts(texts: BundleTexts): BundleParts {
  for (const part of BUNDLE_PARTS) {
    const kind = bundleFileKind(part);
    const limit = part === "evidence" ? EVIDENCE_LIMIT : BUNDLE_FILE_LIMIT;
    if ((texts[part]?.length ?? 0) > limit) {
      throw invalidBundle("BUNDLE_TOO_LARGE", `${BUNDLE_FILE_NAMES[part]} is ${longerThan(limit, kind)}`);
    }
  }
  return {
    statement: parseStrictJson(texts.statement, BUNDLE_FILE_NAMES.statement),
    marketText: texts.market,
    ...(texts.evidence === undefined ? {} : { evidenceText: texts.evidence }),
    verifyingKeys: parseStrictJson(texts.verifyingKeys, BUNDLE_FILE_NAMES.verifyingKeys),
    steps: parseStepLines(texts.steps),
  };
}

/** One line of `steps.ndjson`, by its number from 1 on. @throws MarginproofError those of parseStrictJson */
export function parseStepLine(text: string, line: number): unknown {
  return parseStrictJson(text, `${BUNDLE_FILE_NAMES.steps} line ${line}`, { line });
}

function parseStepLines(text: string): unknown[] {
  const name = BUNDLE_FILE_NAMES.steps;
  const lines = text.split("\n", MAX_STEPS + 2);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length > MAX_STEPS)
    throw invalidBundle("BUNDLE_TOO_LARGE", `${name} has more than ${MAX_STEPS} lines`);
  const long = lines.findIndex((line) => line.length > MAX_STEP_LINE);
  if (long >= 0) {
    const problem = `${name} line ${long + 1} is longer than ${MAX_STEP_LINE} characters`;
    throw invalidBundle("BUNDLE_TOO_LARGE", problem);
  }
  return lines.map((line, index) => parseStepLine(line, index + 1));
}
