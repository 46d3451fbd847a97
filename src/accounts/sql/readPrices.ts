import { MarginproofError } from "../../errors.js";
import { show } from "../badRows.js";
import { assertExact, type DatabaseSnapshot } from "./snapshotReader.js";

/** A mark price of the exchange's own database: text, as Postgres writes it. */
export interface PulledPrice {
  readonly symbol: string;
  readonly markPrice: string;
}

/** The query that gives them. */
export interface PricesQuery {
  readonly query: string;
  /** Instruments there are: more rows are refused before they fill the memory. */
  readonly most: number;
}

const NAME = "prices";

/**
 * Reads a query of two columns, an instrument's symbol and its mark price.
 * @param most rows that it may have
 * @throws MarginproofError SOURCE_QUERY (as `DatabaseSnapshot.fetch`; other columns, no row, too many, a row that lacks one, an instrument
 * twice), SOURCE_DATABASE
 */
export async function readPrices(
  snapshot: DatabaseSnapshot,
  { query, most }: PricesQuery,
): Promise<readonly PulledPrice[]> {
  const prices = new Map<string, PulledPrice>();
  const found = snapshot.fetch(NAME, query, (fields) => {
    if (fields.length !== 2)
      throw refused(`it has ${fields.length} columns, not an instrument's symbol and its mark price`);
    assertExact(NAME, fields);
  });
  for await (const { rows } of found) {
    for (const [symbol, markPrice] of rows as readonly (readonly [string | null, string | null])[]) {
      if (symbol === null) throw refused("a row names no instrument");
      if (markPrice === null) throw refused(`instrument ${show(symbol)} has no price`);
      if (prices.has(symbol)) throw refused(`instrument ${show(symbol)} is there twice`);
      if (prices.size === most) throw refused(`it has more rows than the ${most} instruments that may move`);
      prices.set(symbol, { symbol, markPrice });
    }
  }
  // A feed that stopped is no news: the prices before would pass for those of now.
  if (prices.size === 0) throw refused("it has no row");
  return [...prices.values()];
}

const refused = (problem: string): MarginproofError =>
  new MarginproofError("SOURCE_QUERY", `the query of ${NAME}: ${problem}`, {
    kind: "usage",
    hint: "Give one row for each instrument that moves: its symbol, and its mark price as text or numeric.",
  });
