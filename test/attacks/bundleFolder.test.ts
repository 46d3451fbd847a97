import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readBundle } from "../../src/files/bundleFolder.js";
import { tinyEpochPaths, verifyTiny } from "../support/tinyBundle.js";

let folder: string;
let bundle: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "marginproof-bundle-"));
  bundle = join(folder, "bundle");
  cpSync(tinyEpochPaths("covered").bundle, bundle, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string): string => join(bundle, name);

describe("a published folder that was damaged or laid as a trap", () => {
  test("unharmed, it verifies", async () => {
    expect((await verifyTiny(await readBundle(bundle))).verdict.valid).toBe(true);
  });

  const traps: [string, () => void, string][] = [
    ["a file missing", () => rmSync(file("market.json")), "BUNDLE_FILES"],
    ["a file too many", () => writeFileSync(file("more.json"), "{}"), "BUNDLE_FILES"],
    [
      "a link instead of a file",
      () => {
        renameSync(file("statement.json"), join(folder, "elsewhere.json"));
        symlinkSync(join(folder, "elsewhere.json"), file("statement.json"));
      },
      "BUNDLE_FILES",
    ],
    [
      "an endless device",
      () => {
        rmSync(file("steps.ndjson"));
        symlinkSync("/dev/zero", file("steps.ndjson"));
      },
      "BUNDLE_FILES",
    ],
    ["a truncated statement", () => truncateSync(file("statement.json"), 500), "JSON_INVALID"],
    ["a truncated step", () => truncateSync(file("steps.ndjson"), 700), "JSON_INVALID"],
    ["an empty line among the steps", () => appendFileSync(file("steps.ndjson"), "\n"), "JSON_INVALID"],
    [
      "a step of a megabyte",
      () => appendFileSync(file("steps.ndjson"), `"${"x".repeat(1 << 20)}"\n`),
      "BUNDLE_TOO_LARGE",
    ],
    ["a file of 3 GiB", () => truncateSync(file("market.json"), 3 * 2 ** 30), "BUNDLE_TOO_LARGE"],
    [
      "a key twice in the statement",
      () => {
        const text = readFileSync(file("statement.json"), "utf8");
        writeFileSync(file("statement.json"), text.replace('"epoch"', '"epoch": "another", "epoch"'));
      },
      "JSON_DUPLICATE_KEY",
    ],
  ];
  test.each(traps)("%s is refused by name", async (_, lay, code) => {
    lay();
    await expect(readBundle(bundle)).rejects.toMatchObject({ code, exitCode: 1 });
  });

  test("no folder at all is an I/O error", async () => {
    await expect(readBundle(join(folder, "nowhere"))).rejects.toMatchObject({
      code: "BUNDLE_UNREADABLE",
      exitCode: 2,
    });
  });
});
