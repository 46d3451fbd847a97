import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../../../src/cli/program.js";
import { MarginproofError } from "../../../src/errors.js";
import type { MarketJson } from "../../../src/market/index.js";
import { BUNDLE_FILE_NAMES } from "../../../src/verifier/bundleTexts.js";
import { TEST_KEYS } from "../../support/circuit.js";
import { type TinyEpochName, tinyEpochPaths } from "../../support/tinyBundle.js";
import { TINY_MARKET } from "../../support/tinyMarket.js";

/** What a reader is shown of a refusal. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** Exit code of the command, or of the error where it is a library's. */
  readonly exit: number;
}

/** How a code is provoked, and the words that its message and its next step have to hold. */
export interface Provocation {
  readonly how: () => Promise<Refusal> | Refusal;
  readonly says: readonly string[];
  readonly next: string;
  readonly exit: 1 | 2;
}

/** Codes by name. */
export type Walk = Readonly<Record<string, Provocation>>;

export const folder = mkdtempSync(join(tmpdir(), "marginproof-walk-"));
export const cleanUp = (): void => rmSync(folder, { recursive: true, force: true });
let names = 0;
/** A name of its own in the walk's folder. */
export const fresh = (end = ""): string => join(folder, `${++names}${end}`);

/** Writes a file with a name of its own, and returns its path. */
export function file(content: string | Uint8Array, end = ".json"): string {
  const path = fresh(end);
  writeFileSync(path, content);
  return path;
}

async function run(args: readonly string[]) {
  const shown = { out: "", err: "" };
  const exit = await runCli(args, {
    out: (text) => void (shown.out += `${text}\n`),
    err: (text) => void (shown.err += text),
    errIsScreen: false,
  });
  return { ...shown, exit };
}

/** Runs a command that must succeed. */
export async function made(args: readonly string[]): Promise<void> {
  const { exit, err } = await run(args);
  if (exit !== 0) throw new Error(`exit code ${exit}: ${err}`);
}

const NEXT = String.raw`(?:\n {2}next: (.*))?\n`;
const ERROR = new RegExp(String.raw`error ([A-Z0-9_]+): ([\s\S]*?)${NEXT}$`);
/** A failed check of a verdict, or what is said of an account. */
const FOUND = new RegExp(
  `(?:NOT VALID: failed at "[^"\\n]*": |NOT COUNTED: |COULD NOT CHECK: )([A-Z0-9_]+): (.*)${NEXT}`,
);

/** Runs a command in this process, and reads what it tells its user of the refusal. */
export async function command(args: readonly string[]): Promise<Refusal> {
  const { out, err, exit } = await run(args);
  const found = ERROR.exec(err) ?? FOUND.exec(out);
  if (found !== null) return refusal(found, exit);
  // Under --json, an object.
  const { reason, ...error } = JSON.parse(out) as Json;
  const { code, message, hint } = reason ?? error;
  return { code, message, hint: hint ?? "", exit };
}

const refusal = ([, code, message, hint]: readonly (string | undefined)[], exit: number): Refusal => ({
  code: code!,
  message: message!,
  hint: hint ?? "",
  exit,
});

/** What a caller of the library catches. */
export async function thrown(call: () => unknown): Promise<Refusal> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof MarginproofError)) throw error;
    return { code: error.code, message: error.message, hint: error.options.hint ?? "", exit: error.exitCode };
  }
  throw new Error("nothing was refused");
}

// biome-ignore lint/suspicious/noExplicitAny: any field of any file may be spoilt
export type Json = any;

export const TRUST = ["--keys", join(TEST_KEYS, "keys.json"), "--allow-dev-keys", "--quiet"];

/** `marginproof verify` of a copy of a bundle, spoilt. */
export async function verify(
  spoil: (path: (part: keyof typeof BUNDLE_FILE_NAMES) => string, bundle: string) => void,
  flags: readonly string[] = TRUST,
  name: TinyEpochName = "covered",
): Promise<Refusal> {
  const bundle = fresh();
  cpSync(tinyEpochPaths(name).bundle, bundle, { recursive: true });
  spoil((part) => join(bundle, BUNDLE_FILE_NAMES[part]), bundle);
  return command(["verify", bundle, ...flags]);
}

/** Edits a JSON file in place. */
export function edit(path: string, change: (json: Json) => unknown): void {
  const json = JSON.parse(readFileSync(path, "utf8")) as Json;
  change(json);
  writeFileSync(path, JSON.stringify(json));
}

/** `marginproof market explain` with a spoilt market file and these rows of accounts. */
export function explain(
  spoil: (market: Json) => unknown,
  rows = "a,USDT,1,",
  flags: readonly string[] = [],
): Promise<Refusal> {
  const market = structuredClone(TINY_MARKET) as MarketJson;
  spoil(market);
  const accounts = file(`account,instrument,quantity,entry_price\n${rows}\n`, ".csv");
  return command([
    "market",
    "explain",
    "a",
    "--market",
    file(JSON.stringify(market)),
    "--accounts",
    accounts,
    ...flags,
  ]);
}

export const refused = (
  how: Provocation["how"],
  says: readonly string[] | string,
  next: string,
  exit: 1 | 2 = 2,
): Provocation => ({ how, says: typeof says === "string" ? [says] : says, next, exit });
