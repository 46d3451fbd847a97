import { initialText, unitsText } from "../../report/money.js";
import type { LiveBook } from "../live/desk.js";
import type { LiveEvent } from "../live/eventRing.js";
import type { LiveAccount } from "../live/shard.js";

/** A margin account as the API shows it: money as decimal text in quote currency. */
export function accountView({ live: { market } }: LiveBook, own: LiveAccount) {
  const { valueUnit } = market;
  return {
    account: own.account,
    pocket: own.pocket,
    band: own.band,
    announced: own.announced,
    equity: unitsText(own.equity, valueUnit),
    maintenance: unitsText(own.maintenance, valueUnit),
    initial: initialText(own.initial, valueUnit),
  };
}

/** An account that entered a band: which, from which, and its figures then. One that is gone is in none. */
export function eventView(book: LiveBook, event: LiveEvent) {
  const { from, announced, gone, tick, time } = event;
  const account = accountView(book, event);
  if (gone) return { ...account, band: null, announced: null, from, to: null, tick, time };
  return { ...account, from, to: announced, tick, time };
}

/** What is no account's own. */
export const bookView = (book: LiveBook) => ({
  id: book.id,
  exchange: book.live.market.exchange,
  time: book.live.market.time,
  loaded: book.loaded,
  tick: book.tick,
  accounts: book.accounts,
  clearBp: book.clearBp,
});
