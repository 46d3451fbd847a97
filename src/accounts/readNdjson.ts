import { type AccountRow, COLUMNS, type RawRow, validateRow } from "./accountRow.js";
import { type BadRowCollector, show } from "./badRows.js";
import type { InstrumentTable } from "./instruments.js";

const STRING_TOKEN = /"(?:[^"\\]|\\.)*"/g;
const KEYS = new Set<string>(COLUMNS);

/** Parses one line into texts, or adds its faults to `bad`. */
function parseLine(text: string, line: number, bad: BadRowCollector): RawRow | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    bad.add({ line, reason: "is not valid JSON", hint: "Write one JSON object a line." });
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    bad.add({ line, reason: "is not a JSON object", hint: "Write one JSON object a line." });
    return undefined;
  }
  let good = true;
  const entries = Object.entries(value);
  for (const [key, field] of entries) {
    if (!KEYS.has(key)) {
      const hint = `Allowed keys: ${COLUMNS.join(", ")}.`;
      bad.add({ line, column: show(key), about: key.slice(0, 64), reason: "is an unknown key", hint });
      good = false;
    } else if (typeof field !== "string") {
      const number = typeof field === "number";
      const reason = number ? "is a JSON number, which loses digits" : "is not a string";
      bad.add({ line, column: key, reason, hint: 'Write it as a string in quotes, such as "0.1".' });
      good = false;
    }
  }
  if (!good) return undefined;
  // All values are strings, so a line without repeated keys has exactly two string tokens per key.
  if ((text.match(STRING_TOKEN)?.length ?? 0) !== 2 * entries.length) {
    bad.add({ line, reason: "has a key twice", hint: "Give each key once." });
    return undefined;
  }
  return value as RawRow;
}

/**
 * Reads NDJSON text: one JSON object a line, every value a string; side, leverage and entry_price may
 * be left out, and so may pocket, for the cross pocket.
 * Yields the valid rows of each chunk; faults go to `bad`. Blank lines are refused except at the end.
 */
export async function* readNdjson(
  chunks: AsyncIterable<Buffer>,
  market: InstrumentTable,
  bad: BadRowCollector,
): AsyncGenerator<AccountRow[]> {
  let line = 0;
  let blankLine: number | undefined;

  const readLine = (text: string): AccountRow | undefined => {
    line++;
    if (blankLine !== undefined) {
      bad.add({ line: blankLine, reason: "is a blank line", hint: "Remove it." });
      blankLine = undefined;
    }
    if (text === "" || text === "\r") {
      blankLine = line;
      return undefined;
    }
    const raw = parseLine(text, line, bad);
    return raw === undefined ? undefined : validateRow(raw, line, market, bad);
  };

  let carry = "";
  for await (const chunk of chunks) {
    const rows: AccountRow[] = [];
    const lines = (carry + chunk.toString("utf8")).split("\n");
    carry = lines.pop()!;
    for (const text of lines) {
      const row = readLine(text);
      if (row !== undefined) rows.push(row);
    }
    yield rows;
  }
  const last = carry === "" ? undefined : readLine(carry);
  yield last === undefined ? [] : [last];
}
