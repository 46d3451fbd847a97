import { decimalText } from "../../decimal/decimal.js";
import { add, type Decimal, decimalProblem, parseDecimal, subtract } from "../../decimal/decimalText.js";
import { type AccountRow, type Column, validateRow } from "../accountRow.js";
import { type BadRow, type Fault, type FaultTaker, show } from "../badRows.js";
import type { InstrumentTable } from "../instruments.js";
import type { RowReader } from "../rowReader.js";
import type { MappedFile, QuantitySource, RowTemplate, SideSource, TextSource } from "./mapping.js";

/** A record's text in a column. */
type TextOf = (column: string) => string;
type Refuse = (column: string, fault: Fault) => void;

const NUMBER_HINT = "Export it as a plain decimal: no exponent, separators or spaces.";

/** Reads the records of one file of an export by its mapping: every one becomes rows, or is refused. */
export class MappedReader implements RowReader {
  readonly columns: readonly string[];
  readonly required: ReadonlySet<string>;
  readonly keys: ReadonlySet<string>;
  readonly ignored: ReadonlySet<string>;
  readonly mayBeEmpty: ReadonlySet<string> = new Set();
  readonly nulls = true;
  readonly hint = "Name the column in the mapping, in a row that reads it or under ignore.";
  readonly #rows: readonly RowTemplate[];
  readonly #places: ReadonlyMap<string, number>;
  /** Values that conditions name, by column. A value that none names would drop a row without a word. */
  readonly #known = new Map<string, Set<string>>();

  constructor({ rows, used, ignored }: MappedFile) {
    this.#rows = rows;
    this.columns = used;
    this.required = new Set(used);
    this.keys = this.required;
    this.ignored = ignored;
    this.#places = new Map(used.map((column, place) => [column, place]));
    for (const { when } of rows)
      for (const [column, values] of when)
        this.#known.set(column, new Set([...(this.#known.get(column) ?? []), ...values]));
  }

  rows(
    texts: readonly (string | undefined)[],
    line: number,
    market: InstrumentTable,
    bad: FaultTaker,
  ): readonly AccountRow[] {
    let good = true;
    const taker: FaultTaker = {
      add: (fault) => {
        good = false;
        bad.add(fault);
      },
    };
    const textOf: TextOf = (column) => texts[this.#places.get(column)!] ?? "";
    const found = this.#templatesFor(textOf, line, taker).flatMap((template) => {
      const row = rowOf(template, textOf, { line, market, taker });
      return row === undefined ? [] : [row];
    });
    return good ? found : [];
  }

  #templatesFor(textOf: TextOf, line: number, taker: FaultTaker): readonly RowTemplate[] {
    for (const [column, known] of this.#known) {
      const text = textOf(column);
      if (known.has(text)) continue;
      const reason = `${show(text)} is no value that the mapping has a row for`;
      const hint = "Add it to the when of the rows that such a record becomes.";
      taker.add({
        line,
        column,
        kind: "is no value that the mapping has a row for",
        about: named(text),
        reason,
        hint,
      });
      return [];
    }
    const found = this.#rows.filter(({ when }) =>
      [...when].every(([column, values]) => values.has(textOf(column))),
    );
    if (found.length > 0) return found;
    const reason = `no row of the mapping is for ${[...this.#known.keys()].map((own) => `${own} ${show(textOf(own))}`).join(", ")}`;
    const hint = "Add the row that such a record becomes.";
    taker.add({ line, kind: "no row of the mapping is for it", reason, hint });
    return [];
  }
}

/** What a fault is about, of bounded length. */
const named = (text: string): string => text.slice(0, 64);

function rowOf(
  template: RowTemplate,
  textOf: TextOf,
  { line, market, taker }: { line: number; market: InstrumentTable; taker: FaultTaker },
): AccountRow | undefined {
  let readable = true;
  const refuse: Refuse = (column, fault) => {
    readable = false;
    taker.add({ line, column, ...fault });
  };
  const raw = {
    account: textAt(template.account, textOf, refuse),
    pocket: textAt(template.pocket, textOf, refuse),
    instrument: textAt(template.instrument, textOf, refuse),
    side: sideAt(template.side, textOf, refuse),
    leverage: orNone(textAt(template.leverage, textOf, refuse)),
    quantity: quantityAt(template.quantity, textOf, refuse),
    entry_price: orNone(textAt(template.entryPrice, textOf, refuse)),
  };
  if (!readable) return undefined;
  const given = Object.fromEntries(Object.entries(raw).filter(([, text]) => text !== undefined));
  const inTheirWords = (fault: BadRow): void =>
    taker.add(fault.column === undefined ? fault : { ...fault, column: columnsAt(template, fault.column) });
  return validateRow(given, line, market, { add: inTheirWords });
}

