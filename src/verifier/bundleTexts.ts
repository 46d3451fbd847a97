import { MarginproofError } from "../errors.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import type { BundleParts } from "./bundle.js";

/** The texts of a published bundle's files, decoded as UTF-8 and otherwise untouched. */
export interface BundleTexts {
  readonly statement: string;
  readonly market: string;
  /** There only when the market file names price evidence. */
  readonly evidence?: string;
  readonly steps: string;
  readonly verifyingKeys: string;
}

/** What the files are called where a bundle is published. */
export const BUNDLE_FILE_NAMES: Readonly<Record<keyof BundleTexts, string>> = {
  statement: "statement.json",
  market: "market.json",
  evidence: "price-evidence.json",
  steps: "steps.ndjson",
  verifyingKeys: "verifying-keys.json",
};

/** Bounds on what is read from a bundle that nobody vouches for: the same as on disk, bytes before decoding. */
export const MAX_BUNDLE_FILE_BYTES = 256 * 1024 * 1024;
const MAX_STEP_LINE = 4096;
const MAX_STEPS = 131_072;

/**
 * Takes a bundle apart without believing any of it. Text has at most as many UTF-16 units as bytes.
 * @throws MarginproofError BUNDLE_TOO_LARGE, and those of parseStrictJson
 */
export function parseBundleTexts(texts: BundleTexts): BundleParts {
  for (const part of Object.keys(BUNDLE_FILE_NAMES) as (keyof BundleTexts)[]) {
    if ((texts[part]?.length ?? 0) > MAX_BUNDLE_FILE_BYTES) {
      throw tooLarge(`${BUNDLE_FILE_NAMES[part]} is larger than ${MAX_BUNDLE_FILE_BYTES} bytes`);
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

function tooLarge(message: string): MarginproofError {
  return new MarginproofError("BUNDLE_TOO_LARGE", message, {
    kind: "invalid",
    hint: "The bundle is damaged or was altered; fetch it again from the exchange.",
  });
}

function parseStepLines(text: string): unknown[] {
  const lines = text.split("\n", MAX_STEPS + 2);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length > MAX_STEPS || lines.some((line) => line.length > MAX_STEP_LINE)) {
    throw tooLarge(`${BUNDLE_FILE_NAMES.steps} has too many or too long lines`);
  }
  return lines.map((line, index) => {
    const number = index + 1;
    return parseStrictJson(line, `${BUNDLE_FILE_NAMES.steps} line ${number}`, { line: number });
  });
}
