import { transformSync } from "esbuild";
import { describe, expect, test } from "vitest";
import { instrument, mutantsOf } from "../../scripts/mutants/mutate.js";

const mutantsIn = (source: string) => mutantsOf("src/room/file.ts", source);
/** What the keys say after the operator: `was -> becomes`. */
const changes = (source: string, operator: string): string[] =>
  mutantsIn(source).flatMap(({ key }) => {
    const [, , name, ...rest] = key.split(" | ");
    return name === operator ? [rest.join(" | ")] : [];
  });

/** The program with one of its mutants switched on (0: none); it is an expression that uses `input`. */
function outcome(source: string, mutant: number, input: unknown): unknown {
  const mutants = mutantsIn(source);
  const text = instrument(
    source,
    mutants,
    mutants.map((_, n) => n + 1),
  );
  const { code } = transformSync(text, { loader: "ts", format: "cjs" });
  const module = { exports: {} as { run: (input: unknown) => unknown } };
  new Function("module", "__mutant", code)(module, (id: number) => id === mutant);
  return module.exports.run(input);
}

describe("operators", () => {
  test.each<[operator: string, source: string, changes: string[]]>([
    ["condition", "if (a < b) f();", ["a < b -> false", "a < b -> true"]],
    ["condition", "const bad = a !== b;", ["a !== b -> false", "a !== b -> true"]],
    ["condition", "const f = (a: T) => a.every(g);", ["a.every(g) -> false", "a.every(g) -> true"]],
    ["condition", "while (a) f();", ["a -> false"]],
    ["operand", "x = a && b;", ["a && b -> a", "a && b -> b"]],
    ["operand", "x = a ?? b;", ["a ?? b -> a", "a ?? b -> b"]],
    ["boundary", "x = a >= b;", ["a >= b -> a > b"]],
    ["arithmetic", "x = a * b % c;", ["a * b % c -> a * b", "a * b -> a + b"]],
    ["arithmetic", "x = (a + b) * c;", ["(a + b) * c -> (a + b) + c", "a + b -> a - b"]],
    ["arithmetic", "x = -a;", ["-a -> a"]],
    ["arithmetic", "sum += a;", ["sum += a -> sum -= a"]],
    ["arithmetic", 'x = "text" + a;', []],
    ["constant", "const N = 32;", ["32 -> 33", "32 -> 31"]],
    ["constant", "const N = 0n;", ["0n -> 1n"]],
    ["element", "hash([a, b]);", ["[a, b] -> without a", "[a, b] -> without b"]],
    [
      "element",
      "parts.push(a, ...b);",
      ["parts.push(a, ...b) -> without a", "parts.push(a, ...b) -> without ...b"],
    ],
    [
      "method",
      "x = names.filter(f).sort();",
      ["names.filter(f).sort() -> names.filter(f)", "names.filter(f) -> names"],
    ],
    ["method", "x = all.every(f);", ["all.every(f) -> all.some(f)"]],
    ["anchor", "x = /^a$/u;", ["/^a$/u -> /a$/u", "/^a$/u -> /^a/u"]],
    ["statement", "check(a);", ["check(a); -> gone"]],
    ["statement", "if (a) { f(); throw new Error(); }", ["f(); -> gone", "throw new Error(); -> gone"]],
    // Alone, the condition takes it away.
    ["statement", "if (a) throw new Error();", []],
    ["loop", "for (const a of all) { f(a); }", ["{ f(a); } -> the first turn only"]],
  ])("%s: %s", (operator, source, expected) => {
    expect(changes(source, operator)).toEqual(expected);
  });

  test("types, words for people, imports and assigned places are left alone", () => {
    for (const source of [
      'import { a } from "b";',
      "type A = [1, 2] | { a: 3 };",
      "function f(a: Readonly<Record<1, 2>>): asserts a is T {}",
      'if (bad) throw new MarginproofError("CODE", `$' + "{count - 1} of $" + "{3}`, { kind: 1 });",
      "a[1] = b;",
    ])
      expect(mutantsIn(source).filter(({ key }) => !/ \| (condition|statement) \| /.test(key))).toEqual([]);
  });
});

test("every mutant of an operand in parentheses is a program, and computes with the operand whole", () => {
  const source = "export const run = (n) => ((n ?? 1) + (n > 1 ? 5 : 7)) * 2;";
  const mutants = mutantsIn(source);
  const at = (change: string): unknown =>
    outcome(source, mutants.findIndex(({ key }) => key.endsWith(change)) + 1, 3);
  expect(mutants.map((_, n) => typeof outcome(source, n + 1, 3))).toEqual(mutants.map(() => "number"));
  expect(outcome(source, 0, 3)).toBe(16);
  expect(at("* 2 -> ((n ?? 1) + (n > 1 ? 5 : 7)) + 2")).toBe(10);
  expect(at("-> (n ?? 1) - (n > 1 ? 5 : 7)")).toBe(-4);
});

describe("names", () => {
  const source = "function f() { g(1); g(1); }\nconst h = () => g(1);";

  test("say file, function and text; equal ones are counted; lines don't matter", () => {
    const keys = mutantsIn(source).map(({ key }) => key);
    expect(keys).toContain("src/room/file.ts | f | constant | 1 -> 2");
    expect(keys).toContain("src/room/file.ts | f | constant | 1 -> 2 | 2");
    expect(keys).toContain("src/room/file.ts | h | constant | 1 -> 2");
    expect(new Set(keys).size).toBe(keys.length);
    expect(mutantsIn(`// moved\n\n${source}`).map(({ key }) => key)).toEqual(keys);
  });
});

describe("instrument", () => {
  const source = `
    export function run(items: readonly number[]): number {
      let sum = 0;
      for (let at = 0; at < items.length; at += 1) {
        if (items[at]! > 10) continue;
        sum += items[at] as number;
      }
      return sum;
    }`;
  const input = [1, 2, 11, 10];

  test("without a mutant the program is what it was, and each mutant is another", () => {
    expect(outcome(source, 0, input)).toBe(13);
    const mutants = mutantsIn(source);
    expect(mutants.length).toBeGreaterThan(10);
    const endless = new Set(["arithmetic | at += 1 -> at -= 1"]);
    const results = mutants.flatMap(({ key }, n) => {
      const name = key
        .split(" | ")
        .slice(1)
        .join(" | ")
        .replace(/^run(\.| \| )/, "");
      if (
        endless.has(name) ||
        name.startsWith("at | constant | 1 -> ") ||
        name.startsWith("constant | 1 -> ")
      )
        return [];
      return [[name, outcome(source, n + 1, input)]];
    });
    expect(Object.fromEntries(results)).toMatchObject({
      "loop | { if (items[at]! > 10) continue; sum += items[at] as number; } -> the first turn only": 1,
      "statement | continue; -> gone": 24,
      "statement | sum += items[at] as number; -> gone": 0,
      "arithmetic | sum += items[at] as number -> sum -= items[at] as number": -13,
      "boundary | items[at]! > 10 -> items[at]! >= 10": 3,
      "boundary | at < items.length -> at <= items.length": Number.NaN,
      "constant | 10 -> 11": 24,
      "sum | constant | 0 -> 1": 14,
      "at | constant | 0 -> 1": 12,
      "condition | items[at]! > 10 -> true": 0,
    });
  });
});
