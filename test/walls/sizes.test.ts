import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MAX_FILE_LINES, MAX_FUNCTION_LINES, sizedFiles, tooLong } from "../../scripts/sizes.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";

const body = (lines: number): string => "  void 0;\n".repeat(lines - 2);

describe("the sources", () => {
  const files = sizedFiles();

  it("are all of them", () => {
    for (const path of [
      "src/index.ts",
      "src/verifier/checks/chain.ts",
      "scripts/walls.ts",
      "circuits/lib/leaf.circom",
    ])
      expect(files).toContain(path);
    expect(files.length).toBeGreaterThan(300);
  });

  it(`have files of at most ${MAX_FILE_LINES} lines and functions of at most ${MAX_FUNCTION_LINES}`, () => {
    const read = (path: string): string => readFileSync(join(PACKAGE_ROOT, path), "utf8");
    expect(files.flatMap((path) => tooLong(path, read(path)))).toEqual([]);
  });
});

describe("a source that is too long", () => {
  it.each([
    ["a function", `function long() {\n${body(61)}}\n`, "long has 61 lines"],
    ["a constant arrow", `const long = (): void => {\n${body(61)}};\n`, "long has 61 lines"],
    ["a method", `class A {\n  long(): void {\n${body(61)}}\n}\n`, "long has 61 lines"],
    [
      "a function inside another",
      `const outer = () =>\n  [1].map(() => {\n${body(60)}});\n`,
      "outer has 61 lines",
    ],
    ["a function in a list", `x({\n  long: [async () => {\n${body(61)}}],\n});\n`, "long has 61 lines"],
  ])("is found by %s", (_, text, said) => {
    expect(tooLong("src/x.ts", text)).toEqual([expect.stringContaining(said)]);
  });

  it("is found by its lines", () => {
    expect(tooLong("src/x.ts", "void 0;\n".repeat(301))).toEqual(["src/x.ts: 301 lines, 300 at most"]);
    expect(tooLong("src/x.ts", "void 0;\n".repeat(300))).toEqual([]);
    const template = (lines: number): string => `template A() {\n${"    signal a;\n".repeat(lines - 2)}}\n`;
    expect(tooLong("circuits/x.circom", template(176))).toEqual([
      "circuits/x.circom: 176 lines, 175 at most",
    ]);
    expect(tooLong("circuits/x.circom", template(175))).toEqual([]);
  });

  it("is no function of 60 lines, however its braces stand in texts", () => {
    expect(tooLong("src/x.ts", `function a() {\n${body(60)}}\nconst b = "{{{";\n`)).toEqual([]);
  });
});
