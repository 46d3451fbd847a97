import { readFileSync } from "node:fs";
import { Decimal } from "decimal.js";
import fc from "fast-check";
import { type Market, type MarketJson, parseMarket } from "../../src/market/schema.js";
import { optionValue } from "../../src/models/black76.js";
import {
  type ModelInstrument,
  notionalOf,
  type OptionInstrument,
  termsOf,
} from "../../src/models/instrument.js";
import type { ModelTable } from "../../src/models/modelTable.js";
import { evaluateReference } from "../../src/reference/referenceEngine.js";

const Exact = Decimal.clone({ precision: 120, toExpNeg: -200, toExpPos: 200 });

/** Signed quantities by symbol. */
export type Book = Readonly<Record<string, string>>;

/** A market file made of a model's table: what a builder would write. */
export function marketOf(table: ModelTable, instruments: readonly ModelInstrument[]): Market {
  return parseMarket({
    format: "marginproof/market/2",
    exchange: "Models",
    epoch: "e",
    time: "2024-06-17T10:22:20Z",
    quote: "USD",
    valueUnit: "0.0000000000001",
    maxRoundingError: "0.0001",
    initialFactorBp: table.initialFactorBp,
    groups: [...table.groups],
    stress: [],
    insuranceFund: {},
    reserves: {},
    instruments: instruments.map((i): MarketJson["instruments"][number] => {
      const { notional, ...figures } = table.perInstrument.get(i.symbol)!;
      const common = { symbol: i.symbol, quantityStep: "0.0001", ...figures };
      if (i.kind === "option") {
        return {
          ...common,
          kind: "option",
          markPrice: optionValue(termsOf(i)).toFixed(8),
          notionalPrice: notional,
        };
      }
      return {
        ...common,
        kind: i.days === undefined ? "perpetual" : "future",
        markPrice: notionalOf(i).toFixed(8),
      };
    }),
  });
}

/** Requirement of a table by the reference engine: no rounding but the table's own 18 decimals. */
export function required(table: ModelTable, instruments: readonly ModelInstrument[], book: Book) {
  return evaluateReference(marketOf(table, instruments), book);
}

export function perpetual(underlying: string, mark: string): ModelInstrument {
  return { symbol: `${underlying}-PERP`, kind: "linear", underlying, mark };
}

export function option(
  underlying: string,
  type: "C" | "P",
  strike: string,
  terms: Partial<OptionInstrument> = {},
) {
  const forward = terms.forward ?? "65000";
  const days = terms.days ?? "30";
  const symbol = `${underlying}-${days}-${strike}-${type}`;
  return {
    symbol,
    kind: "option",
    underlying,
    call: type === "C",
    strike,
    forward,
    days,
    volatility: "0.55",
    ...terms,
  } satisfies OptionInstrument;
}

/** A book of an arbitrary choice of instruments, quantities of at most 20 with four decimals. */
export function anyBook(instruments: readonly ModelInstrument[]): fc.Arbitrary<Book> {
  const quantity = fc.integer({ min: -200_000, max: 200_000 }).map((n) => new Exact(n).div(10_000).toFixed());
  return fc
    .tuple(...instruments.map(() => fc.option(quantity, { nil: "0" })))
    .map((q) => Object.fromEntries(instruments.map((i, k) => [i.symbol, q[k]!])));
}

/** |sum| and the like in tests: exact decimals of a book's quantity. */
export function held(book: Book, i: ModelInstrument): Decimal {
  return new Exact(book[i.symbol] ?? 0);
}

/** The pages' "300 books": up to 2 units of every instrument, either side, the same at every run. */
export function threeHundredBooks(instruments: readonly ModelInstrument[]): Book[] {
  const thousandths = fc.noBias(fc.integer({ min: -2000, max: 2000 }));
  const quantity = thousandths.map((n) => new Exact(n).div(1000).toFixed());
  const books = fc.tuple(...instruments.map(() => quantity));
  return fc
    .sample(books, { numRuns: 300, seed: 300 })
    .map((q) => Object.fromEntries(instruments.map((i, k) => [i.symbol, q[k]!])));
}

/** "0.2% to 23%, median 2.4%, mean 3.6%": how far a table is above its rule; two digits. */
export function spread(shares: readonly Decimal[]): string {
  const sorted = [...shares].sort((x, y) => x.comparedTo(y));
  const mean = sorted.reduce((sum, x) => sum.plus(x), new Exact(0)).div(sorted.length);
  const percent = (x: Decimal) =>
    x.lt("0.00001") ? "0%" : `${new Exact(x).times(100).toSignificantDigits(2).toFixed()}%`;
  const [least, median, most] = [sorted[0]!, sorted[sorted.length / 2]!, sorted.at(-1)!];
  return `${percent(least)} to ${percent(most)}, median ${percent(median)}, mean ${percent(mean)}`;
}

/** A page of docs/models. */
export const page = (name: string): string =>
  readFileSync(new URL(`../../docs/models/${name}.md`, import.meta.url), "utf8").replace(/\s+/g, " ");
