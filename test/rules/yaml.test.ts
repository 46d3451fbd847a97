import { describe, expect, test } from "vitest";
import { MarginproofError } from "../../src/errors.js";
import { parseYamlTree } from "../../src/rules/yamlTree.js";

const N = 100_000;
const refused = (text: string): string => {
  try {
    parseYamlTree(text);
    return "accepted";
  } catch (error) {
    if (!(error instanceof MarginproofError)) throw error;
    return `${error.code} ${error.message}`;
  }
};

describe("YAML of a rules file", () => {
  test("every scalar is its text, never a number", () => {
    const tree = parseYamlTree('a: 0.10\nb: 1e3\nc: "0.1"\nd: true\ne: ~\nf: 0x10\ng: # nothing\n');
    const texts = tree.kind === "map" ? [...tree.entries.values()].map(({ value }) => value) : [];
    expect(texts.map((node) => (node.kind === "text" ? node.text : node.kind))).toEqual([
      ...["0.10", "1e3", "0.1", "true", "~", "0x10", ""],
    ]);
    expect(texts.map((node) => node.line)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("JSON is YAML", () => {
    expect(parseYamlTree('{"a": [1.50, {"b": "x"}]}')).toEqual(parseYamlTree("a: [1.50, {b: x}]"));
  });

  test.each([
    ["a: 1\nb: 2\na: 3", 'line 3: the key "a" was given on line 1'],
    ['{"a": 1,\n"\\u0061": 2}', 'line 2: the key "a"'],
    ["a: 1\nb: &x 2", "line 2: anchors"],
    ["a: 1\nb: *x", "line 2: "],
    ["a: 1\nb: !!str 2", "line 2: tags"],
    ["a: 1\nb: !x 2", "line 2: "],
    ["%YAML 1.2\n---\na: 1", "line 1: directives"],
    ["a: 1\n---\nb: 1", "line 2: "],
    ["a: 1\n__proto__: 1", 'line 2: the key "__proto__"'],
    ["? [a]\n: 1", "line 1: a key must be plain text"],
    ["a: [1,\n2", "line 2: "],
    ["a: 1\n\tb: 2", "line 2: "],
    ["", "the file is empty"],
    ["# only a comment", "the file is empty"],
  ])("refused: %j", (text, words) => {
    expect(refused(text)).toContain("RULES_YAML");
    expect(refused(text)).toContain(words);
  });

  test("billion laughs", () => {
    const lines = [
      "a: &a [x, x]",
      ..."bcdefghi".split("").map((c, k) => `${c}: &${c} [*${"abcdefgh"[k]}, *a]`),
    ];
    expect(refused(lines.join("\n"))).toContain("line 1: anchors");
  });

  test.each([
    "- ".repeat(N),
    `a: ${"? ".repeat(N)}`,
    "[".repeat(N),
    "[a, ".repeat(N),
    "{a: ".repeat(N),
    "[ # ]\n".repeat(N),
    "&a - ".repeat(N),
    "a: b: ".repeat(N),
    `[${"c: ".repeat(N)}]`,
    "{? ".repeat(N),
    `- ${"[a]: ".repeat(N)}`,
    Array.from({ length: 1000 }, (_, k) => `${" ".repeat(k)}a:\n`).join(""),
    `a: ${"x".repeat(5_000_000)}`,
    "a:\n b:\n  c:\n   d:\n    e:\n     f:\n      g:\n       h:\n        i:\n         j:\n          k:\n           l:\n            m: 1",
  ])("too large or too deep, without ending the process: %#", (text) => {
    expect(refused(text)).toContain("RULES_TOO_LARGE");
  });

  test("many keys of one map are read", () => {
    expect(refused(Array.from({ length: 50_000 }, (_, k) => `k${k}: 1\n`).join(""))).toBe("accepted");
  });
});
