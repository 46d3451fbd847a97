import type { AccountReport, PositionReport } from "../../cli/format/accountReport.js";
import { bandText } from "../../cli/format/bandText.js";
import { grouped } from "../../cli/format/money.js";
import { visible } from "../../cli/format/visible.js";
import { el } from "./dom.js";

/** The account as the proofs counted it: positions, then figures. */
export function accountView(report: AccountReport): HTMLElement[] {
  const money = (amount: string): string => `${grouped(amount)} ${report.quote}`;
  const { positions, marginRatio, scenarioLosses, stressed } = report;
  const settlements = positions.filter((p) => p.class === "settlement").map((p) => visible(p.instrument));
  const note = `${settlements.join(", ")}: what your derivatives were entered at, less what was paid so far.`;
  const figures: readonly (readonly [string, string])[] = [
    ["Equity", money(report.equity)],
    ["Maintenance requirement", money(report.maintenance)],
    ...scenarioLosses.map(({ group, worst }) => [`of it, worst case ${group}`, money(worst)] as const),
    [
      "Margin ratio",
      marginRatio === null ? "none: equity is not positive" : `${marginRatio} (requirement / equity)`,
    ],
    ["Initial requirement", `${money(report.initial)} (${report.coversInitial ? "covered" : "not covered"})`],
    ["Band", bandText(report.band, report.marginCallFactor)],
    ...stressed.map(({ name, equity }) => [`Equity under ${name}`, money(equity)] as const),
  ];
  return [
    el("h3", {}, `Account ${visible(report.account)} holds exactly`),
    positions.length === 0 ? el("p", {}, "nothing") : positionTable(positions, report.quote),
    ...(settlements.length === 0 ? [] : [el("p", { class: "note" }, note)]),
    el(
      "dl",
      { id: "figures" },
      ...figures.flatMap(([name, value]) => [el("dt", {}, visible(name)), el("dd", {}, visible(value))]),
    ),
    el("p", { class: "note" }, "Is this what you hold? If not, tell the exchange, and keep both files."),
  ];
}

function positionTable(positions: readonly PositionReport[], quote: string): HTMLElement {
  const right = { class: "number" };
  const head = el(
    "tr",
    {},
    el("th", { scope: "col" }, "Instrument"),
    ...["Quantity", "Mark price", `Value in ${visible(quote)}`, "Bracket"].map((title) =>
      el("th", { scope: "col", ...right }, title),
    ),
  );
  const rows = positions.map((position) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, visible(position.instrument)),
      el("td", right, grouped(position.quantity)),
      el("td", right, grouped(position.markPrice)),
      el("td", right, grouped(position.value)),
      el("td", right, position.brackets === 1 ? "–" : `${position.bracket} of ${position.brackets}`),
    ),
  );
  const table = el("table", { id: "positions" }, el("thead", {}, head), el("tbody", {}, ...rows));
  // Reachable by keyboard where it is wider than the screen.
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Positions" }, table);
}
