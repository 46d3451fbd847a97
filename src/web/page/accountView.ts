import { absolute, compare, decimal } from "../../decimal/decimal.js";
import { pocketTitle } from "../../protocol/pocket.js";
import type { AccountReport, PocketReport, PositionReport } from "../../report/accountReport.js";
import { bandText } from "../../report/bandText.js";
import { COMPARE_POCKETS, pocketsBelow, pocketsShown, positionsCounted } from "../../report/pocketWords.js";
import { secretRates } from "../../report/secretRates.js";
import { visible } from "../../report/visible.js";
import { bandGauge } from "./bandGauge.js";
import { barChart } from "./barChart.js";
import { dataTable } from "./dataTable.js";
import { el } from "./dom.js";
import { barLength, moneyText, numberText, percentText } from "./numbers.js";

/** A person\'s money as the proofs counted it, pocket by pocket. */
export function accountView(report: AccountReport): HTMLElement[] {
  const { account, quote, marginCallFactor, pockets, holdings, rulesCommitment } = report;
  const below = pocketsBelow(pockets);
  return [
    el("h3", {}, `Your money: account ${visible(account)}`),
    el("p", { id: "pockets" }, pocketsShown(pockets)),
    ...(rulesCommitment === null ? [] : [el("p", { id: "secret-rates" }, secretRates(rulesCommitment))]),
    ...(below === undefined ? [] : [el("p", { id: "below" }, el("strong", {}, below))]),
    ...pockets.flatMap((pocket) => pocketView(pocket, quote, marginCallFactor)),
    ...(pockets.length === 1
      ? []
      : [
          el("h4", {}, "Holdings of all pockets together"),
          el(
            "dl",
            { class: "figures", id: "total" },
            ...holdings.flatMap(({ instrument, quantity, words }) => [
              el("dt", {}, visible(instrument)),
              el("dd", {}, `${numberText(quantity)} (${visible(words)})`),
            ]),
          ),
        ]),
    el(
      "p",
      { class: "note" },
      [
        "Is this what you hold? If not, tell the exchange, and keep both files.",
        ...COMPARE_POCKETS,
        ...positionsCounted(report),
      ].join(" "),
    ),
  ];
}

function pocketView(report: PocketReport, quote: string, factor: string): HTMLElement[] {
  const money = (amount: string): string => moneyText(amount, quote);
  const { positions, marginRatio, scenarioLosses } = report;
  const settlements = positions.filter((p) => p.class === "settlement").map((p) => visible(p.instrument));
  const note = `${settlements.join(", ")}: what your derivatives were entered at, less what was paid so far.`;
  const figures: readonly (readonly [string, string])[] = [
    ["Equity", money(report.equity)],
    ["Maintenance requirement", money(report.maintenance)],
    ...scenarioLosses.map(({ group, worst }) => [`of it, worst case ${group}`, money(worst)] as const),
    [
      "Margin ratio",
      marginRatio === null
        ? "none: equity is not positive"
        : `${percentText(marginRatio)} (requirement / equity)`,
    ],
    ["Initial requirement", `${money(report.initial)} (${report.coversInitial ? "covered" : "not covered"})`],
    ["Band", bandText(report.band, factor)],
  ];
  const title = pocketTitle(report.pocket);
  return [
    el("h4", {}, `The ${title} holds exactly`),
    positions.length === 0 ? el("p", {}, "nothing") : positionTable(positions, quote, title),
    ...(settlements.length === 0 ? [] : [el("p", { class: "note" }, note)]),
    bandGauge(report, quote, factor),
    el(
      "dl",
      { class: "figures" },
      ...figures.flatMap(([name, value]) => [el("dt", {}, visible(name)), el("dd", {}, visible(value))]),
    ),
    ...stressView(report, quote, title),
  ];
}

/** Equity now and under every stress scenario, worst first: bars against the largest amount of them. */
function stressView({ equity, stressed }: PocketReport, quote: string, title: string): HTMLElement[] {
  if (stressed.length === 0) return [];
  const ordered = [...stressed].sort((a, b) => compare(decimal(a.equity), decimal(b.equity)));
  const all = [{ name: "now", equity }, ...ordered];
  const size = (own: { readonly equity: string }) => absolute(decimal(own.equity));
  const widest = all.reduce((a, b) => (compare(size(a), size(b)) < 0 ? b : a)).equity;
  const bars = all.map((own) => ({
    label: own.name,
    length: barLength(own.equity, widest),
    text: moneyText(own.equity, quote),
    kind: own.equity.startsWith("-") ? ("bad" as const) : ("plain" as const),
  }));
  const [worst] = ordered;
  const loses = worst!.equity.startsWith("-");
  const words = `At worst, under ${worst!.name}, the ${title} would be worth ${moneyText(worst!.equity, quote)}${loses ? ": less than nothing, and the exchange would have to bear it" : ""}.`;
  return [
    el("p", { class: "worst" }, visible(words)),
    barChart(`Equity of the ${title} now and under stress`, ["Scenario", "Equity"], bars),
  ];
}

function positionTable(positions: readonly PositionReport[], quote: string, title: string): HTMLElement {
  return dataTable(
    `Positions, ${title}`,
    [
      { title: "Instrument" },
      { title: "Quantity", number: true },
      { title: "Mark price", number: true },
      { title: `Value in ${quote}`, number: true },
      { title: "Bracket", number: true },
      { title: "What it is" },
    ],
    positions.map(({ instrument, quantity, markPrice, value, bracket, brackets, words }) => [
      instrument,
      quantity,
      markPrice,
      value,
      brackets === 1 ? "–" : `${bracket} of ${brackets}`,
      words,
    ]),
    "positions",
  );
}