const orNone = (text: string | undefined): string | undefined => (text === "" ? undefined : text);

function textAt(source: TextSource | undefined, textOf: TextOf, refuse: Refuse): string | undefined {
  if (source === undefined) return undefined;
  if ("constant" in source) return source.constant;
  const { column, names } = source;
  const text = textOf(column);
  const translated = names?.table.get(text);
  if (names === undefined || translated !== undefined) return translated ?? text;
  const taken = names.others === "same" ? names.reverse.get(text) : undefined;
  if (names.others === "same" && taken === undefined) return text;
  const kind =
    taken === undefined ? "is not a name of the mapping" : "is what the mapping calls something else";
  const reason =
    taken === undefined
      ? `${show(text)} is not among the names that the mapping translates`
      : `${show(text)} is what the mapping makes of ${show(taken)}: the two would be added up`;
  const hint =
    taken === undefined
      ? "Add it to the names of the mapping."
      : "Translate each to a name of its own, or export one thing under one name.";
  refuse(column, { kind, about: named(text), reason, hint });
  return undefined;
}

function sideAt(source: SideSource | undefined, textOf: TextOf, refuse: Refuse): string | undefined {
  if (source === undefined) return undefined;
  if ("constant" in source) return source.constant;
  const text = textOf(source.column);
  if (source.sides.has(text)) return source.sides.get(text);
  const kind = "is no side of the mapping";
  const reason = `${show(text)} is neither long nor short in the mapping`;
  const hint = `It knows ${[...source.sides.keys()].map(show).join(", ")}.`;
  refuse(source.column, { kind, about: named(text), reason, hint });
  return undefined;
}

function quantityAt(source: QuantitySource, textOf: TextOf, refuse: Refuse): string | undefined {
  if ("constant" in source) return source.constant;
  const { plus, minus } = source;
  if (plus.length === 1 && minus.length === 0) return textOf(plus[0]!);
  let sum: Decimal = { units: 0n, scale: 0 };
  for (const column of [...plus, ...minus]) {
    const text = textOf(column);
    const problem = text === "" ? "is empty" : decimalProblem(text);
    if (problem !== undefined) {
      const reason = text === "" ? problem : `${show(text)} ${problem}`;
      refuse(column, {
        kind: problem,
        reason,
        hint: text === "" ? "Export 0 where there is none." : NUMBER_HINT,
      });
      continue;
    }
    const value = parseDecimal(text);
    const taken = minus.includes(column);
    if (taken && value.units < 0n) {
      const kind = "is below 0, and the mapping takes it off";
      const hint = "A debt that has its sign already is added: write it under plus.";
      refuse(column, { kind, reason: `${show(text)} ${kind}`, hint });
    }
    sum = taken ? subtract(sum, value) : add(sum, value);
  }
  return decimalText({ coefficient: sum.units, scale: sum.scale });
}

/** The export's columns that a column of ours comes from. */
function columnsAt(template: RowTemplate, column: string): string {
  const sources: Partial<Record<Column, TextSource | SideSource | QuantitySource | undefined>> = {
    account: template.account,
    pocket: template.pocket,
    instrument: template.instrument,
    side: template.side,
    leverage: template.leverage,
    quantity: template.quantity,
    entry_price: template.entryPrice,
  };
  const source = sources[column as Column];
  if (source === undefined) return `${column}, which the mapping leaves out`;
  if ("constant" in source) return `${column}, a constant of the mapping`;
  if ("column" in source) return source.column;
  const [first, ...rest] = [
    ...source.plus.map((own) => ["+", own]),
    ...source.minus.map((own) => ["-", own]),
  ];
  const begin = first![0] === "-" ? `- ${first![1]}` : first![1]!;
  return [begin, ...rest.map((own) => own.join(" "))].join(" ");
}
