import {
  type AccountRow,
  COLUMNS,
  OPTIONAL_COLUMNS,
  type RawRow,
  REQUIRED_COLUMNS,
  validateRow,
} from "./accountRow.js";
import type { FaultTaker } from "./badRows.js";
import type { InstrumentTable } from "./instruments.js";
import type { RowReader } from "./rowReader.js";

/** Reads the records of an accounts file: a row each. */
export const PLAIN_READER: RowReader = {
  columns: COLUMNS,
  required: new Set(REQUIRED_COLUMNS),
  // What is missing from a line is told with its row's other faults.
  keys: new Set(),
  ignored: new Set(),
  mayBeEmpty: new Set(["side", "leverage", "entry_price"]),
  nulls: false,
  hint: `The columns are ${REQUIRED_COLUMNS.join(",")} and optionally ${OPTIONAL_COLUMNS.join(",")}.`,
  rows(
    texts: readonly (string | undefined)[],
    line: number,
    market: InstrumentTable,
    bad: FaultTaker,
  ): readonly AccountRow[] {
    const raw: Record<string, string> = {};
    for (let i = 0; i < COLUMNS.length; i++) if (texts[i] !== undefined) raw[COLUMNS[i]!] = texts[i]!;
    const row = validateRow(raw as RawRow, line, market, bad);
    return row === undefined ? [] : [row];
  },
};
