import { visible } from "../../report/visible.js";
import { el } from "./dom.js";
import { alignedNumbers } from "./numbers.js";

export interface Column {
  readonly title: string;
  /** Decimal text, shown in the reader's locale and aligned; text that is no number is shown as it is. */
  readonly number?: boolean;
}

const NUMBER = /^-?\d+(\.\d+)?$/;

/** A table with a heading for each row, its first column. */
export function dataTable(
  label: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  name = "data",
): HTMLElement {
  const shown = columns.map(({ number }, c) => {
    const texts = rows.map((row) => row[c]!);
    if (number !== true) return texts.map(visible);
    const aligned = alignedNumbers(texts.filter((text) => NUMBER.test(text)));
    let next = 0;
    return texts.map((text) => (NUMBER.test(text) ? aligned[next++]! : visible(text)));
  });
  const style = ({ number }: Column): Record<string, string> => (number === true ? { class: "number" } : {});
  const head = columns.map((column) => el("th", { scope: "col", ...style(column) }, visible(column.title)));
  const body = rows.map((_, r) =>
    el(
      "tr",
      {},
      ...columns.map((column, c) =>
        c === 0
          ? el("th", { scope: "row", ...style(column) }, shown[c]![r]!)
          : el("td", column.number === true ? style(column) : { class: "words" }, shown[c]![r]!),
      ),
    ),
  );
  const table = el(
    "table",
    { class: name },
    el("thead", {}, el("tr", {}, ...head)),
    el("tbody", {}, ...body),
  );
  return scrolling(label, table);
}

/** A table that scrolls where it is wider than the screen, by keyboard too, and then says that there is more of it. */
function scrolling(label: string, table: HTMLElement): HTMLElement {
  const frame = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, table);
  const more = el("p", { class: "note more" }, "The table is wider than the screen: scroll it sideways →");
  more.hidden = true;
  new ResizeObserver(() => {
    more.hidden = frame.scrollWidth <= frame.clientWidth;
  }).observe(frame);
  return el("div", {}, more, frame);
}
