import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as zod from "zod";
import * as z from "../../src/schema/index.js";

/** One schema with everything that files use, made with either library. */
function build(lib: typeof zod) {
  const text = lib
    .string()
    .max(4)
    .regex(/^[a-c]*$/, "only a to c")
    .refine((value) => value !== "abc", "not abc")
    .transform((value) => value.toUpperCase());
  const short = text.refine((value) => value.length < 3, "short");
  const part = lib
    .strictObject({ a: short.optional(), b: lib.number().int().min(-1).max(3).default(2) })
    .refine((value) => value.b !== 1, "b is 1");
  return lib.strictObject({
    a: text,
    list: lib.array(part).min(1, "one at least").max(2),
    exact: lib.array(lib.boolean()).length(2),
    worded: lib.array(lib.string(), "a list").optional(),
    any: lib.unknown(),
    kind: lib.enum(["x", "y"]).default("x"),
    word: lib.literal("w", { error: ({ input }) => `not ${String(typeof input)}` }).optional(),
    map: lib.record(lib.string().regex(/^[ab]/, "a or b"), lib.number().int().positive()),
    union: lib.union([short, lib.array(lib.strictObject({ a: short })).min(1)]).optional(),
    told: lib
      .discriminatedUnion("a", [
        lib.strictObject({ a: lib.literal("b"), b: lib.string().length(2) }),
        lib.strictObject({ a: lib.literal("c"), list: lib.boolean() }),
      ])
      .optional(),
  });
}

const theirs = build(zod);
const ours = build(z as unknown as typeof zod);

/** What either says, as far as anything here reads it. */
function outcome(schema: typeof theirs, value: unknown) {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const issues = error.issues.map(({ code, path, message, ...rest }) => {
    const { expected, values, keys, issues } = rest as Record<string, unknown>;
    const inner = (issues as { message: string }[] | undefined)?.map((issue) => issue.message);
    return { code, path, message, expected, values, keys, inner };
  });
  // zod measures what is no list, too: of one place, what is first is what is told.
  const placeOf = (path: readonly PropertyKey[]): string => path.join("/");
  const typed = issues.filter(({ code }) => code === "invalid_type").map(({ path }) => placeOf(path));
  return issues.filter(({ code, path }) => !/^too_/.test(code) || !typed.includes(placeOf(path)));
}

const key = fc.constantFrom(
  "a",
  "b",
  "list",
  "exact",
  "any",
  "kind",
  "word",
  "map",
  "union",
  "told",
  "__proto__",
  "c",
);
const leaf = fc.oneof(
  fc.constantFrom("", "a", "ab", "abc", "aaaaa", "b", "c", "d", "w", "x", "y", "-"),
  fc.constantFrom(0, 1, 2, 4, -2, 1.5, true, false, null),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, leaf, tie("list"), tie("object")),
  list: fc.array(tie("value"), { maxLength: 3 }),
  object: fc.dictionary(key, tie("value"), { maxKeys: 10 }),
})).value;
/** Mostly right, so that what is deep is reached. */
const near = fc.record(
  {
    a: leaf,
    list: fc.array(fc.record({ a: leaf, b: leaf }, { requiredKeys: [] }), { maxLength: 3 }),
    exact: fc.array(fc.oneof(fc.boolean(), leaf), { maxLength: 3 }),
    any: json,
    kind: leaf,
    worded: fc.oneof(leaf, fc.array(leaf, { maxLength: 2 })),
    word: leaf,
    map: fc.dictionary(fc.constantFrom("a", "b1", "c"), leaf, { maxKeys: 3 }),
    union: fc.oneof(leaf, fc.array(fc.record({ a: leaf }), { maxLength: 2 })),
    told: fc.oneof(leaf, fc.record({ a: leaf, b: leaf, list: leaf }, { requiredKeys: [] })),
    extra: leaf,
  },
  { requiredKeys: ["a", "list", "exact", "map"] },
);

describe("a schema", () => {
  test("says of any JSON what zod says of it, word for word", () => {
    fc.assert(
      fc.property(fc.oneof(near, near, json), (value) => {
        // As read from a file: no undefined, no foreign prototype.
        const read = JSON.parse(JSON.stringify(value)) as unknown;
        expect(outcome(ours, read)).toEqual(outcome(theirs, read));
      }),
      { numRuns: 4000 },
    );
  });

  test("takes what is right, and says all that is wrong", () => {
    const right = { a: "ab", list: [{}], exact: [true, false], any: null, map: { a: 1 } };
    expect(ours.safeParse(right)).toEqual({
      success: true,
      data: { ...right, a: "AB", list: [{ b: 2 }], kind: "x" },
    });
    const wrong = { ...right, a: "z".repeat(5), list: [], told: { a: "q" }, other: 1 };
    expect(outcome(ours, wrong)).toEqual(outcome(theirs, wrong));
    expect((outcome(ours, wrong) as unknown[]).length).toBe(5);
  });

  test.each([2 ** 53, -(2 ** 53), Number.NaN, Number.POSITIVE_INFINITY, 1.5, "1", null, true])(
    "takes no %s for a whole number",
    (value) => {
      expect(z.number().int().safeParse(value).success).toBe(false);
      expect(() => z.number().int().parse(value)).toThrow("Invalid input");
    },
  );

  test("sees no field in what an object inherits", () => {
    const schema = z.strictObject({ a: z.string().optional(), b: z.unknown() });
    const inherits = Object.create({ a: 1, b: 2 }) as object;
    expect(schema.safeParse(inherits).success).toBe(false);
    expect(z.strictObject({ toString: z.string().optional() }).parse({})).toEqual({});
    expect(z.record(z.string(), z.number()).safeParse(new Map()).success).toBe(false);
  });
});
