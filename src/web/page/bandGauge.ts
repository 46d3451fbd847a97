import type { Band } from "../../protocol/bands.js";
import { el } from "./dom.js";
import { moneyText } from "./numbers.js";

interface Standing {
  readonly band: Band;
  readonly equity: string;
  readonly maintenance: string;
  readonly initial: string;
}

/** The bands from worst to best, what each means for whoever is in it, and below what it ends. */
export const BAND_TITLES: readonly (readonly [band: Band, title: string, meaning: string])[] = [
  ["bankrupt", "Bankrupt", "equity is below zero"],
  ["liquidation", "Liquidation", "equity does not cover the maintenance requirement"],
  ["reduceOnly", "Reduce only", "equity covers the maintenance, not the initial requirement"],
  ["marginCall", "Margin call", "equity covers the initial requirement, with little to spare"],
  ["free", "Free", "equity is well above the initial requirement"],
];

/** Where a pocket stands: five fields from bankrupt to free, its own marked, with the amounts that part them. */
export function bandGauge(standing: Standing, quote: string, factor: string): HTMLElement {
  // May break before the currency: a field is narrow.
  const money = (amount: string): string => moneyText(amount, quote).replace("\u00A0", " ");
  const ends: Readonly<Record<Band, string>> = {
    bankrupt: `below ${money("0")}`,
    liquidation: `below ${money(standing.maintenance)}`,
    reduceOnly: `below ${money(standing.initial)}`,
    marginCall: `below ${factor} × ${money(standing.initial)}`,
    free: "above",
  };
  const fields = BAND_TITLES.map(([band, title, meaning]) => {
    const here = band === standing.band;
    return el(
      "li",
      { class: `band-${band}${here ? " here" : ""}`, ...(here ? { "aria-current": "true" } : {}) },
      el("span", { class: "band-title" }, title),
      el("span", { class: "band-end" }, ends[band]),
      here
        ? el(
            "span",
            { class: "band-you" },
            `You are here: ${money(standing.equity)}`,
            el("span", { class: "unseen" }, `, ${meaning}`),
          )
        : undefined,
    );
  });
  return el("ol", { class: "bands", "aria-label": "Where you stand, from bankrupt to free" }, ...fields);
}
