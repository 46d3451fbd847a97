import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_JSON_VALUES, parseStrictJson } from "../../src/protocol/strictJson.js";

function refusalOf(text: string, maxLength?: number): { code: string; kind: string | undefined } {
  try {
    parseStrictJson(text, "statement", maxLength === undefined ? {} : { maxLength });
  } catch (error) {
    const { code, message, options } = error as { code: string; message: string; options: { kind?: string } };
    expect(message).toMatch(/^statement: /);
    return { code, kind: options.kind };
  }
  throw new Error("nothing was thrown");
}

describe("parseStrictJson", () => {
  it("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 1), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), null, indent);
        if (/\\ud[89a-f]|"__proto__"/i.test(spaced)) return;
        expect(parseStrictJson(spaced, "x")).toEqual(JSON.parse(spaced));
      }),
    );
    for (const text of [
      '{"a":{"a":[{"a":1},{"a":2}]},"b":["a","a"]}',
      '["{\\"a\\":1,\\"a\\":2}"]',
      '{"a":"a","\\\\":"\\"","":"b,"}',
      '"\\ud83d\\ude00 😀"',
    ]) {
      expect(parseStrictJson(text, "x")).toEqual(JSON.parse(text));
    }
  });

  it.each<[string, string, string]>([
    ["no JSON", '{"a":', "JSON_INVALID"],
    ["nothing", "", "JSON_INVALID"],
    ["two values", "{}{}", "JSON_INVALID"],
    ["a key twice", '{"a":1,"a":1}', "JSON_DUPLICATE_KEY"],
    ["a key twice, spelled differently", '{"a":1,"\\u0061":2}', "JSON_DUPLICATE_KEY"],
    ["a key twice after nested values", '{"a":[{"b":[1,{}]}],"c":{"a":0},"a":2}', "JSON_DUPLICATE_KEY"],
    ["a key twice deep inside", '[[{"x":[{"b":1 , "b":2}]}]]', "JSON_DUPLICATE_KEY"],
    ["the empty key twice", '{"":1,"":2}', "JSON_DUPLICATE_KEY"],
    ["__proto__", '{"__proto__":{"a":1}}', "JSON_INVALID"],
    ["__proto__, spelled differently", '[{"_\\u005fproto__":1}]', "JSON_INVALID"],
    ["half a surrogate pair in a string", '["\\ud800"]', "JSON_INVALID"],
    ["half a surrogate pair, unescaped", `["${"\ud800"}"]`, "JSON_INVALID"],
    ["the wrong half first", '["\\udc00\\ud800"]', "JSON_INVALID"],
    ["half a surrogate pair in a key", '{"a\\udfff":1}', "JSON_INVALID"],
  ])("refuses %s", (_, text, code) => {
    expect(refusalOf(text)).toEqual({ code, kind: "invalid" });
  });

  it("refuses text that is too long before reading it", () => {
    expect(refusalOf("x".repeat(11), 10)).toEqual({ code: "JSON_TOO_LARGE", kind: "invalid" });
    expect(parseStrictJson('"12345678"', "x", { maxLength: 10 })).toBe("12345678");
  });

  it.each<[string, (n: number) => string]>([
    ["lists", (n) => `[${"[],".repeat(n)}[]]`],
    ["numbers", (n) => `[${"0,".repeat(n)}0]`],
    ["keys", (n) => `{${Array.from({ length: n }, (_, i) => `"${i}":0`).join(",")}}`],
    ["an open string behind them", (n) => `${"[".repeat(n)}"`],
  ])("refuses millions of %s before reading them", (_, text) => {
    expect(refusalOf(text(MAX_JSON_VALUES + 1))).toEqual({ code: "JSON_TOO_LARGE", kind: "invalid" });
  });

  it("counts no comma or bracket of a string as a value", () => {
    const long = '[{,\\"'.repeat(MAX_JSON_VALUES);
    expect((parseStrictJson(`["${long}"]`, "x") as string[])[0]).toHaveLength(4 * MAX_JSON_VALUES);
  });

  it("reads strings and nestings of any size", () => {
    const long = "a\\n".repeat(5_000_000);
    expect((parseStrictJson(`["${long}"]`, "x") as string[])[0]).toHaveLength(10_000_000);
    const deep = 100_000;
    expect(() => parseStrictJson("[".repeat(deep) + "]".repeat(deep), "x")).not.toThrow();
  });
});
