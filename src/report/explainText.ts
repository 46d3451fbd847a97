import { pocketTitle } from "../protocol/pocket.js";
import { bandText } from "./bandText.js";
import type { ExplainPocket, ExplainReport } from "./explainReport.js";
import { grouped } from "./money.js";
import { type Column, pairs, textTable } from "./table.js";
import { visible } from "./visible.js";

const right = (title: string): Column => ({ title, align: "right" });
const money = ({ amount }: { readonly amount: string }): string => grouped(amount);

/** One account's margin, pocket by pocket and line by line, as a support desk reads it out. */
export function explainText(report: ExplainReport): string {
  const { quote } = report;
  return [
    `${visible(report.exchange)}, epoch ${visible(report.epoch)}, ${visible(report.time)}`,
    `Account ${visible(report.account)}, in ${quote}; ${report.valueUnit} ${quote} is one value unit`,
    ...report.pockets.map((pocket) => pocketText(pocket, quote, report.marginCallFactor)),
  ].join("\n\n");
}

function pocketText(report: ExplainPocket, quote: string, factor: string): string {
  const parts = [
    `The ${pocketTitle(report.pocket)}`,
    report.holdings.length === 0
      ? "  holds nothing"
      : textTable(
          [
            { title: "holding" },
            ...["quantity", "price", "value", "bracket", "maintenance", "initial"].map(right),
          ],
          report.holdings.map((h) => [
            h.instrument,
            grouped(h.quantity),
            grouped(h.price),
            money(h.value),
            h.brackets === 1 ? "-" : `${h.bracket} of ${h.brackets}, from ${grouped(h.bracketFrom)}`,
            money(h.maintenance),
            money(h.initial),
          ]),
        ),
  ];
  for (const g of report.groups) {
    const worst =
      g.scenario === null
        ? `no loss in any of ${g.scenarios} scenarios`
        : `worst of ${g.scenarios} scenarios is "${g.scenario}": ${money(g.loss)} ${quote} (initial ${money(g.initial)})`;
    parts.push(`Group ${g.group}: ${worst}`);
    if (g.parts.length === 0) continue;
    const gains = g.parts.map((p) => [p.instrument, money(p.gain)]);
    parts.push(textTable([{ title: "holding" }, right("gain in it")], gains));
  }
  if (report.stress.length > 0) {
    parts.push(
      "Exchange-wide stress",
      textTable(
        [{ title: "scenario" }, ...["change", "equity", "bad debt"].map(right)],
        report.stress.map((s) => [s.name, money(s.change), money(s.equity), money(s.badDebt)]),
      ),
    );
  }
  parts.push(...totalsPart(report, quote, factor));
  return parts.join("\n\n");
}

function totalsPart({ totals, rounding }: ExplainPocket, quote: string, factor: string): string[] {
  return [
    pairs([
      ["equity", `${money(totals.equity)} ${quote}`],
      ["maintenance requirement", `${money(totals.maintenance)} ${quote}`],
      ["excess over maintenance", `${money(totals.excess)} ${quote}`],
      [
        "initial requirement",
        `${money(totals.initial)} ${quote} (${totals.coversInitial ? "covered" : "not covered"})`,
      ],
      ["band", bandText(totals.band, factor)],
    ]),
    "Rounding, always against the account: equity is exact; the exact figures are at most",
    pairs([
      ["maintenance lower by", `${money(rounding.maintenance)} ${quote}`],
      ["initial lower by", `${money(rounding.initial)} ${quote}`],
      ["stressed equity higher by", `${money(rounding.stressed)} ${quote}`],
    ]),
  ];
}
