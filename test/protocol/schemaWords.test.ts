import { describe, expect, test } from "vitest";
import { z } from "zod";
import { firstIssue } from "../../src/protocol/schemaWords.js";

/** What is said of a file that the schema refuses. */
function said(schema: z.ZodType, file: unknown): string {
  const { error } = schema.safeParse(file);
  return firstIssue(error!);
}
const field = (schema: z.ZodType, value: unknown): string =>
  said(z.strictObject({ at: schema }), { at: value });

describe("what is wrong with a file's field", () => {
  test.each<[string, z.ZodType, unknown]>([
    ["must be text in quotes", z.string(), 1],
    ["must be a list", z.array(z.string()), {}],
    ["must be an object", z.strictObject({}), []],
    ["must be an object", z.record(z.string(), z.string()), "a"],
    ["must be a whole number", z.number().int(), 1.5],
    ["must be a number", z.number(), "1"],
    ["must be a boolean", z.boolean(), "true"],
    ['must be "a"', z.literal("a"), "b"],
    ['must be "a" or "b"', z.enum(["a", "b"]), "c"],
    ['must be "a" or 1', z.literal(["a", 1]), "c"],
  ])("%s", (words, schema, value) => {
    expect(field(schema, value)).toBe(`at: ${words}`);
  });

  test.each<[z.ZodType]>([[z.string()], [z.number().int()], [z.array(z.string())], [z.strictObject({})]])(
    "it is missing, whatever it should be: %#",
    (schema) => {
      expect(said(z.strictObject({ at: schema }), {})).toBe("at: is missing");
    },
  );

  test("the schema's own words stand as they are", () => {
    const own = "is 1 to 3, given it received undefined";
    expect(field(z.string().regex(/^[1-3]$/, "must be 1 to 3"), "4")).toBe("at: must be 1 to 3");
    expect(field(z.string(own), 4)).toBe(`at: ${own}`);
    expect(field(z.literal("a", own), "b")).toBe(`at: ${own}`);
    expect(said(z.strictObject({ at: z.string(own) }), {})).toBe(`at: ${own}`);
    expect(field(z.string().min(2), "a")).toMatch(/^at: Too small: /);
  });

  test("fields that don't exist are named, cut where they are long", () => {
    const schema = z.strictObject({ a: z.number().optional() });
    expect(said(schema, { b: 1 })).toBe('the whole file: no such field: "b"');
    expect(said(schema, { b: 1, 'c"\n': 2 })).toBe('the whole file: no such field: "b", "c\\"\\n"');
    expect(said(schema, { ["d".repeat(81)]: 1 })).toBe(`the whole file: no such field: "${"d".repeat(80)}"`);
    // What the schema says of other things it doesn't say of a field too many.
    expect(said(z.strictObject({}, "its own words"), { b: 1 })).toBe('the whole file: no such field: "b"');
  });

  test("a name that a list of names can't have is told by its own rule", () => {
    const names = z.string().regex(/^[a-z]+$/, "must be lower-case letters");
    expect(said(z.record(names, z.number()), { B: 1 })).toBe("B: must be lower-case letters");
  });

  test("the first of several is told", () => {
    expect(said(z.strictObject({ a: z.string(), b: z.string() }), { a: 1, b: 1 })).toBe(
      "a: must be text in quotes",
    );
  });
});

describe("where in a file", () => {
  test("fields by name, items by number", () => {
    const list = z.array(z.strictObject({ b: z.array(z.string()) }));
    expect(said(z.strictObject({ a: list }), { a: [{ b: [] }, { b: ["", 1] }] })).toBe(
      "a[1].b[1]: must be text in quotes",
    );
    expect(said(list, [1])).toBe("[0]: must be an object");
    expect(said(list, 1)).toBe("the whole file: must be a list");
    // A name of digits is no item's number, and a name's own dots stay.
    expect(said(z.record(z.string(), z.number()), { "1": "a" })).toBe("1: must be a number");
    expect(said(z.strictObject({ a: z.record(z.string(), z.number()) }), { a: { "1": "a" } })).toBe(
      "a.1: must be a number",
    );
    expect(said(z.record(z.string(), z.number()), { ".x": "a" })).toBe(".x: must be a number");
  });

  test("a long name is cut", () => {
    const longest = "n".repeat(80);
    expect(said(z.record(z.string(), z.number()), { [`${longest}${longest}`]: "a" })).toBe(
      `${longest}: must be a number`,
    );
  });
});
