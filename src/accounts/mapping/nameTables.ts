import { show } from "../badRows.js";
import { Fields, type MappingFault } from "./fields.js";
import type { Names } from "./mapping.js";

/** A table of names, without what is done with others. */
type Table = Pick<Names, "table" | "reverse">;

/** Tables under the mapping's `names`, by name. */
export type NameTables = ReadonlyMap<string, Table>;

export function readNameTables(fields: Fields | undefined): NameTables {
  const tables = new Map<string, Table>();
  for (const [name] of fields?.names() ?? []) {
    const own = fields!.map(name);
    if (own !== undefined) tables.set(name, readTable(own));
  }
  return tables;
}

/** What two names stand for would be added up as one thing: refused. */
function readTable(fields: Fields): Table {
  const table = new Map<string, string>();
  const reverse = new Map<string, string>();
  for (const [theirs, line] of fields.names()) {
    const node = fields.take(theirs)!;
    if (node.kind !== "text") {
      fields.refuse(node.line, `${show(theirs)} must be a text`);
      continue;
    }
    const before = reverse.get(node.text);
    if (before !== undefined)
      fields.refuse(
        line,
        `${show(before)} and ${show(theirs)} are both ${show(node.text)}, and would be added up`,
      );
    table.set(theirs, node.text);
    reverse.set(node.text, theirs);
  }
  return { table, reverse };
}

/** The names of a source: a table of its own, or one by its name. */
export function readNames(fields: Fields, tables: NameTables, faults: MappingFault[]): Names | undefined {
  const node = fields.take("names");
  const others = fields.text("others");
  if (others !== undefined && others.text !== "same" && others.text !== "refused")
    fields.refuse(others.line, "others must be refused (the default) or same");
  if (node === undefined) {
    if (others !== undefined)
      fields.refuse(others.line, "others says what a table of names leaves open, and there is none");
    return undefined;
  }
  const found = node.kind === "text" ? tables.get(node.text) : inPlace(node, fields, faults);
  if (found === undefined && node.kind === "text")
    fields.refuse(node.line, `there is no table ${show(node.text)} under names`);
  return found === undefined ? undefined : { ...found, others: others?.text === "same" ? "same" : "refused" };
}

function inPlace(
  node: Parameters<typeof Fields.of>[0],
  fields: Fields,
  faults: MappingFault[],
): Table | undefined {
  const own = Fields.of(node, fields.at("names"), faults);
  return own === undefined ? undefined : readTable(own);
}
