import { drawProfile, type Profile } from "./profiles.js";
import type { Random } from "./random.js";

/** What trading needs to know of an instrument. Floating point is used for sizes only, never for money. */
export interface Tradable {
  readonly position: number;
  readonly kind: "asset" | "perpetual" | "future" | "option";
  /** Notional of one step, roughly. */
  readonly stepNotional: number;
  /** Mark price in ticks of 10^-priceDigits; entry prices are whole ticks. */
  readonly markTicks: number;
}

/** Holdings of all accounts, column by column: position of the account and instrument, signed steps, entry ticks. */
export interface Holdings {
  readonly account: number[];
  readonly instrument: number[];
  readonly steps: number[];
  /** 0: no entry price. */
  readonly entryTicks: number[];
}

export interface TradedAccounts {
  readonly sizes: Float64Array;
  readonly holdings: Holdings;
}

/** The first accounts always trade bitcoin, so that the smallest sample has positions. */
const CERTAIN_TRADERS = 8;

/**
 * Draws all accounts, then matches their wishes: spot is held as wished, derivatives are traded between pairs of
 * accounts of like size at one price, so that long = short and the two entry prices agree.
 */
export function tradeAccounts(
  count: number,
  random: Random,
  tradables: ReadonlyMap<string, Tradable>,
): TradedAccounts {
  const sizes = new Float64Array(count);
  const holdings: Holdings = { account: [], instrument: [], steps: [], entryTicks: [] };
  const wanted = new Map<string, { account: number; notional: number }[]>();
  for (let account = 0; account < count; account++) {
    const profile = account < CERTAIN_TRADERS ? certainTrader(random) : drawProfile(random);
    sizes[account] = profile.size;
    for (const { symbol, notional } of profile.wishes) {
      const tradable = tradables.get(symbol)!;
      if (tradable.kind === "asset") {
        hold(holdings, account, tradable, Math.trunc(notional / tradable.stepNotional), 0);
        continue;
      }
      const list = wanted.get(symbol) ?? [];
      wanted.set(symbol, list);
      list.push({ account, notional });
    }
  }
  for (const [symbol, tradable] of tradables) {
    const list = (wanted.get(symbol) ?? []).sort((x, y) => x.notional - y.notional || x.account - y.account);
    for (let i = 0; i + 1 < list.length; i += 2) {
      const steps = Math.floor(list[i]!.notional / tradable.stepNotional);
      const buyer = random.below(2);
      const entry = Math.round(tradable.markTicks * random.between(0.94, 1.06));
      const entryTicks = tradable.kind === "option" ? 0 : entry;
      hold(holdings, list[i + buyer]!.account, tradable, steps, entryTicks);
      hold(holdings, list[i + 1 - buyer]!.account, tradable, -steps, entryTicks);
    }
  }
  return { sizes, holdings };
}

function certainTrader(random: Random): Profile {
  const size = random.between(2_000, 9_000);
  return { size, wishes: [{ symbol: "BTC-PERP", notional: size * random.between(2, 8) }] };
}

function hold(to: Holdings, account: number, tradable: Tradable, steps: number, entryTicks: number): void {
  if (steps === 0) return;
  to.account.push(account);
  to.instrument.push(tradable.position);
  to.steps.push(steps);
  to.entryTicks.push(entryTicks);
}
