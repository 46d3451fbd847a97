import type { BadKind, BadRowsError, InstrumentTable } from "../../accounts/index.js";
import { NOT_IN_MARKET } from "../../accounts/index.js";
import type { Finding } from "./finding.js";
import { nearNames } from "./nearNames.js";

/** Names of which those like them are looked for. */
const EXPLAINED = 20;

/** The bad rows of one file, a finding for each reason; for unknown instruments also the names that are like them. */
export function rowFindings({ file, kinds, stopped }: BadRowsError, market: InstrumentTable): Finding[] {
  const found = kinds.map((kind) => kindFinding(kind, file, market));
  if (!stopped) return found;
  const text = `${file} can't be read to its end: what follows the last row named was not looked at`;
  return [...found, { level: "refused", code: "ACCOUNTS_BAD_ROWS", about: file, text }];
}

function kindFinding(
  { column, kind, rows, about, first }: BadKind,
  file: string,
  market: InstrumentTable,
): Finding {
  const names = about.slice(0, EXPLAINED).map(([name, count]) => `${JSON.stringify(name)} ${count}`);
  const more = about.length > EXPLAINED ? ` and ${about.length - EXPLAINED} more` : "";
  const listed = names.length === 0 ? "" : ` (${names.join(", ")}${more})`;
  const where = column === undefined ? "" : `${column} `;
  const like = kind === NOT_IN_MARKET ? nearLines(about, market) : [];
  const rest = rows > first.length ? [`and ${rows - first.length} more rows`] : [];
  return {
    level: "refused",
    code: "ACCOUNTS_BAD_ROWS",
    about: file,
    text: `${file}: ${rows} row${rows === 1 ? "" : "s"}: ${where}${kind}${listed}`,
    lines: [...first.map((row) => `${file}:${row.line}: ${row.reason}`), ...rest, ...like],
    next: first[0]!.hint,
  };
}

function nearLines(about: BadKind["about"], market: InstrumentTable): string[] {
  const known = [...new Set([...market.bySymbol.keys(), ...market.byContract.keys()])];
  return about.slice(0, EXPLAINED).flatMap(([name]) => {
    const near = nearNames(name, known);
    return near.length === 0 ? [] : [`${JSON.stringify(name)} is like ${near.join(", ")}`];
  });
}
