import { MarginproofError } from "../../errors.js";
import type { PrivateModel } from "../../market/index.js";
import { parseStrictJson } from "../../protocol/strictJson.js";
import { type LiveMarket, liveMarket, type Quote, quoted } from "./tick.js";

/** What a tick gives: figures of some instruments, or a whole market file. */
export interface TickBody {
  readonly time?: string;
  readonly instruments?: readonly Quote[];
  readonly market?: string;
}

/** Mark prices of one moment, if there are any, and when it was. */
export interface PricesOf {
  readonly prices: readonly Quote[] | undefined;
  readonly time: string;
}

/** The market file of a book, as data, and what is made of it. */
interface Priced {
  readonly json: unknown;
  readonly live: LiveMarket;
  readonly model: PrivateModel | undefined;
}

/** @throws MarginproofError SERVICE_REQUEST, JSON_*, those of `quoted` */
export function nextMarket(json: unknown, { market, instruments, time }: TickBody): unknown {
  if (
    (market === undefined) === (instruments === undefined) ||
    (market !== undefined && time !== undefined)
  ) {
    throw new MarginproofError("SERVICE_REQUEST", "a tick has either instruments or a market", {
      kind: "usage",
      hint: "Give the figures that moved, or the whole text of a market file, which has its own time.",
    });
  }
  return market === undefined ? quoted(json, instruments!, time) : marketData(market);
}

/** The market of a book under these prices: its own, if there are none. @throws MarginproofError as `quoted` and `liveMarket` */
export function priced(
  { json: before, live, model }: Priced,
  { prices, time }: PricesOf,
): Pick<Priced, "json" | "live"> {
  if (prices === undefined) return { json: before, live };
  const json = quoted(before, prices, time);
  return { json, live: liveMarket(json, model) };
}

/** The data of a market file's text. @throws MarginproofError JSON_* */
export const marketData = (text: string): unknown => parseStrictJson(text, "market file", { kind: "usage" });
