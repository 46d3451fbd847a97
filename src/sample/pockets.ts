import type { Market } from "../market/schema.js";
import { CROSS_POCKET, type PocketId } from "../protocol/pocket.js";
import type { Holdings } from "./trades.js";

/** Of every twenty margin accounts, numbers 5 and 6 can be isolated pockets of the account of number 7. */
const CYCLE = 20;
const POCKETS: readonly number[] = [5, 6];
const OWNER = 7;

/**
 * Says which pocket of whose account each margin account is. An isolated pocket holds one perpetual and cash, and is
 * named after it; whatever else stands at its number is an account of its own, as all others are.
 */
export function pocketsOf(market: Market, holdings: Holdings, count: number): PocketId[] {
  const perpetual = onlyPerpetuals(market, holdings, count);
  return Array.from({ length: count }, (_, i) => {
    const owner = i - (i % CYCLE) + OWNER;
    const symbol = perpetual[i];
    if (!POCKETS.includes(i % CYCLE) || owner >= count || symbol === undefined) {
      return { account: name(i), pocket: CROSS_POCKET };
    }
    return { account: name(owner), pocket: `${symbol}.${1 + POCKETS.indexOf(i % CYCLE)}` };
  });
}

const name = (account: number): string => `acct-${account.toString().padStart(6, "0")}`;

/** Per margin account, the perpetual that it holds, if it holds nothing else but cash. */
function onlyPerpetuals(market: Market, holdings: Holdings, count: number): (string | undefined)[] {
  const found: (string | undefined)[] = Array.from({ length: count });
  const mixed = new Set<number>();
  holdings.account.forEach((account, row) => {
    const { kind, symbol } = market.instruments[holdings.instrument[row]!]!;
    if (symbol === market.quote) return;
    if (kind !== "perpetual" || found[account] !== undefined) mixed.add(account);
    found[account] = symbol;
  });
  return found.map((symbol, account) => (mixed.has(account) ? undefined : symbol));
}
