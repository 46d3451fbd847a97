import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { MarginproofError } from "../../src/errors.js";
import { buildMarket } from "../../src/rules/index.js";

export const EXAMPLES = join(import.meta.dirname, "..", "..", "examples", "rules");
export const exampleNames: readonly string[] = readdirSync(EXAMPLES)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.replace(/\.yaml$/, ""))
  .sort();

export const rulesOf = (name: string): string => readFileSync(join(EXAMPLES, `${name}.yaml`), "utf8");
export const accountsOf = (name: string): string => join(EXAMPLES, `${name}.csv`);

/** The error that building throws, or undefined. */
export function refusal(text: string): MarginproofError | undefined {
  try {
    buildMarket(text);
    return undefined;
  } catch (error) {
    return error as MarginproofError;
  }
}

/** Replaces one text that occurs exactly once. */
export function edited(text: string, from: string, to: string): string {
  expect(text.split(from), `"${from}" occurs once`).toHaveLength(2);
  return text.replace(from, () => to);
}

/** Line of the only occurrence of a text. */
export function lineOf(text: string, part: string): number {
  const before = text.split(part);
  expect(before, `"${part}" occurs once`).toHaveLength(2);
  return before[0]!.split("\n").length;
}

/** Runs with a folder that is gone afterwards. */
export async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "marginproof-rules-"));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function write(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
