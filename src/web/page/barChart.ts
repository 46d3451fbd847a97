import { visible } from "../../report/visible.js";
import { el } from "./dom.js";

export type BarKind = "plain" | "good" | "warn" | "bad";

export interface Bar {
  readonly label: string;
  /** 0 to 1 of the chart's width. */
  readonly length: number;
  /** The figure in words, beside the bar. */
  readonly text: string;
  readonly kind?: BarKind;
}

/**
 * A bar chart that is a table: a reader who sees no bars reads its rows. The drawing is charts.css, by class names; bars
 * get their length by script, since the page's policy allows no style in the markup.
 */
export function barChart(
  caption: string,
  heads: readonly [string, string],
  bars: readonly Bar[],
): HTMLElement {
  const rows = bars.map(({ label, length, text, kind = "plain" }) => {
    const bar = el(
      "td",
      { role: "cell", class: `bar-${kind}` },
      el("span", { class: "data" }, visible(text)),
    );
    bar.style.setProperty("--size", String(length));
    return el("tr", { role: "row" }, el("th", { scope: "row", role: "rowheader" }, visible(label)), bar);
  });
  const columns = heads.map((title) => el("th", { scope: "col", role: "columnheader" }, visible(title)));
  return el(
    "table",
    { class: "charts-css bar show-heading show-labels data-start data-spacing-5", role: "table" },
    el("caption", { class: "chart-title" }, visible(caption)),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...columns)),
    el("tbody", { role: "rowgroup" }, ...rows),
  );
}
