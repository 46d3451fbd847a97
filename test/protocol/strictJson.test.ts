import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_JSON_DEPTH, MAX_JSON_VALUES, parseStrictJson } from "../../src/protocol/strictJson.js";

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

  it("refuses a key twice in one object, wherever, and no other text", () => {
    interface Piece {
      readonly text: string;
      /** Whether an object in it has a key twice. */
      readonly twice: boolean;
    }
    const leaf = fc.constantFrom("1", '"a"', '"b"', '","', "null").map((text) => ({ text, twice: false }));
    const { value } = fc.letrec<{ value: Piece; list: Piece; object: Piece }>((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, leaf, tie("list"), tie("object")),
      list: fc.array(tie("value"), { maxLength: 3 }).map((items) => ({
        text: `[${items.map(({ text }) => text).join(" , ")}]`,
        twice: items.some(({ twice }) => twice),
      })),
      object: fc
        .array(fc.tuple(fc.constantFrom("a", "b", "c"), tie("value")), { maxLength: 3 })
        .map((fields) => ({
          text: `{${fields.map(([key, { text }]) => `"${key}": ${text}`).join(", ")}}`,
          twice:
            new Set(fields.map(([key]) => key)).size < fields.length || fields.some(([, { twice }]) => twice),
        })),
    }));
    fc.assert(
      fc.property(value, ({ text, twice }) => {
        if (twice) expect(refusalOf(text)).toEqual({ code: "JSON_DUPLICATE_KEY", kind: "invalid" });
        else expect(parseStrictJson(text, "x")).toEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
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
    ["101 lists in each other", `${"[".repeat(101)}${"]".repeat(101)}`, "JSON_INVALID"],
    ["objects nested without end", `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`, "JSON_INVALID"],
    ["half a surrogate pair in a string", '["\\ud800"]', "JSON_INVALID"],
    ["half a surrogate pair, unescaped", `["${"\ud800"}"]`, "JSON_INVALID"],
    ["the wrong half first", '["\\udc00\\ud800"]', "JSON_INVALID"],
    ["half a surrogate pair in a key", '{"a\\udfff":1}', "JSON_INVALID"],
  ])("refuses %s", (_, text, code) => {
    expect(refusalOf(text)).toEqual({ code, kind: "invalid" });
  });

  it.each<[string, string, RegExp]>([
    ["nothing", "", /^statement: not JSON: it is empty$/],
    ["nothing but space", " \n\t", /^statement: not JSON: it is empty$/],
    ["a text that ends too soon", '{"a":', /^statement: not JSON: (?!it is empty|a byte)[^\n]+$/],
    ["a fault in the first line", '{"a":1,}', /\(line 1,? column 8\)$/],
    ["a fault after line breaks", '{\n"a": [],\n\n  "b": 1,}', /\(line 4,? column 10\)$/],
    ["a fault before line breaks", '{\n"a":1,}\n\n\n', /\(line 2,? column 7\)$/],
    ["a fault where a line begins", '{"a":1,\n}', /\(line 2,? column 1\)$/],
    ["a fault after a line break that comes first", '\n{"a":1,}', /\(line 2,? column 8\)$/],
    ["a line break in a string", '["a\nb"]', /\(line 1,? column 4\)$/],
    [
      "another byte order mark",
      "\uFEFF\uFEFF{}",
      /: a byte order mark stands where only a file's first character/,
    ],
    ["half a surrogate pair", '["\\ud800"]', /half a surrogate pair/],
    [
      "a key twice",
      `{"${"k".repeat(81)}":1,"${"k".repeat(81)}":1}`,
      /: the key "k{80}" appears twice in one object$/,
    ],
    ["a long word", `[1,${"x".repeat(1000)}]`, /^statement: not JSON: [^\n]{1,200}$/],
  ])("says what is wrong: %s", (_, text, message) => {
    expect(() => parseStrictJson(text, "statement")).toThrow(message);
  });

  it("passes on the parser's own words", () => {
    const own = (text: string): string => {
      try {
        return String(JSON.parse(text));
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (const text of ["[1,x]", '{"a":', "nul"])
      expect(() => parseStrictJson(text, "statement")).toThrow(`statement: not JSON: ${own(text)}`);
  });

  it("tells readers of somebody else's file and of their own what to do", () => {
    const hint = (text: string, kind?: "invalid" | "usage") => {
      try {
        return parseStrictJson(text, "x", { maxLength: 5, ...(kind === undefined ? {} : { kind }) });
      } catch (error) {
        return (error as { options: { kind: string; hint: string } }).options;
      }
    };
    const damaged = "The file is damaged or was altered: get it again from whoever published it.";
    for (const text of ["123456", "[1,]"]) {
      expect(hint(text)).toMatchObject({ kind: "invalid", hint: damaged });
      expect(hint(text, "invalid")).toMatchObject({ kind: "invalid", hint: damaged });
    }
    expect(hint("123456", "usage")).toEqual({ kind: "usage", hint: "Check that it is the right file." });
    expect(hint("[1,]", "usage")).toEqual({
      kind: "usage",
      hint: "Correct the file there.",
      cause: expect.any(SyntaxError),
    });
  });

  it("refuses text that is too long before reading it", () => {
    expect(refusalOf("x".repeat(11), 10)).toEqual({ code: "JSON_TOO_LARGE", kind: "invalid" });
    expect(parseStrictJson('"12345678"', "x", { maxLength: 10 })).toBe("12345678");
  });

  /** Values in lists and objects; an empty one holds one. */
  function valuesIn(json: unknown): number {
    if (typeof json !== "object" || json === null) return 0;
    const inside = Object.values(json);
    return Math.max(1, inside.length) + inside.reduce<number>((sum, each) => sum + valuesIn(each), 0);
  }

  it("counts values, whatever strings hold, and reads as many as are allowed", () => {
    const allows = (text: string, maxValues: number): boolean => {
      try {
        parseStrictJson(text, "x", { maxValues });
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: "JSON_TOO_LARGE", message: `x: more than ${maxValues} values` });
        return false;
      }
    };
    const odd = [
      ["[", "{,", ""],
      ["\\", 1],
      ['\\",[', 2],
      { '",[': "]", "[": [{}] },
      [[], [], {}],
      1,
      '",',
    ].map((value) => JSON.stringify(value));
    const some = fc.oneof(fc.constantFrom(...odd), fc.json());
    fc.assert(
      fc.property(some, fc.constantFrom(0, 1), (text, indent) => {
        const json = JSON.parse(text) as unknown;
        const spaced = JSON.stringify(json, null, indent);
        if (/\\ud[89a-f]|"__proto__"/i.test(spaced)) return;
        const values = valuesIn(json);
        expect(allows(spaced, values)).toBe(true);
        if (values > 0) expect(allows(spaced, values - 1)).toBe(false);
      }),
      { examples: odd.map((text): [string, number] => [text, 0]) },
    );
    expect(MAX_JSON_VALUES).toBe(4_000_000);
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

  it("reads strings of any size", () => {
    const long = "a\\n".repeat(5_000_000);
    expect((parseStrictJson(`["${long}"]`, "x") as string[])[0]).toHaveLength(10_000_000);
  });

  it("reads a hundred lists in each other, and no more", () => {
    const nested = (deep: number) => () => parseStrictJson("[".repeat(deep) + "]".repeat(deep), "x");
    expect(nested(MAX_JSON_DEPTH)).not.toThrow();
    for (const deep of [MAX_JSON_DEPTH + 1, 100_000])
      expect(nested(deep)).toThrow(/^x: more than 100 objects and lists in each other$/);
  });
});
