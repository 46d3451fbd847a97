import { Decimal } from "decimal.js";
import type { Market, MarketInstrument } from "../market/schema.js";
import type { Band } from "../protocol/bands.js";

/**
 * An oracle for tests: evaluates a portfolio straight from the market's formulas in 120-digit decimals, quote
 * currency, with no risk table, no value units and no rounding. Shares no code with the compiler.
 *
 *     E    = sum q * mark
 *     MMR  = sum over holdings (N * rate_k - cum_k, fee, haircut or borrow charge) + sum_g max(0, -min_s L[g][s])
 *     IMR  = the same with the initial brackets, the groups' losses times initialFactorBp / 10000
 *     stressed[z] = E + sum q * stressGain[z]
 *     band = how many of the thresholds 0, MMR, IMR, IMR * marginCallBp / 10000 E has reached
 */
const Exact = Decimal.clone({ precision: 120, toExpNeg: -200, toExpPos: 200 });

type ScenarioGain = NonNullable<MarketInstrument["scenarioGains"]>[string][number];

const BANDS: readonly Band[] = ["bankrupt", "liquidation", "reduceOnly", "marginCall", "free"];

export interface ReferenceResult {
  readonly equity: Decimal;
  readonly maintenance: Decimal;
  readonly initial: Decimal;
  readonly band: Band;
  /** Worst loss of every group that something held belongs to, by name. */
  readonly worst: ReadonlyMap<string, Decimal>;
  readonly stressed: readonly Decimal[];
}

/** `portfolio`: signed quantity in units of the instrument (not steps), decimal text, by symbol. */
export function evaluateReference(
  market: Market,
  portfolio: Readonly<Record<string, string>>,
): ReferenceResult {
  let equity = new Exact(0);
  let maintenance = new Exact(0);
  let initial = new Exact(0);
  const stressed = market.stress.map(() => new Exact(0));
  const results = new Map<string, Decimal[]>();
  for (const [symbol, text] of Object.entries(portfolio)) {
    const instrument = market.instruments.find((i) => i.symbol === symbol);
    if (instrument === undefined) throw new RangeError(`unknown instrument ${symbol}`);
    const quantity = new Exact(text);
    const value = quantity.times(instrument.markPrice);
    equity = equity.plus(value);
    const both = assetCharge(instrument, quantity);
    const maintenanceCharge = requirementCharge(instrument, instrument.maintenance, quantity);
    maintenance = maintenance.plus(both).plus(maintenanceCharge);
    initial = initial
      .plus(both)
      .plus(
        instrument.initial ? requirementCharge(instrument, instrument.initial, quantity) : maintenanceCharge,
      );
    market.stress.forEach((_, z) => {
      const gain = quantity.times(instrument.stressGains?.[z] ?? 0);
      stressed[z] = stressed[z]!.plus(value).plus(gain);
    });
    for (const [group, gains] of Object.entries(instrument.scenarioGains ?? {})) {
      const sums = results.get(group) ?? gains.map(() => new Exact(0));
      results.set(
        group,
        sums.map((sum, s) => sum.plus(scenarioGain(gains[s]!, quantity))),
      );
    }
  }
  const worst = worstLosses(market, results);
  for (const [name, loss] of worst) {
    const factor = market.groups.find((g) => g.name === name)!.initialFactorBp ?? market.initialFactorBp;
    maintenance = maintenance.plus(loss);
    initial = initial.plus(loss.times(factor).div(10_000));
  }
  const thresholds = [0, maintenance, initial, initial.times(market.marginCallBp).div(10_000)];
  return {
    equity,
    maintenance,
    initial,
    band: BANDS[thresholds.filter((threshold) => equity.gte(threshold)).length]!,
    worst,
    stressed,
  };
}

/** Worst loss of each group: of its own gains and, in each scenario, what its parts lose. */
function worstLosses(market: Market, results: ReadonlyMap<string, readonly Decimal[]>): Map<string, Decimal> {
  const worst = new Map<string, Decimal>();
  for (const { name, within, scenarios } of market.groups) {
    if (within !== undefined) continue;
    const parts = market.groups
      .filter((g) => g.within === name && results.has(g.name))
      .map((g) => results.get(g.name)!);
    if (parts.length === 0 && !results.has(name)) continue;
    const values = scenarios.map((_, s) =>
      parts.reduce((sum, gains) => sum.plus(Exact.min(0, gains[s]!)), results.get(name)?.[s] ?? new Exact(0)),
    );
    worst.set(name, Exact.max(0, Exact.min(...values).negated()));
  }
  return worst;
}

/** What a holding gains where a long unit and a short unit may both lose. */
function scenarioGain(gain: ScenarioGain, quantity: Decimal): Decimal {
  if (typeof gain === "string") return quantity.times(gain);
  return quantity.abs().times(quantity.isNegative() ? gain.short : gain.long);
}

/** Brackets and liquidation fee on the notional |q| * notionalPrice. */
function requirementCharge(
  i: MarketInstrument,
  requirement: MarketInstrument["maintenance"],
  quantity: Decimal,
): Decimal {
  if (requirement === undefined) return new Exact(0);
  const sided = requirement.long !== undefined || requirement.short !== undefined;
  const own = sided ? (quantity.isNegative() ? requirement.short : requirement.long) : requirement;
  const price = new Exact(i.notionalPrice ?? new Exact(i.markPrice).abs());
  const notional = quantity.abs().times(price);
  const tiers = (own?.brackets ?? []).map((t) => ({ floor: t.notionalFloor, rate: t.rate }));
  return marginal(tiers, notional).plus(notional.times(own?.liquidationFeeRate ?? 0));
}

/** What a haircut leaves uncounted of a long holding; the borrow charge of a short one. */
function assetCharge(i: MarketInstrument, quantity: Decimal): Decimal {
  const value = quantity.abs().times(i.markPrice);
  if (quantity.isPositive()) {
    const uncounted = (i.haircut ?? []).map((t) => ({
      floor: t.valueFloor,
      rate: new Exact(1).minus(t.ratio).toString(),
    }));
    return marginal(uncounted, value);
  }
  if (i.borrowRate === undefined) return new Exact(0);
  if (typeof i.borrowRate === "string") return value.times(i.borrowRate);
  return marginal(
    i.borrowRate.map((t) => ({ floor: t.valueFloor, rate: t.rate })),
    value,
  );
}

/** Each part of the amount at the rate of the tier it lies in. */
function marginal(tiers: readonly { floor: string; rate: string }[], amount: Decimal): Decimal {
  let charge = new Exact(0);
  tiers.forEach((tier, k) => {
    if (amount.lte(tier.floor)) return;
    const ceiling = tiers[k + 1]?.floor;
    const top = ceiling === undefined ? amount : Exact.min(amount, ceiling);
    charge = charge.plus(top.minus(tier.floor).times(tier.rate));
  });
  return charge;
}
