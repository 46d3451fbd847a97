import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { marketFile } from "../../src/market/marketFile.js";
import type { AnySchema } from "../../src/schema/index.js";

/** Fields of the objects in a schema: directly, and inside of those. */
function fieldsOf({ facts }: AnySchema): { readonly name: string; readonly schema: AnySchema }[] {
  const own = Object.entries(facts.shape ?? {}).map(([name, schema]) => ({ name, schema }));
  return [...own, ...(facts.parts ?? []).flatMap(fieldsOf)];
}

const namesInside = (schema: AnySchema): string[] =>
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
  ["the file", "| field | meaning |", marketFile],
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
