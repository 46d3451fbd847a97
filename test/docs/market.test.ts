import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { marketFile } from "../../src/market/marketFile.js";

type Schema = z.core.$ZodType;
type Def = {
  readonly type: string;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly element?: Schema;
  readonly innerType?: Schema;
  readonly valueType?: Schema;
  readonly in?: Schema;
  readonly options?: readonly Schema[];
};

const defOf = (schema: Schema) => schema._zod.def as unknown as Def;

/** Fields of the objects in a schema: directly, and inside of those. */
function fieldsOf(schema: Schema): { readonly name: string; readonly schema: Schema }[] {
  const { type, shape, element, innerType, valueType, in: input, options } = defOf(schema);
  if (type === "object") return Object.entries(shape!).map(([name, field]) => ({ name, schema: field }));
  return [element, innerType, valueType, input, ...(options ?? [])].flatMap((inner) =>
    inner === undefined ? [] : fieldsOf(inner),
  );
}

const namesInside = (schema: Schema): string[] =>
  fieldsOf(schema).flatMap((field) => [field.name, ...namesInside(field.schema)]);

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "market.md"), "utf8");

/** Rows of the table whose header begins so: the fields that a row is for, and its text. */
function rowsOf(header: string): { readonly fields: readonly string[]; readonly text: string }[] {
  const lines = page.slice(page.indexOf(header)).split("\n").slice(2);
  return lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith("|")),
    )
    .map((line) => {
      const [, first, ...rest] = line.split("|");
      return { fields: [...first!.matchAll(/`(\w+)`/g)].map((match) => match[1]!), text: rest.join("|") };
    });
}

const instruments = fieldsOf(marketFile).find(({ name }) => name === "instruments")!;

describe.each([
  ["the file", "| field | meaning |", marketFile as Schema],
  ["an instrument", "| instrument field | for | meaning |", instruments.schema],
])("docs/market.md, the fields of %s", (what, header, schema) => {
  const rows = rowsOf(header);
  const fields = fieldsOf(schema);

  it("are all there, once each, and no others", () => {
    expect(fields.length).toBeGreaterThan(10);
    expect(rows.flatMap((row) => row.fields).sort()).toEqual(fields.map(({ name }) => name).sort());
  });

  it("are explained with every field inside them", () => {
    for (const field of fields) {
      if (what === "the file" && field.name === "instruments") continue;
      const { text } = rows.find((row) => row.fields.includes(field.name))!;
      for (const inner of new Set(namesInside(field.schema)))
        expect(text, `${field.name}: ${inner}`).toContain(`\`${inner}\``);
    }
  });
});
