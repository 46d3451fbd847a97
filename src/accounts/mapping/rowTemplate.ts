import { decimalProblem } from "../../decimal/decimalText.js";
import { show } from "../badRows.js";
import { Fields, type MappingFault } from "./fields.js";
import type { QuantitySource, RowTemplate, SideSource, TextSource } from "./mapping.js";
import { type NameTables, readNames } from "./nameTables.js";

/** Reads one entry of a file's `rows`; undefined where something that every row needs is wrong. */
export function readTemplate(
  fields: Fields,
  tables: NameTables,
  faults: MappingFault[],
): RowTemplate | undefined {
  const source = (key: string, allowNames: boolean, required = false): TextSource | undefined => {
    const own = fields.take(key, required);
    if (own === undefined) return undefined;
    if (own.kind !== "map") return columnOf(fields, own, key);
    const parts = Fields.of(own, fields.at(key), faults)!;
    return readSource(parts, allowNames ? tables : undefined, faults);
  };
  const when = readWhen(fields.map("when"));
  const account = source("account", true, true);
  const instrument = source("instrument", true, true);
  const pocket = source("pocket", true);
  const leverage = source("leverage", false);
  const entryPrice = source("entry_price", false);
  const quantity = readQuantity(fields, faults);
  const side = readSide(fields.map("side"));
  fields.end();
  if (account === undefined || instrument === undefined || quantity === undefined) return undefined;
  return {
    when,
    account,
    instrument,
    quantity,
    ...(pocket === undefined ? {} : { pocket }),
    ...(side === undefined ? {} : { side }),
    ...(leverage === undefined ? {} : { leverage }),
    ...(entryPrice === undefined ? {} : { entryPrice }),
  };
}

/** Columns that a template reads, those of its conditions among them. */
export function columnsOf({ when, quantity, side, ...texts }: RowTemplate): string[] {
  const sources = [texts.account, texts.pocket, texts.instrument, texts.leverage, texts.entryPrice];
  const read = sources.flatMap((own) => (own !== undefined && "column" in own ? [own.column] : []));
  const summed = "constant" in quantity ? [] : [...quantity.plus, ...quantity.minus];
  return [
    ...when.keys(),
    ...read,
    ...(side !== undefined && "column" in side ? [side.column] : []),
    ...summed,
  ];
}

type Node = Parameters<Fields["textOf"]>[0];

function columnOf(fields: Fields, node: Node, key: string): TextSource | undefined {
  const text = fields.textOf(node, key);
  return text === undefined ? undefined : { column: text.text };
}

/** `{ column, names, others }` or `{ constant }`. */
function readSource(
  fields: Fields,
  tables: NameTables | undefined,
  faults: MappingFault[],
): TextSource | undefined {
  const constant = fields.text("constant");
  const column = fields.text("column");
  const names = tables === undefined ? undefined : readNames(fields, tables, faults);
  fields.end();
  if ((constant === undefined) === (column === undefined)) {
    fields.refuse(fields.line, "needs a column or a constant, and not both");
    return undefined;
  }
  if (column === undefined) {
    if (names !== undefined) fields.refuse(fields.line, "a constant needs no names");
    return { constant: constant!.text };
  }
  return { column: column.text, ...(names === undefined ? {} : { names }) };
}

function readWhen(fields: Fields | undefined): RowTemplate["when"] {
  const when = new Map<string, ReadonlySet<string>>();
  for (const [column, line] of fields?.names() ?? []) {
    if (column === "") fields!.refuse(line, "a column has a name");
    when.set(column, new Set(fields!.values(column).map(({ text }) => text)));
  }
  return when;
}

/** A column, `{ plus, minus }` or `{ constant }`. */
function readQuantity(fields: Fields, faults: MappingFault[]): QuantitySource | undefined {
  const node = fields.take("quantity", true);
  if (node === undefined) return undefined;
  if (node.kind !== "map") {
    const column = fields.textOf(node, "quantity");
    return column === undefined ? undefined : { plus: [column.text], minus: [] };
  }
  const parts = Fields.of(node, fields.at("quantity"), faults)!;
  const constant = parts.text("constant");
  const plus = parts.texts("plus").map(({ text }) => text);
  const minus = parts.texts("minus").map(({ text }) => text);
  parts.end();
  if (constant !== undefined) {
    const problem = decimalProblem(constant.text);
    if (problem !== undefined) parts.refuse(constant.line, `${show(constant.text)} ${problem}`);
    if (plus.length + minus.length > 0) parts.refuse(parts.line, "a constant is no sum of columns");
    return { constant: constant.text };
  }
  if (plus.length + minus.length === 0) parts.refuse(parts.line, "needs plus, minus or a constant");
  for (const column of plus)
    if (minus.includes(column)) parts.refuse(parts.line, `${show(column)} is added and taken off`);
  return { plus, minus };
}

const SIDES = ["long", "short", "net"] as const;

/** `{ column, long, short, net }`, or `{ constant }` for a table of one side. */
function readSide(fields: Fields | undefined): SideSource | undefined {
  if (fields === undefined) return undefined;
  if (fields.has("constant")) {
    const constant = fields.text("constant");
    fields.end();
    if (constant?.text === "long" || constant?.text === "short") return { constant: constant.text };
    fields.refuse(fields.line, "a constant side is long or short");
    return undefined;
  }
  const column = fields.text("column", true);
  for (const side of ["long", "short"])
    if (!fields.has(side)) fields.refuse(fields.line, `${side} is missing: which values are ${side}`);
  const sides = new Map<string, "long" | "short" | undefined>();
  for (const side of SIDES) {
    for (const { text, line } of fields.values(side)) {
      if (sides.has(text)) fields.refuse(line, `${show(text)} is two sides`);
      sides.set(text, side === "net" ? undefined : side);
    }
  }
  fields.end();
  return column === undefined ? undefined : { column: column.text, sides };
}
