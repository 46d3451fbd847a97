import { pocketTitle } from "../../protocol/pocket.js";
import type { AccountReport, PocketReport, PositionReport } from "../../report/accountReport.js";
import { bandText } from "../../report/bandText.js";
import { grouped } from "../../report/money.js";
import { COMPARE_POCKETS, pocketsBelow, pocketsShown, positionsCounted } from "../../report/pocketWords.js";
import { secretRates } from "../../report/secretRates.js";
import { visible } from "../../report/visible.js";
import { el } from "./dom.js";

/** The account as the proofs counted it, pocket by pocket: positions, then figures. */
export function accountView(report: AccountReport): HTMLElement[] {
  const { account, quote, marginCallFactor, pockets, holdings, rulesCommitment } = report;
  const below = pocketsBelow(pockets);
  return [
    el("h3", {}, `Account ${visible(account)}`),
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
              el("dd", {}, `${grouped(quantity)} (${visible(words)})`),
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
  const money = (amount: string): string => `${grouped(amount)} ${quote}`;
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
    ["Band", bandText(report.band, factor)],
    ...stressed.map(({ name, equity }) => [`Equity under ${name}`, money(equity)] as const),
  ];
  const title = pocketTitle(report.pocket);
  return [
    el("h4", {}, `The ${title} holds exactly`),
    positions.length === 0 ? el("p", {}, "nothing") : positionTable(positions, quote, title),
    ...(settlements.length === 0 ? [] : [el("p", { class: "note" }, note)]),
    el(
      "dl",
      { class: "figures" },
      ...figures.flatMap(([name, value]) => [el("dt", {}, visible(name)), el("dd", {}, visible(value))]),
    ),
  ];
}

function positionTable(positions: readonly PositionReport[], quote: string, title: string): HTMLElement {
  const right = { class: "number" };
  const head = el(
    "tr",
    {},
    el("th", { scope: "col" }, "Instrument"),
    ...["Quantity", "Mark price", `Value in ${visible(quote)}`, "Bracket"].map((title) =>
      el("th", { scope: "col", ...right }, title),
    ),
    el("th", { scope: "col" }, "What it is"),
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
      el("td", { class: "words" }, visible(position.words)),
    ),
  );
  const table = el("table", { class: "positions" }, el("thead", {}, head), el("tbody", {}, ...rows));
  return scrolling(`Positions, ${title}`, table);
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
