import { compare, decimal, decimalText, subtract } from "../../decimal/decimal.js";
import type { BookReport } from "../../report/bookReport.js";
import { visible } from "../../report/visible.js";
import { BAND_TITLES } from "./bandGauge.js";
import { interestByContract } from "./bookView.js";
import { dataTable } from "./dataTable.js";
import { el } from "./dom.js";

type Row = readonly [name: string, earlier: string | undefined, later: string | undefined];

/** Two epochs side by side: what changed in bands, totals, coverage and open interest. */
export function compareView(earlier: BookReport, later: BookReport): HTMLElement[] {
  const epochs = [earlier, later] as const;
  const warnings = [
    ...(earlier.exchange === later.exchange
      ? []
      : [`They are of two exchanges, ${earlier.exchange} and ${later.exchange}.`]),
    ...(earlier.quote === later.quote ? [] : [`Amounts are in ${earlier.quote}, then in ${later.quote}.`]),
    ...(compareTimes(earlier.time, later.time) < 0 ? [] : ["The first is not the earlier of the two."]),
  ];
  const bands: Row[] = BAND_TITLES.map(([band, title]) => [
    title,
    ...pair(epochs, (own) => own.bands.find((each) => each.band === band)!.accounts),
  ]);
  const figures: Row[] = (
    [
      ["Margin accounts", "accounts"],
      ["Equity", "positiveEquity"],
      ["Initial requirement", "initial"],
      ["Maintenance requirement", "maintenance"],
      ["Short of maintenance", "shortfall"],
      ["Bad debt", "badDebt"],
    ] as const
  ).map(([title, key]) => [title, ...pair(epochs, ({ totals }) => totals[key]!)]);
  figures.push(["Insurance fund", earlier.insuranceFund, later.insuranceFund]);
  return [
    el("h3", {}, "Two epochs side by side"),
    ...warnings.map((text) => el("p", { class: "banner warn" }, visible(text))),
    table("Accounts by band", "Band", epochs, bands),
    table(`Totals in ${later.quote}`, "Figure", epochs, figures),
    table(
      "Bad debt under stress",
      "Scenario",
      epochs,
      named(epochs, ({ stress }) => stress.map((s) => [s.name, s.badDebt])),
    ),
    table(
      "Owed, of each asset",
      "Asset",
      epochs,
      named(epochs, ({ assets }) => assets.map((a) => [a.asset, a.needed])),
    ),
    table(
      "Declared reserve",
      "Asset",
      epochs,
      named(epochs, ({ assets }) => assets.map((a) => [a.asset, a.reserve])),
    ),
    table(
      "Open interest, units long",
      "Contract",
      epochs,
      named(epochs, (own) => interestByContract(own).map(([name, long]) => [name, long])),
    ),
  ];
}

const compareTimes = (a: string, b: string): number => Date.parse(a) - Date.parse(b);

const pair = (
  [a, b]: readonly [BookReport, BookReport],
  of: (own: BookReport) => string,
): [string, string] => [of(a), of(b)];

/** Rows of what either epoch has, by name. */
function named(
  [a, b]: readonly [BookReport, BookReport],
  of: (own: BookReport) => readonly (readonly [string, string])[],
): Row[] {
  const [first, second] = [new Map(of(a)), new Map(of(b))];
  return [...new Set([...first.keys(), ...second.keys()])].map((name) => [
    name,
    first.get(name),
    second.get(name),
  ]);
}

function table(
  title: string,
  head: string,
  [a, b]: readonly [BookReport, BookReport],
  rows: readonly Row[],
): HTMLElement {
  const number = true;
  const columns = [
    { title: head },
    { title: a.epoch, number },
    { title: b.epoch, number },
    { title: "Change", number },
  ];
  const texts = rows.map(([name, before, after]) => [
    name,
    before ?? "–",
    after ?? "–",
    change(before, after),
  ]);
  return el("div", {}, el("h4", {}, visible(title)), dataTable(title, columns, texts, "compared"));
}

/** What was added or taken away. */
function change(before: string | undefined, after: string | undefined): string {
  if (before === undefined) return "new";
  if (after === undefined) return "gone";
  const [x, y] = [decimal(before), decimal(after)];
  return compare(x, y) === 0 ? "0" : decimalText(subtract(y, x));
}
