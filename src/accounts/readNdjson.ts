import type { AccountRow } from "./accountRow.js";
import { type BadRowCollector, show } from "./badRows.js";
import type { InstrumentTable } from "./instruments.js";
import type { RowReader } from "./rowReader.js";

const STRING_TOKEN = /"(?:[^"\\]|\\.)*"/g;
const MISSING = "Every line has every key that the mapping reads; null says that there is none.";
const ONE_OBJECT = "Write one JSON object a line.";

/** Parses one line into texts in the order of the reader's columns, or adds its faults to `bad`. */
class LineParser {
  readonly #places: ReadonlyMap<string, number>;

  constructor(
    private readonly reader: RowReader,
    private readonly bad: BadRowCollector,
  ) {
    this.#places = new Map(reader.columns.map((column, place) => [column, place]));
  }

  parse(text: string, line: number): (string | undefined)[] | undefined {
    const value = this.#object(text, line);
    if (value === undefined) return undefined;
    const texts: (string | undefined)[] = this.reader.columns.map(() => undefined);
    const refuse = (key: string, fault: { about?: string; reason: string; hint: string }): void => {
      good = false;
      this.bad.add({ line, column: key, ...fault });
    };
    let good = true;
    const entries = Object.entries(value);
    for (const [key, field] of entries) {
      const place = this.#places.get(key);
      if (place === undefined) this.#unread(key, field, refuse);
      else if (typeof field === "string") texts[place] = field;
      else if (field !== null || !this.reader.nulls) refuse(key, notText(field));
    }
    for (const key of this.reader.keys)
      if (!Object.hasOwn(value, key)) refuse(key, { reason: "is missing", hint: MISSING });
    if (!good) return undefined;
    // Nothing in it is nested, so a line without repeated keys has one string token for each key and each string.
    const strings = entries.filter(([, field]) => typeof field === "string").length;
    if ((text.match(STRING_TOKEN)?.length ?? 0) !== entries.length + strings) {
      this.bad.add({ line, reason: "has a key twice", hint: "Give each key once." });
      return undefined;
    }
    return texts;
  }

  #object(text: string, line: number): object | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.bad.add({ line, reason: "is not valid JSON", hint: ONE_OBJECT });
      return undefined;
    }
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    this.bad.add({ line, reason: "is not a JSON object", hint: ONE_OBJECT });
    return undefined;
  }

  /** A key that no row is made from. */
  #unread(
    key: string,
    field: unknown,
    refuse: (key: string, fault: { about?: string; reason: string; hint: string }) => void,
  ): void {
    const { ignored, hint } = this.reader;
    if (!ignored.has(key)) refuse(show(key), { about: key.slice(0, 64), reason: "is an unknown key", hint });
    else if (typeof field === "object" && field !== null)
      refuse(key, {
        reason: "is a list or an object",
        hint: "Export texts, numbers, true, false and null alone.",
      });
  }
}

function notText(field: unknown): { reason: string; hint: string } {
  const number = typeof field === "number";
  const reason = number ? "is a JSON number, which loses digits" : "is not a string";
  return { reason, hint: 'Write it as a string in quotes, such as "0.1".' };
}

/**
 * Reads NDJSON text: one JSON object a line, every value that is read a string. Yields the valid rows of each chunk; faults
 * go to `bad`. Blank lines are refused except at the end.
 */
export async function* readNdjson(
  chunks: AsyncIterable<Buffer>,
  reader: RowReader,
  market: InstrumentTable,
  bad: BadRowCollector,
): AsyncGenerator<AccountRow[]> {
  const parser = new LineParser(reader, bad);
  let line = 0;
  let blankLine: number | undefined;

  const readLine = (text: string): readonly AccountRow[] => {
    line++;
    if (blankLine !== undefined) {
      bad.add({ line: blankLine, reason: "is a blank line", hint: "Remove it." });
      blankLine = undefined;
    }
    if (text === "" || text === "\r") {
      blankLine = line;
      return [];
    }
    const texts = parser.parse(text, line);
    return texts === undefined ? [] : reader.rows(texts, line, market, bad);
  };

  let carry = "";
  for await (const chunk of chunks) {
    const rows: AccountRow[] = [];
    const lines = (carry + chunk.toString("utf8")).split("\n");
    carry = lines.pop()!;
    for (const text of lines) rows.push(...readLine(text));
    yield rows;
  }
  yield carry === "" ? [] : [...readLine(carry)];
}
