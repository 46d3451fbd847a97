import { compare, decimal } from "../../decimal/decimal.js";
import type { BookReport } from "../../report/bookReport.js";
import { visible } from "../../report/visible.js";
import { BAND_TITLES } from "./bandGauge.js";
import { type Bar, type BarKind, barChart } from "./barChart.js";
import { dataTable } from "./dataTable.js";
import { details, el } from "./dom.js";
import { barLength, moneyText, numberText, percentText } from "./numbers.js";

/** Most assets in the chart: those with the least to spare. All are in the table. */
const CHARTED = 8;

/** The exchange's book as a whole, of a statement that is proved: what there is, and what it has to carry. */
export function bookView(book: BookReport): HTMLElement[] {
  return [
    el("h3", {}, "The exchange’s book as a whole"),
    el("p", {}, [book.exchange, `epoch ${book.epoch}`, book.time].map(visible).join(", ")),
    bandsChart(book),
    requirementsChart(book),
    badDebtChart(book),
    ...reservesView(book),
    ...openInterestView(book),
  ];
}

function bandsChart({ bands, totals }: BookReport): HTMLElement {
  const kinds: Readonly<Record<string, BarKind>> = { free: "good", liquidation: "warn", bankrupt: "bad" };
  const titles = new Map(BAND_TITLES.map(([band, title]) => [band, title]));
  const bars = bands.map(({ band, accounts, share }): Bar => {
    const part = share === null ? "" : ` (${percentText(share)})`;
    return {
      label: titles.get(band)!,
      length: barLength(accounts, totals.accounts!),
      text: `${numberText(accounts)}${part}`,
      kind: kinds[band] ?? "plain",
    };
  });
  return barChart(
    `Where the ${numberText(totals.accounts!)} margin accounts stand`,
    ["Band", "Accounts"],
    bars,
  );
}

function requirementsChart({ totals, quote }: BookReport): HTMLElement {
  const amounts: readonly (readonly [label: string, amount: string, kind: BarKind])[] = [
    ["Equity", totals.positiveEquity!, "good"],
    ["Initial requirement", totals.initial!, "plain"],
    ["Maintenance requirement", totals.maintenance!, "plain"],
    ["Short of maintenance", totals.shortfall!, "warn"],
  ];
  const widest = amounts
    .map(([, amount]) => amount)
    .reduce((a, b) => (compare(decimal(a), decimal(b)) < 0 ? b : a));
  const bars = amounts.map(([label, amount, kind]) => ({
    label,
    length: barLength(amount, widest),
    text: moneyText(amount, quote),
    kind,
  }));
  return barChart("Equity against what is required of all accounts", ["Figure", "Amount"], bars);
}

/** What bankrupt accounts owe, as a part of the fund that pays for it. */
function badDebtChart({ totals, stress, insuranceFund, quote }: BookReport): HTMLElement {
  const cases = [{ name: "Today", badDebt: totals.badDebt!, insuranceFund }, ...stress];
  const bars = cases.map(({ name, badDebt, insuranceFund: fund }): Bar => {
    const short = compare(decimal(badDebt), decimal(fund)) > 0;
    return {
      label: name,
      length: short ? 1 : barLength(badDebt, fund),
      text: `${numberText(badDebt)} of ${moneyText(fund, quote)}${short ? ": NOT COVERED" : ""}`,
      kind: short ? "bad" : "warn",
    };
  });
  return barChart(
    "Bad debt against the insurance fund, today and under stress",
    ["When", "Bad debt of fund"],
    bars,
  );
}

function reservesView({ assets }: BookReport): HTMLElement[] {
  const used = ({ needed, reserve }: BookReport["assets"][number]): number =>
    Number(reserve) > 0
      ? Number(needed) / Number(reserve)
      : Number(needed) > 0
        ? Number.POSITIVE_INFINITY
        : 0;
  const tightest = [...assets].sort((a, b) => used(b) - used(a)).slice(0, CHARTED);
  const bars = tightest.map((own): Bar => {
    const short = compare(decimal(own.needed), decimal(own.reserve)) > 0;
    return {
      label: own.asset,
      length: short ? 1 : barLength(own.needed, own.reserve),
      text: `${numberText(own.needed)} of ${numberText(own.reserve)}${short ? ": NOT COVERED" : ""}`,
      kind: short ? "bad" : "good",
    };
  });
  const which =
    assets.length > tightest.length ? `, the ${CHARTED} of ${assets.length} assets with least to spare` : "";
  return [
    barChart(`What customers are owed, of the declared reserves${which}`, ["Asset", "Owed of reserve"], bars),
    details(
      `All ${assets.length} assets`,
      dataTable(
        "Assets",
        [
          { title: "Asset" },
          ...[
            "Held by customers",
            "Owed by customers",
            "Settlement",
            "Net",
            "Insurance fund",
            "Needed",
            "Declared reserve",
          ].map((title) => ({ title, number: true })),
        ],
        assets.map((a) => [
          a.asset,
          a.gross,
          a.customerDebt,
          a.settlement,
          a.net,
          a.fund,
          a.needed,
          a.reserve,
        ]),
        "assets",
      ),
    ),
  ];
}

const DERIVATIVES = new Set(["perpetual", "future", "option"]);

/** Open interest of every contract: of several variants by their contract, of others by themselves. */
export function interestByContract(
  book: BookReport,
): readonly (readonly [name: string, long: string, short: string])[] {
  const varied = new Set(book.contracts.flatMap(({ variants }) => variants));
  const single = book.instruments.filter((own) => DERIVATIVES.has(own.class) && !varied.has(own.symbol));
  return [
    ...single.map(({ symbol, long, short }) => [symbol, long, short] as const),
    ...book.contracts.map(({ contract, long, short }) => [contract, long, short] as const),
  ];
}

function openInterestView(book: BookReport): HTMLElement[] {
  const contracts = interestByContract(book);
  if (contracts.length === 0) return [];
  const uneven = contracts.filter(([, long, short]) => long !== short).map(([name]) => name);
  const words =
    uneven.length === 0
      ? `Long equals short in ${contracts.length === 1 ? "the one contract" : `all ${contracts.length} contracts`}.`
      : `Long does not equal short in ${uneven.length} of ${contracts.length} contracts: ${uneven.join(", ")}.`;
  return [
    el("p", { id: "long-short" }, visible(words)),
    details(
      `Open interest of ${contracts.length} contracts`,
      dataTable(
        "Open interest",
        [{ title: "Contract" }, { title: "Long", number: true }, { title: "Short", number: true }],
        contracts,
        "open-interest",
      ),
    ),
  ];
}
