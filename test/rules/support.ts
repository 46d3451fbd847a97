import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Decimal } from "decimal.js";
import { expect } from "vitest";
import { type Portfolio, readPortfolios } from "../../src/accounts/index.js";
import { runCli } from "../../src/cli/program.js";
import type { MarginproofError } from "../../src/errors.js";
import { listedInstruments, type Market } from "../../src/market/index.js";
import { buildMarket } from "../../src/rules/index.js";

export const EXAMPLES = join(import.meta.dirname, "..", "..", "examples", "rules");
export const exampleNames: readonly string[] = readdirSync(EXAMPLES)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.replace(/\.yaml$/, ""))
  .sort();

/** An accounts file of examples/rules and the rules it is evaluated under. */
export interface ExampleBook {
  readonly accounts: string;
  readonly rules: string;
}

/** Accounts files without rules of their own name. */
const RULES_OF_OTHERS: Readonly<Record<string, string>> = { isolated: "tiered" };

/** Every accounts file of examples/rules. */
export const exampleBooks: readonly ExampleBook[] = readdirSync(EXAMPLES)
  .filter((file) => file.endsWith(".csv"))
  .map((file) => file.replace(/\.csv$/, ""))
  .sort()
  .map((accounts) => ({ accounts, rules: RULES_OF_OTHERS[accounts] ?? accounts }));

/** The margin accounts of an example, pockets apart. */
export async function portfoliosOf(accounts: string, market: Market): Promise<Portfolio[]> {
  const found: Portfolio[] = [];
  const options = { shuffleKey: new Uint8Array(32).fill(3) };
  for await (const p of readPortfolios(accountsOf(accounts), listedInstruments(market), options))
    found.push(p);
  return found;
}

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

/** A folder, and what removes it. */
export function temporaryFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "marginproof-rules-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Runs with a folder that is gone afterwards. */
export async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const { folder, remove } = temporaryFolder();
  try {
    return await run(folder);
  } finally {
    remove();
  }
}

/** Runs a command in this process. */
export async function marginproof(...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = {
    out: (t: string) => void out.push(t),
    err: (t: string) => void err.push(t),
    errIsScreen: false,
  };
  const code = await runCli(args, terminal);
  return { code, out: out.join("\n"), err: err.join("") };
}

export function write(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** docs/models/README.md, whose figures tests hold to what they measure. */
export const modelsPage = (): string =>
  readFileSync(join(EXAMPLES, "..", "..", "docs", "models", "README.md"), "utf8");

/** Two digits, rounded up: "1.3e-8". */
export const scientific = (x: Decimal): string => x.toExponential(1, Decimal.ROUND_UP).replace("e+0", "");
