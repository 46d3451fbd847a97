import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";

const read = (...path: string[]): string => readFileSync(join(PACKAGE_ROOT, ...path), "utf8");
const changelog = read("CHANGELOG.md");

describe("CHANGELOG.md", () => {
  it("has a line for the circuits as they are locked", () => {
    const lock = createHash("sha256").update(read("circuits", "lock.json")).digest("hex").slice(0, 12);
    expect(changelog).toMatch(new RegExp(`^\\| \`${lock}\` \\| .{5,} \\|$`, "m"));
  });

  it("has every file format in the version that the code writes, and no other", () => {
    const format = /marginproof\/[a-z-]+\/\d+/g;
    const sources = readdirSync(join(PACKAGE_ROOT, "src"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => read("src", path));
    const written = new Set(sources.flatMap((text) => text.match(format) ?? []));
    expect(written.size).toBeGreaterThan(10);
    expect([...new Set(changelog.match(format))].sort()).toEqual([...written].sort());
  });
});
