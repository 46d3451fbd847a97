import {
  add,
  compare,
  type Decimal,
  decimal,
  decimalText,
  larger,
  multiply,
  ONE,
  quotientUp,
  smaller,
  ZERO,
} from "../decimal/decimal.js";
import { FIGURE_DECIMALS } from "../models/modelTable.js";
import type { AntiProcyclicalityRule } from "./rulesFile.js";

/** Marginal rates of a market file. */
export type RateTiers = readonly { readonly notionalFloor: string; readonly rate: string }[];

/**
 * The buffered form of an unbuffered requirement u, where p is what the previous market file required for the same:
 *
 *     max(u, min((1 + buffer) * u, (1 + maxRise) * p))          (1 + buffer) * u when it required nothing of its kind
 *
 * Between u and (1 + buffer) * u; rises with u and with p; above u only as far as maxRise allows. Exact. Without a rule, u.
 */
export function buffered(
  rule: AntiProcyclicalityRule | undefined,
  u: Decimal,
  p: Decimal | undefined,
): Decimal {
  if (rule === undefined) return u;
  const most = multiply(add(ONE, decimal(rule.buffer)), u);
  if (p === undefined) return most;
  return larger(u, smaller(most, multiply(add(ONE, decimal(rule.maxRise)), p)));
}

/**
 * Tiers whose rate at every notional is the buffered form of `factor` times the rate there, `before` being the previous
 * market file's tiers. Rates are rounded up at 18 decimals, and never fall with size, since none of the three does.
 */
export function bufferedTiers(
  rule: AntiProcyclicalityRule | undefined,
  tiers: RateTiers,
  factor: Decimal,
  before: RateTiers | undefined,
): { notionalFloor: string; rate: string }[] {
  const floors = new Map(
    [...tiers, ...(before ?? [])].map((t) => [t.notionalFloor, decimal(t.notionalFloor)]),
  );
  const rising = [...floors].sort(([, one], [, other]) => compare(one, other));
  const rows = rising.map(([notionalFloor, floor]) => {
    const p = before === undefined ? undefined : rateAt(before, floor);
    const exact = buffered(rule, multiply(factor, rateAt(tiers, floor)), p);
    return { notionalFloor, rate: decimalText(quotientUp(exact, ONE, FIGURE_DECIMALS)) };
  });
  return rows.filter((row, k) => row.rate !== rows[k - 1]?.rate);
}

function rateAt(tiers: RateTiers, notional: Decimal): Decimal {
  const tier = tiers.findLast(({ notionalFloor }) => compare(decimal(notionalFloor), notional) <= 0);
  return tier === undefined ? ZERO : decimal(tier.rate);
}
