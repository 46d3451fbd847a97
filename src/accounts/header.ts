import { MarginproofError } from "../errors.js";
import { show } from "./badRows.js";
import type { RowReader } from "./rowReader.js";

/** A name of a column, quoted where it could be taken for other words. */
const plain = (name: string): string => (/^\w+$/.test(name) ? name : show(name));

/**
 * Checks the columns of a table.
 * @param place of its header, for messages
 * @param hint in place of the reader's own
 * @throws MarginproofError ACCOUNTS_BAD_HEADER with everything wrong in it
 */
export function assertHeader(
  fields: readonly string[],
  reader: RowReader,
  place: string,
  hint = reader.hint,
): void {
  const twice = fields.filter((name, i) => fields.indexOf(name) !== i);
  const faults = [
    ...fields
      .filter((name) => !reader.columns.includes(name) && !reader.ignored.has(name))
      .map((name) => `unknown column ${show(name)}`),
    ...[...new Set(twice)].map((name) => `column ${plain(name)} twice`),
    ...[...reader.required]
      .filter((name) => !fields.includes(name))
      .map((name) => `column ${plain(name)} missing`),
  ];
  if (faults.length === 0) return;
  const listed = faults.length > 20 ? [...faults.slice(0, 20), "and more"] : faults;
  throw new MarginproofError("ACCOUNTS_BAD_HEADER", `${place}: bad header: ${listed.join(", ")}`, {
    kind: "usage",
    hint,
  });
}

/** Puts a record's fields in the order of the reader's columns. */
export class Header {
  /** Place of each column among the fields, or -1. */
  readonly #places: readonly number[];
  readonly #mayBeEmpty: readonly boolean[];

  constructor(
    readonly fields: readonly string[],
    { columns, mayBeEmpty }: RowReader,
  ) {
    this.#places = columns.map((column) => fields.indexOf(column));
    this.#mayBeEmpty = columns.map((column) => mayBeEmpty.has(column));
  }

  /** @param fields of the record; undefined where it has none in that column */
  texts(fields: readonly (string | undefined)[]): (string | undefined)[] {
    return this.#places.map((place, k) => {
      const field = place < 0 ? undefined : fields[place];
      return field === "" && this.#mayBeEmpty[k]! ? undefined : field;
    });
  }
}
