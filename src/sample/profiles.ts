import { PERPETUALS, SPOT, UNDERLYINGS } from "./contracts.js";
import type { Random } from "./random.js";

/** What an account wants to hold before trades are matched. Sizes are quote-currency notionals. */
export interface Wish {
  readonly symbol: string;
  /** Notional; the sign is chosen by the trade for derivatives, and matters for spot (negative: borrowed). */
  readonly notional: number;
}

export interface Profile {
  /** Quote-currency worth the account is built around. */
  readonly size: number;
  readonly wishes: readonly Wish[];
}

const PERPETUAL_SYMBOLS = PERPETUALS.map((p) => p.symbol);
const SPOT_SYMBOLS = SPOT.map((s) => s.asset);

/**
 * Draws an account. Of all accounts: 25% hold cash and spot, 50% one or two perpetuals or a perpetual and spot,
 * 18% three to seven of either, 5% trade options of one underlying, 1% of several, 1% hold nearly everything.
 * Sizes are Pareto: most are small, a few hold most of the value.
 */
export function drawProfile(random: Random): Profile {
  const draw = random.unit();
  // One step of an option is hundreds of USDT of its underlying: its traders are larger.
  const size = random.pareto(200, 4_000_000) * (draw < 0.93 ? 1 : 20);
  const wishes: Wish[] = [];
  const spot = (count: number) => {
    for (const symbol of random.pick(SPOT_SYMBOLS, count)) {
      const sign = random.chance(0.06) ? -0.2 : 1;
      wishes.push({ symbol, notional: sign * size * random.between(0.1, 0.8) });
    }
  };
  const perpetuals = (count: number) => {
    for (const symbol of random.pick(PERPETUAL_SYMBOLS, count)) {
      wishes.push({ symbol, notional: (size * random.between(0.3, 4)) / Math.sqrt(count) });
    }
  };
  const groups = (count: number, contracts: number) => {
    for (const u of random.pick(UNDERLYINGS, count)) {
      const symbols = u.options.map(([strike, right]) => `${u.asset}-${u.expiry}-${strike}-${right}`);
      if (u.future) symbols.push(u.future.symbol);
      for (const symbol of random.pick(symbols, random.whole(2, contracts))) {
        wishes.push({ symbol, notional: size * random.between(0.3, 2) });
      }
    }
  };
  if (draw < 0.25) spot(random.whole(0, 2));
  else if (draw < 0.62) perpetuals(random.whole(1, 2));
  else if (draw < 0.75) {
    perpetuals(1);
    spot(1);
  } else if (draw < 0.93) {
    perpetuals(random.whole(2, 5));
    spot(random.whole(1, 2));
  } else if (draw < 0.98) {
    groups(1, 4);
    perpetuals(random.whole(0, 1));
  } else if (draw < 0.99) groups(random.whole(2, 3), 3);
  else {
    perpetuals(random.whole(6, PERPETUAL_SYMBOLS.length));
    spot(3);
    groups(random.whole(1, 3), 6);
  }
  return { size, wishes };
}
