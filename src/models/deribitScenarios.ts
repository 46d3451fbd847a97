import { type Amount, amount, nonNegativeAmount, ofModel, positiveAmount } from "./precise.js";
import { grid, percent, type Scenario, type VolShift } from "./scenarioGrid.js";

/** Parameters of one currency pair, under the names of Deribit's API (`model_params` of private/pme/simulate). */
export interface DeribitParameters {
  readonly price_range: Amount;
  /** Price steps on each side of 0. */
  readonly buckets_count: number;
  readonly volatility_range_up: Amount;
  readonly volatility_range_down: Amount;
  readonly short_term_vega_power: Amount;
  readonly long_term_vega_power: Amount;
  readonly min_volatility_for_shock_up: Amount;
  readonly extended_table_factor: Amount;
  /** Quote currency. */
  readonly extended_dampener: Amount;
  readonly annualised_move_risk: Amount;
  readonly min_annualised_move: Amount;
  /** Share of a pair's gains that may offset losses elsewhere. */
  readonly pnl_offset: Amount;
  readonly mm_factor: Amount;
}

/** BTC as in the public API description. */
export const DERIBIT_BTC: DeribitParameters = {
  price_range: "0.16",
  buckets_count: 4,
  volatility_range_up: "0.5",
  volatility_range_down: "0.25",
  short_term_vega_power: "0.30",
  long_term_vega_power: "0.13",
  min_volatility_for_shock_up: "0.5",
  extended_table_factor: "1",
  extended_dampener: "100000",
  annualised_move_risk: "0.075",
  min_annualised_move: "0.01",
  pnl_offset: "0",
  mm_factor: "0.8",
};

/** Moves of the extended table. */
const EXTENDED_MOVES = ["-0.66", "-0.33", "0.5", "1", "2", "3", "4", "5"] as const;

/** v + max(v, least) * range * (30 / D)^power; shocks of the last day are those of one day. */
function shock(p: DeribitParameters, factor: Amount): VolShift {
  return {
    kind: "byExpiry",
    factor,
    referenceDays: "30",
    shortPower: p.short_term_vega_power,
    longPower: p.long_term_vega_power,
    floorDays: "1",
    least: p.min_volatility_for_shock_up,
  };
}

/** The standard table: 2 * buckets + 1 price steps, lowest first, each with volatility down, same and up. */
export function deribitStandard(p: DeribitParameters): Scenario[] {
  const range = positiveAmount(p.price_range, ofModel("price_range"));
  const steps = Array.from({ length: 2 * p.buckets_count + 1 }, (_, k) =>
    range.times(k - p.buckets_count).div(p.buckets_count),
  );
  const down = amount(p.volatility_range_down, ofModel("volatility_range_down")).negated();
  return grid(steps, [
    { name: "vol down", shift: shock(p, down) },
    { name: "vol same" },
    { name: "vol up", shift: shock(p, p.volatility_range_up) },
  ]);
}

/**
 * The extended table: volatility up only, a share of the gain or loss; futures are held at the edge of the price range
 * (as the worked example shows: they count as closed there).
 */
export function deribitExtended(p: DeribitParameters): Scenario[] {
  const range = positiveAmount(p.price_range, ofModel("price_range"));
  return EXTENDED_MOVES.map((priceMove): Scenario => {
    const linearMove = priceMove.startsWith("-") ? range.negated() : range;
    const weight = nonNegativeAmount(p.extended_table_factor, ofModel("extended_table_factor"));
    const name = `extended ${percent(priceMove)}`;
    return { name, priceMove, linearMove, volShift: shock(p, p.volatility_range_up), weight };
  });
}
