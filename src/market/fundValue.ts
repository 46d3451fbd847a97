import {
  add,
  compare,
  type Decimal,
  decimal,
  multiply,
  smaller,
  subtract,
  ZERO,
} from "../decimal/decimal.js";
import { assetOf, type Market, type MarketInstrument } from "./marketFile.js";

/** What the insurance fund holds of one asset, at one set of prices. */
export interface FundPart {
  readonly asset: string;
  /** Units of the asset. */
  readonly amount: Decimal;
  /** Quote currency per unit. */
  readonly price: Decimal;
  /** Quote currency it counts for: never more than amount * price. */
  readonly counted: Decimal;
}

/**
 * The insurance fund at the mark prices, or, with `stress`, at those of that stress scenario (mark price + gain). Exact.
 *
 * An asset counts as an account's collateral does: its haircut takes what it takes of a holding of that size. Instruments
 * of one asset have one price (`assertMarketInvariants`) but may have different haircuts: the one that leaves least applies. A
 * price below 0 lowers the fund by the whole amount.
 */
export function fundParts(market: Market, stress?: number): FundPart[] {
  const instruments = new Map<string, MarketInstrument[]>();
  for (const i of market.instruments) {
    if (i.kind !== "asset") continue;
    const own = instruments.get(assetOf(i)!);
    if (own === undefined) instruments.set(assetOf(i)!, [i]);
    else own.push(i);
  }
  return Object.keys(market.insuranceFund)
    .sort()
    .map((asset): FundPart => {
      const own = instruments.get(asset)!;
      const gain = stress === undefined ? "0" : (own[0]!.stressGains?.[stress] ?? "0");
      const price = add(decimal(own[0]!.markPrice), decimal(gain));
      const amount = decimal(market.insuranceFund[asset]!);
      const value = multiply(amount, price);
      return { asset, amount, price, counted: own.map((i) => collateral(i, value)).reduce(smaller) };
    });
}

/** Sum of what the parts count for, quote currency. */
export function fundTotal(parts: readonly FundPart[]): Decimal {
  return parts.reduce((sum, { counted }) => add(sum, counted), ZERO);
}

/** Part of a value that the instrument's haircut lets count: each tier's ratio of what lies between its floor and the next. */
function collateral({ haircut }: MarketInstrument, value: Decimal): Decimal {
  if (haircut === undefined || compare(value, ZERO) <= 0) return value;
  return haircut.reduce((sum, { valueFloor, ratio }, k) => {
    const next = haircut[k + 1];
    const top = next === undefined ? value : smaller(value, decimal(next.valueFloor));
    const within = subtract(top, decimal(valueFloor));
    return compare(within, ZERO) > 0 ? add(sum, multiply(within, decimal(ratio))) : sum;
  }, ZERO);
}
