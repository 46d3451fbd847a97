import { absolute, ceilQuotient, decimal, decimalText, powerOfTen, subtract } from "../decimal/decimal.js";
import type { MarketPrices, MedianPrice } from "../prices/index.js";
import { grouped } from "./money.js";
import { type Column, textTable } from "./table.js";
import { visible } from "./visible.js";

const right = (title: string): Column => ({ title, align: "right" });

/** Per instrument the mark, the index, how far apart they are, and how many signers they are the medians of. */
export function pricesTable(prices: readonly PriceReport[]): string {
  return textTable(
    [{ title: "instrument" }, ...["mark", "index", "distance", "signers"].map(right)],
    prices.map(({ instrument, mark, index, distance, signers }) => [
      instrument,
      grouped(mark),
      index === null ? "-" : grouped(index),
      distance ?? "-",
      String(signers),
    ]),
  );
}

/** One instrument's attested price. */
export interface PriceReport {
  readonly instrument: string;
  readonly mark: string;
  readonly index: string | null;
  /** From mark to index, in percent of the index, rounded up. */
  readonly distance: string | null;
  readonly signers: number;
}

export function priceReports(medians: readonly MedianPrice[]): PriceReport[] {
  return medians.map(({ instrument, price, index, observations }) => ({
    instrument,
    mark: price,
    index: index ?? null,
    distance: index === undefined ? null : distanceText(price, index),
    signers: observations,
  }));
}

/** |mark - index| / |index| in percent with four places, rounded up. */
function distanceText(mark: string, index: string): string {
  const [m, i] = [decimal(mark), decimal(index)];
  if (i.coefficient === 0n) return m.coefficient === 0n ? "0%" : "-";
  const { coefficient, scale } = absolute(subtract(m, i));
  const millionths = ceilQuotient({ coefficient: coefficient * powerOfTen(6), scale }, absolute(i));
  return `${decimalText({ coefficient: millionths, scale: 4 })}%`;
}

/** What evidence showed when it was repeated, and whose word that rests on. */
export function pricesText({ medians, files, policy, modelled }: MarketPrices, pinned: boolean): string {
  const signers = files.map(({ source, signer }) => `  ${signer}  ${visible(source)}`);
  const options = modelled.length === 0 ? [] : [`No signer prices these options: ${modelled.join(", ")}.`];
  return [
    `Every price is the median of at least ${policy.quorum} of these signers, repeated here:\n${signers.join("\n")}`,
    ...options,
    pricesTable(priceReports(medians)),
    pinned
      ? "The signers are on your own price policy."
      : "The evidence itself names these signers: give --price-policy to hold it to a list of yours.",
  ].join("\n\n");
}
