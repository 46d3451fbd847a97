import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";

/** Each example of docs/library.md, and what it says that the example prints. */
const examples = [
  ...readFileSync(join(PACKAGE_ROOT, "docs", "library.md"), "utf8").matchAll(
    /^## (.+)$[\s\S]*?^```ts\n([\s\S]*?)^```\n\n^```text\n([\s\S]*?)^```$/gm,
  ),
].map(([, title, code, printed]) => ({ title: title!, code: code!, printed: printed! }));

// Inside the package, whose own name then leads to what it exports.
mkdirSync(join(PACKAGE_ROOT, "build"), { recursive: true });
const folder = mkdtempSync(join(PACKAGE_ROOT, "build", "library-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });

beforeAll(() => {
  cpSync(TEST_KEYS, join(folder, "keys"), { recursive: true });
  cpSync(tinyEpochPaths("covered").market, join(folder, "market.json"));
  cpSync(tinyEpochPaths("covered").accounts, join(folder, "accounts.csv"));
  cpSync(join(PACKAGE_ROOT, "examples", "rules", "tiered.yaml"), join(folder, "rules.yaml"));
  examples.forEach(({ code }, i) => {
    writeFileSync(join(folder, `example${i}.ts`), code);
  });
  const extend = join(PACKAGE_ROOT, "tsconfig.json");
  const compilerOptions = { rootDir: ".", outDir: "out", declaration: false, declarationMap: false };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: extend, compilerOptions, include: ["*.ts"] }),
  );
  const { stdout, status } = node(join(PACKAGE_ROOT, "node_modules", "typescript", "bin", "tsc"));
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

describe("docs/library.md", () => {
  it("has an example of everything", () => {
    expect(examples.map(({ title }) => title)).toEqual([
      "Build a market",
      "Prove an epoch",
      "Verify a bundle",
      "Attest, and check on auditors' word",
      "Embed the verifier",
      "Check a holder's file",
    ]);
  });

  it.each(examples.map((example, i) => ({ ...example, i })))("$title", ({ i, printed }) => {
    expect(node(join("out", `example${i}.js`))).toMatchObject({ stderr: "", stdout: printed, status: 0 });
  });
});
