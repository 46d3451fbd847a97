import type { AccountReport } from "./accountReport.js";
import { bandText } from "./bandText.js";
import { grouped } from "./money.js";
import { pairs, textTable } from "./table.js";
import { visible } from "./visible.js";

/** An account in plain words. */
export function accountText(report: AccountReport): string {
  const { quote, positions, marginRatio, scenarioLosses, stressed } = report;
  const money = (amount: string): string => `${grouped(amount)} ${quote}`;
  const right = "right";
  const table = textTable(
    [
      { title: "instrument" },
      { title: "quantity", align: right },
      { title: "mark price", align: right },
      { title: `value in ${quote}`, align: right },
      { title: "bracket", align: right },
    ],
    positions.map((p) => [
      p.instrument,
      grouped(p.quantity),
      grouped(p.markPrice),
      grouped(p.value),
      p.brackets === 1 ? "-" : `${p.bracket} of ${p.brackets}`,
    ]),
  );
  const settlements = positions.filter((p) => p.class === "settlement").map((p) => p.instrument);
  const note =
    settlements.length === 0
      ? []
      : [`  (${settlements.join(", ")}: what your derivatives were entered at, less what was paid so far)`];
  const figures = pairs([
    ["equity", money(report.equity)],
    ["maintenance requirement", money(report.maintenance)],
    ...scenarioLosses.map(({ group, worst }): [string, string] => [
      `  of it, worst case ${group}`,
      money(worst),
    ]),
    [
      "margin ratio",
      marginRatio === null ? "none: equity is not positive" : `${marginRatio} (requirement / equity)`,
    ],
    ["initial requirement", `${money(report.initial)} (${report.coversInitial ? "covered" : "not covered"})`],
    ["band", bandText(report.band, report.marginCallFactor)],
    ...stressed.map(({ name, equity }): [string, string] => [`equity under ${name}`, money(equity)]),
  ]);
  return [
    `Account ${visible(report.account)} holds exactly:`,
    positions.length === 0 ? "  nothing" : table,
    ...note,
    figures,
  ].join("\n\n");
}
