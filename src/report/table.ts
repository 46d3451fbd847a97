export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Plain text table, two spaces between columns; numbers read best right-aligned. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  indent = "  ",
): string {
  const widths = columns.map(({ title }, i) =>
    Math.max(...[title, ...rows.map((row) => row[i] ?? "")].map(widthOf)),
  );
  const line = (cells: readonly string[]): string =>
    (
      indent +
      columns
        .map(({ align }, i) => {
          const cell = cells[i] ?? "";
          const space = " ".repeat(widths[i]! - widthOf(cell));
          return align === "right" ? `${space}${cell}` : `${cell}${space}`;
        })
        .join("  ")
    ).trimEnd();
  return [
    line(columns.map(({ title }) => title)),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.map(line),
  ].join("\n");
}

/** Columns of a terminal: Chinese characters take two. */
const widthOf = (text: string): number => text.length + (text.match(/[\u4e00-\u9fa5]/g)?.length ?? 0);

/** `name  value` lines, values aligned. */
export function pairs(entries: readonly (readonly [name: string, value: string])[], indent = "  "): string {
  const width = Math.max(...entries.map(([name]) => widthOf(name)));
  return entries
    .map(([name, value]) => `${indent}${name}${" ".repeat(width - widthOf(name))}  ${value}`)
    .join("\n");
}
