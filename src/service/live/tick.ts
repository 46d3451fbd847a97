import { MarginproofError } from "../../errors.js";
import { bestPoseidon } from "../../field/poseidon/bestPoseidon.js";
import {
  listedInstruments,
  type Market,
  openTable,
  type PrivateModel,
  parseMarket,
} from "../../market/index.js";
import type { RiskTable } from "../../protocol/riskTable.js";
import type { LiveTerms } from "./shard.js";

/** New figures of one instrument: those that a market file has and that move with prices. */
export interface Quote {
  readonly symbol: string;
  readonly markPrice?: string;
  readonly notionalPrice?: string;
  readonly stressGains?: readonly string[];
  readonly scenarioGains?: Readonly<Record<string, readonly unknown[]>>;
}

/** A market, and what a shard needs of it. */
export interface LiveMarket extends LiveTerms {
  readonly market: Market;
  /** As it would stand in a market file. */
  readonly text: string;
}

/** @throws MarginproofError as `parseMarket` and `openTable` */
export function liveMarket(json: unknown, model: PrivateModel | undefined): LiveMarket {
  const market = parseMarket(json);
  const { table } = openTable(market, model, bestPoseidon());
  return { market, text: JSON.stringify(json), table, listed: listedInstruments(market) };
}

/**
 * The market file that these quotes make of another: each figure given in the place of the one before, all others as they were. Evidence of
 * the prices before is none of these, and no statement's figures went into them: it names neither.
 * @param json a market file's data
 * @throws MarginproofError ACCOUNT_UNKNOWN_INSTRUMENT, SERVICE_REQUEST
 */
export function quoted(
  json: unknown,
  quotes: readonly Quote[],
  time: string | undefined,
): Record<string, unknown> {
  const {
    priceEvidence: _,
    previousStatement: __,
    ...before
  } = json as Record<string, unknown> & {
    readonly instruments: readonly { symbol: string }[];
  };
  const bySymbol = new Map(quotes.map((quote) => [quote.symbol, quote]));
  if (bySymbol.size !== quotes.length) {
    throw new MarginproofError("SERVICE_REQUEST", "an instrument is quoted twice", {
      kind: "usage",
      hint: "Give each instrument once a tick.",
    });
  }
  const instruments = before.instruments.map((own) => {
    const quote = bySymbol.get(own.symbol);
    bySymbol.delete(own.symbol);
    return quote === undefined ? own : { ...own, ...quote };
  });
  for (const symbol of bySymbol.keys())
    throw new MarginproofError(
      "ACCOUNT_UNKNOWN_INSTRUMENT",
      `instrument ${symbol.slice(0, 60)} is not in the market`,
      {
        kind: "usage",
        hint: "A tick moves what is listed. To list more, begin a new live book.",
      },
    );
  return { ...before, ...(time === undefined ? {} : { time }), instruments };
}

/**
 * Instruments whose rows differ between two tables; undefined when something differs that concerns every account.
 * @throws MarginproofError SERVICE_LIVE_MARKET when they list other instruments, or in other steps: what accounts hold is counted in these
 */
export function movedInstruments(before: RiskTable, after: RiskTable): readonly string[] | undefined {
  const places = ({ instruments }: RiskTable): string =>
    JSON.stringify(instruments.map(({ symbol, quantityStep, class: own }) => [symbol, quantityStep, own]));
  if (places(before) !== places(after)) {
    throw new MarginproofError(
      "SERVICE_LIVE_MARKET",
      "the market lists other instruments than the live book's, or other steps",
      {
        kind: "usage",
        hint: "Begin a new live book with it: what accounts hold is counted in the steps of the one before.",
      },
    );
  }
  if (termsOf(before) !== termsOf(after)) return undefined;
  return after.instruments
    .filter(({ longLane, shortLane }) =>
      [longLane, shortLane].some((lane) => rowsOf(before, lane) !== rowsOf(after, lane)),
    )
    .map(({ symbol }) => symbol);
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_, own: unknown) => (typeof own === "bigint" ? own.toString() : own));

/** What of a table is no instrument's own. */
const termsOf = ({ groupScenarios, groupPlaces, imfBp, marginCallBp }: RiskTable): string =>
  text([groupScenarios, groupPlaces, imfBp, marginCallBp]);

/** The rows of a lane but for their places in the table, which a lane before it may shift. */
function rowsOf({ lanes, rows }: RiskTable, number: number): string {
  const { firstRow, rowCount } = lanes[number]!;
  return text(
    rows
      .slice(firstRow, firstRow + rowCount)
      .map(({ lo, price, base, slope, initialBase, initialSlope, groups }) => [
        ...[lo, price, base, slope, initialBase, initialSlope],
        groups,
      ]),
  );
}
