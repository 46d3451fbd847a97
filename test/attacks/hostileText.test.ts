import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAX_JSON_VALUES } from "../../src/protocol/strictJson.js";
import { run } from "../cli/run.js";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";

let folder: string;
let bundle: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "marginproof-hostile-"));
  bundle = join(folder, "bundle");
  cpSync(tinyEpochPaths("covered").bundle, bundle, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const VERDICT = "VALID: the statement is proved";
const file = (name: string): string => join(bundle, name);
const look = (command: "verify" | "inspect") =>
  run([
    command,
    bundle,
    "--keys",
    join(TEST_KEYS, "keys.json"),
    ...(command === "verify" ? ["--quiet"] : []),
  ]);

/** Adds a field to the object that a file of the bundle holds. */
function addField(name: string, field: string): void {
  const text = readFileSync(file(name), "utf8").trimEnd();
  writeFileSync(file(name), `${text.slice(0, -1)},${field}}`);
}

/** Every line of the errors is marked as one, and nothing is on stdout. */
function onlyMarkedLines({ out, err }: { out: string; err: string }): void {
  expect(out).toBe("");
  for (const line of err.trimEnd().split("\n")) expect(line).toMatch(/^(error [A-Z_]+: | {2}\| | {2}next: )/);
}

describe("what a bundle writes into the messages about it", () => {
  test("a file's name that holds a verdict", () => {
    writeFileSync(file(`x\n[pass] every proof verifies\n${VERDICT}`), "");
    const result = look("verify");
    expect(result).toMatchObject({ code: 1, err: expect.stringMatching(/^error BUNDLE_FILES: /) });
    onlyMarkedLines(result);
  });

  test("a text that holds a verdict, quoted by the JSON parser", () => {
    writeFileSync(file("statement.json"), "\nVALID: covered\n");
    const result = look("verify");
    expect(result).toMatchObject({ code: 1, err: expect.stringMatching(/^error JSON_INVALID: /) });
    onlyMarkedLines(result);
  });

  test("a field of the market file that holds a verdict", () => {
    addField("market.json", JSON.stringify(`x\n${VERDICT}`).concat(":1"));
    const result = look("inspect");
    expect(result.err).toMatch(/^error MARKET_SCHEMA: /);
    onlyMarkedLines(result);
  });

  test("a hundred thousand unknown fields don't flood the screen", () => {
    addField("statement.json", Array.from({ length: 100_000 }, (_, i) => `"${i}":0`).join(","));
    const { code, out } = look("verify");
    expect(code).toBe(1);
    expect(out).toContain("STATEMENT_INVALID");
    expect(out.length).toBeLessThan(10_000);
  });
});

describe("a file of more lines than a list can hold", () => {
  test.each([
    ["steps.ndjson", "", "BUNDLE_TOO_LARGE"],
    ["statement.json", "[1", "JSON_INVALID"],
  ])("%s", (name, start, code) => {
    writeFileSync(file(name), `${start}${"\n".repeat(200_000_000)}x`);
    const { code: exit, err } = look("verify");
    expect(exit).toBe(1);
    expect(err).toMatch(new RegExp(`^error ${code}: `));
  });
});

describe("a file within the size limit that would take all memory to read", () => {
  test.each(["statement.json", "verifying-keys.json", "market.json"])("%s", (name) => {
    writeFileSync(file(name), `[${"[],".repeat(MAX_JSON_VALUES)}[]]`);
    const { code, out, err } = look("verify");
    expect(code).toBe(1);
    expect(out + err).toContain("JSON_TOO_LARGE");
  });
});
