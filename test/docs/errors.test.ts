import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");

/** Literals of src that look like codes and are none. Reviewed: add one only after reading where it stands. */
const NO_CODES: ReadonlySet<string> = new Set([
  // Node's, of an import of a package that is not installed.
  "ERR_MODULE_NOT_FOUND",
  // Of the yaml package, for a tag.
  "TAG_RESOLVE_FAILED",
  // Variables of the environment.
  "MARGINPROOF_KEYSTORE_PASSWORD",
  "MARGINPROOF_RESERVE_KEYS",
  "MARGINPROOF_CHAIN_KEY",
  // Names a variable of the environment.
  "MARGINPROOF_DATABASE_URL",
  "MARGINPROOF_SERVICE_IDENTITY",
  "MARGINPROOF_SOURCE_URL",
  // Parquet's types.
  "BYTE_ARRAY",
  "FIXED_LEN_BYTE_ARRAY",
  // A constant of the contracts.
  "REVEAL_BLOCKS",
]);

/** String literals with an underscore, in any quotes; and any literal that is the first argument of an error. */
const LITERALS = [
  /(["'`])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\1/g,
  /\b(?:MarginproofError|errorJson|marketError|\w*[eE]rror|\w*[iI]nvalid\w*|failure|mismatch|refus(?:e|al))\(\s*(["'`])([A-Z][A-Z0-9_]*)\1/g,
];

/** Source without the text of comments: codes named there are not thrown there. */
function codeOf(source: string): string {
  return source.replace(/^\s*\/?\*.*$/gm, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}

function codesOfSource(): Set<string> {
  const found = new Set<string>();
  for (const entry of readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })) {
    if (!entry.endsWith(".ts")) continue;
    const text = codeOf(readFileSync(join(ROOT, "src", entry), "utf8"));
    for (const pattern of LITERALS) for (const match of text.matchAll(pattern)) found.add(match[2]!);
  }
  for (const literal of NO_CODES) found.delete(literal);
  return found;
}

interface Row {
  readonly code: string;
  readonly cells: readonly string[];
}

function rowsOfDocument(): Row[] {
  const text = readFileSync(join(ROOT, "docs", "errors.md"), "utf8");
  return text.split("\n").flatMap((line): Row[] => {
    const code = /^\| `([A-Z][A-Z0-9_]*)` \|/.exec(line)?.[1];
    if (code === undefined) return [];
    const cells = line.split("|").slice(2, -1);
    return [{ code, cells: cells.map((cell) => cell.trim()) }];
  });
}

describe("docs/errors.md", () => {
  const codes = codesOfSource();
  const rows = rowsOfDocument();

  it("is compared with the codes really thrown", () => {
    // One of each way in which src passes codes on.
    const samples = ["UNEXPECTED", "OUT_OF_RANGE", "VERIFYING_KEY_SHAPE", "PROOF_SHAPE", "EPOCH_NOT_PROVED"];
    expect(samples.filter((code) => !codes.has(code))).toEqual([]);
    expect(codes.size).toBeGreaterThan(100);
  });

  it("explains every code", () => {
    const explained = new Set(rows.map(({ code }) => code));
    expect([...codes].filter((code) => !explained.has(code)).sort()).toEqual([]);
  });

  it("explains no code that is gone, and none twice", () => {
    const all = rows.map(({ code }) => code);
    expect(all.filter((code) => !codes.has(code))).toEqual([]);
    expect(all.filter((code, at) => all.indexOf(code) !== at)).toEqual([]);
  });

  it("says of each what it means and what to do next", () => {
    const poor = rows.filter(
      ({ cells }) => cells.length !== 2 || cells.some((cell) => !/\w{2}.*\.$/.test(cell)),
    );
    expect(poor.map(({ code }) => code)).toEqual([]);
  });
});
