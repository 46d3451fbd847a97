import { Findings, type Literal, wrongType } from "./issue.js";
import { type AnySchema, type Input, type Output, Schema, type Shape } from "./schema.js";

const primitive =
  (kind: "string" | "number" | "boolean", words: string | undefined) =>
  (value: unknown, found: Findings): unknown => {
    const right = typeof value === kind && (kind !== "number" || Number.isFinite(value));
    if (right) return value;
    found.add(wrongType(kind, value, words), true);
    return undefined;
  };

export const string = (words?: string): Schema<string> =>
  new Schema(primitive("string", words), "string", "never");
/** A finite number. */
export const number = (words?: string): Schema<number> =>
  new Schema(primitive("number", words), "number", "never");
export const boolean = (words?: string): Schema<boolean> =>
  new Schema(primitive("boolean", words), "other", "never");

/** Anything that is there. */
export const unknown = (): Schema<unknown> => new Schema((value) => value, "other", "never");

/** Words for a value that is none of those asked for, or what makes them of it. */
type Words = string | { readonly error: (issue: { readonly input: unknown }) => string };

function oneOf(values: readonly Literal[], usual: string, words?: Words) {
  return (value: unknown, found: Findings): unknown => {
    if (values.includes(value as Literal)) return value;
    const message = typeof words === "object" ? words.error({ input: value }) : (words ?? usual);
    found.add({ code: "invalid_value", values, message }, true);
    return undefined;
  };
}

/** Exactly this value. */
export function literal<const T extends Literal>(value: T, words?: Words): Schema<T> {
  const usual = `Invalid input: expected ${JSON.stringify(value)}`;
  return new Schema(oneOf([value], usual, words), "other", "never", [], { values: [value] });
}

function enumOf<const T extends readonly [string, ...string[]]>(values: T, words?: Words): Schema<T[number]> {
  const listed = values.map((value) => JSON.stringify(value)).join("|");
  return new Schema(oneOf(values, `Invalid option: expected one of ${listed}`, words), "other", "never");
}

export { enumOf as enum };

/** A list of values of one kind. */
export function array<S extends AnySchema>(item: S, words?: string): Schema<Output<S>[], Input<S>[]> {
  return new Schema(
    (value, found) => {
      if (Array.isArray(value)) return value.map((each, i) => part(item, i, each, found));
      found.add(wrongType("array", value, words), true);
      return undefined;
    },
    "array",
    "never",
    [],
    { parts: [item] },
  );
}

function part(schema: AnySchema, key: string | number, value: unknown, found: Findings): unknown {
  const own = new Findings();
  const read = schema.read(value, own);
  if (own.issues.length > 0) found.addPart(key, own);
  return read;
}

type Flat<T> = { [K in keyof T]: T[K] } & {};
type Missable<S extends Shape, M> = { [K in keyof S]: S[K]["missing"] extends M ? K : never }[keyof S];
type OutputOf<S extends Shape> = Flat<
  { -readonly [K in Exclude<keyof S, Missable<S, "left out">>]: Output<S[K]> } & {
    -readonly [K in Missable<S, "left out">]?: Output<S[K]>;
  }
>;
type InputOf<S extends Shape> = Flat<
  { -readonly [K in Exclude<keyof S, Missable<S, "left out" | "filled in">>]: Input<S[K]> } & {
    -readonly [K in Missable<S, "left out" | "filled in">]?: Input<S[K]>;
  }
>;
export type ObjectSchema<S extends Shape> = Schema<OutputOf<S>, InputOf<S>>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An object of exactly these fields. */
export function strictObject<S extends Shape>(shape: S): ObjectSchema<S> {
  const fields = Object.entries(shape);
  const type = (value: unknown, found: Findings): unknown => {
    if (!isObject(value)) {
      found.add(wrongType("object", value), true);
      return undefined;
    }
    const read: Record<string, unknown> = {};
    for (const [key, schema] of fields) {
      const given = Object.hasOwn(value, key);
      if (!given && schema.missing === "left out") continue;
      const own = given ? value[key] : undefined;
      const before = found.issues.length;
      const field = part(schema, key, own, found);
      read[key] = field;
      if (given || field !== undefined || found.issues.length > before) continue;
      // Only a schema of anything takes what is not there.
      const absent = new Findings();
      absent.add(wrongType("nonoptional", undefined), true);
      found.addPart(key, absent);
    }
    const keys = Object.keys(value).filter((key) => !Object.hasOwn(shape, key));
    const listed = keys.map((key) => JSON.stringify(key)).join(", ");
    const message = `Unrecognized key${keys.length > 1 ? "s" : ""}: ${listed}`;
    if (keys.length > 0) found.add({ code: "unrecognized_keys", keys, message });
    return read;
  };
  return new Schema(type, "other", "never", [], { shape });
}

/** An object of any fields whose names and values are of a kind. The name `__proto__` is passed over. */
export function record<S extends AnySchema>(
  name: Schema<string>,
  value: S,
): Schema<Record<string, Output<S>>, Record<string, Input<S>>> {
  const type = (given: unknown, found: Findings): unknown => {
    if (!isObject(given) || ![Object.prototype, null].includes(Object.getPrototypeOf(given))) {
      found.add(wrongType("record", given), true);
      return undefined;
    }
    const read: Record<string, unknown> = {};
    for (const key of Object.keys(given)) {
      if (key === "__proto__") continue;
      const { success, error } = name.safeParse(key);
      if (success) {
        read[key] = part(value, key, given[key], found);
      } else {
        const own = new Findings();
        own.add({ code: "invalid_key", issues: error.issues, message: "Invalid key in record" }, true);
        found.addPart(key, own);
      }
    }
    return read;
  };
  return new Schema(type, "other", "never", [], { parts: [value] });
}

/** One of several objects, told apart by a field whose value each of them states. */
export function discriminatedUnion<const S extends readonly [AnySchema, ...AnySchema[]]>(
  field: string,
  options: S,
): Schema<Output<S[number]>, Input<S[number]>> {
  const valuesOf = ({ facts }: AnySchema) => facts.shape?.[field]?.facts.values ?? [];
  const listed = options.flatMap(valuesOf).map((value) => `'${value}'`);
  const message = `Invalid discriminator value. Expected ${listed.join(" | ")}`;
  const type = (value: unknown, found: Findings): unknown => {
    if (!isObject(value)) {
      found.add(wrongType("object", value), true);
      return undefined;
    }
    const stated = Object.hasOwn(value, field) ? value[field] : undefined;
    const chosen = options.find((option) => valuesOf(option).includes(stated as Literal));
    if (chosen !== undefined) return chosen.read(value, found);
    const own = new Findings();
    own.add({ code: "invalid_union", message }, true);
    found.addPart(field, own);
    return undefined;
  };
  return new Schema(type, "other", "never", [], { parts: options });
}

/** Whichever of several fits first. Where one alone is of the right type, its issues are told; else only that none fits. */
export function union<const S extends readonly [AnySchema, ...AnySchema[]]>(
  options: S,
  words = "Invalid input",
): Schema<Output<S[number]>, Input<S[number]>> {
  const type = (value: unknown, found: Findings): unknown => {
    const close: Findings[] = [];
    for (const option of options) {
      const own = new Findings();
      const read = option.read(value, own);
      if (own.issues.length === 0) return read;
      if (!own.aborted && !own.stopped) close.push(own);
    }
    if (close.length === 1) found.issues.push(...close[0]!.issues);
    else found.add({ code: "invalid_union", message: words }, true);
    return undefined;
  };
  return new Schema(type, "other", "never", [], { parts: options });
}
