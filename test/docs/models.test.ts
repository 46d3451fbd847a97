import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const PAGES = join(ROOT, "docs", "models");
const overview = readFileSync(join(PAGES, "README.md"), "utf8");

describe("docs/models/README.md", () => {
  it("lists every page", () => {
    const pages = readdirSync(PAGES).filter((name) => name.endsWith(".md") && name !== "README.md");
    expect(pages.length).toBeGreaterThanOrEqual(9);
    for (const page of pages) expect(overview).toContain(`](${page})`);
  });

  it("names a test for every figure, and code, that exist", () => {
    const table = overview.split("\n").filter((line) => /\| `test\/[^`]+` \|$/.test(line));
    expect(table.length).toBeGreaterThanOrEqual(11);
    const paths = [...overview.matchAll(/`((?:test|src)\/[\w/.]+\.ts)`/g)].map(([, path]) => path!);
    for (const path of paths) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });
});
