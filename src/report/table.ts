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
    Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    (
      indent +
      columns
        .map(({ align }, i) => (cells[i] ?? "")[align === "right" ? "padStart" : "padEnd"](widths[i]!))
        .join("  ")
    ).trimEnd();
  return [
    line(columns.map(({ title }) => title)),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.map(line),
  ].join("\n");
}

/** `name  value` lines, values aligned. */
export function pairs(entries: readonly (readonly [name: string, value: string])[], indent = "  "): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${indent}${name.padEnd(width)}  ${value}`).join("\n");
}
