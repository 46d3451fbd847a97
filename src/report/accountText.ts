import { BAND_NAMES } from "../protocol/bands.js";
import { pocketTitle } from "../protocol/pocket.js";
import type { AccountReport, PocketReport } from "./accountReport.js";
import { bandText } from "./bandText.js";
import { grouped } from "./money.js";
import { COMPARE_POCKETS, pocketsBelow, pocketsShown, positionsCounted } from "./pocketWords.js";
import { secretRates } from "./secretRates.js";
import { pairs, textTable } from "./table.js";
import { visible } from "./visible.js";

const right = "right";

/** All pockets of an account in plain words. */
export function accountText(report: AccountReport): string {
  const { quote, marginCallFactor, pockets, holdings } = report;
  const parts = [
    [
      `Account ${visible(report.account)}`,
      pocketsShown(pockets),
      ...COMPARE_POCKETS,
      ...positionsCounted(report),
    ].join("\n  "),
  ];
  for (const pocket of pockets) parts.push(pocketText(pocket, quote, marginCallFactor));
  if (report.rulesCommitment !== null) parts.push(secretRates(report.rulesCommitment));
  if (pockets.length === 1) return parts.join("\n\n");
  parts.push(
    `Pockets in ${quote}`,
    textTable(
      [
        { title: "pocket" },
        { title: "equity", align: right },
        { title: "maintenance", align: right },
        ...pockets[0]!.stressed.map(({ name }) => ({ title: name, align: right }) as const),
        { title: "band" },
      ],
      pockets.map((p) => [
        pocketTitle(p.pocket),
        grouped(p.equity),
        grouped(p.maintenance),
        ...p.stressed.map(({ equity }) => grouped(equity)),
        BAND_NAMES[p.band],
      ]),
    ),
    "Holdings of all pockets together",
    textTable(
      [{ title: "instrument" }, { title: "quantity", align: right }, { title: "what it is" }],
      holdings.map(({ instrument, quantity, words }) => [instrument, grouped(quantity), words]),
    ),
  );
  const below = pocketsBelow(pockets);
  if (below !== undefined) parts.push(below);
  return parts.join("\n\n");
}

function pocketText(report: PocketReport, quote: string, factor: string): string {
  const { positions, marginRatio, scenarioLosses, stressed } = report;
  const money = (amount: string): string => `${grouped(amount)} ${quote}`;
  const table = textTable(
    [
      { title: "instrument" },
      { title: "quantity", align: right },
      { title: "mark price", align: right },
      { title: `value in ${quote}`, align: right },
      { title: "bracket", align: right },
      { title: "what it is" },
    ],
    positions.map((p) => [
      p.instrument,
      grouped(p.quantity),
      grouped(p.markPrice),
      grouped(p.value),
      p.brackets === 1 ? "-" : `${p.bracket} of ${p.brackets}`,
      p.words,
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
    ["band", bandText(report.band, factor)],
    ...stressed.map(({ name, equity }): [string, string] => [`equity under ${name}`, money(equity)]),
  ]);
  return [
    `The ${pocketTitle(report.pocket)} holds exactly:`,
    positions.length === 0 ? "  nothing" : table,
    ...note,
    figures,
  ].join("\n\n");
}
