import { rollRate } from "./deribit.js";
import { type DeribitParameters, deribitExtended, deribitStandard } from "./deribitScenarios.js";
import { cashDelta, daysOf, expiryOf, type ModelInstrument } from "./instrument.js";
import {
  type Amount,
  amount,
  type Decimal,
  nonNegativeAmount,
  ofInstrument,
  ofModel,
  Precise,
  positiveAmount,
  unnamed,
} from "./precise.js";
import { revalueAll } from "./revalue.js";
import type { Scenario } from "./scenarioGrid.js";

/** A holding of one account: signed quantity in units of the instrument. */
export interface Holding {
  readonly instrument: ModelInstrument;
  readonly quantity: Amount;
}

/** Figures of one currency pair, in coin, under the names of Deribit's API. */
export interface DeribitMargins {
  readonly initialRiskVectors: ReadonlyMap<string, { standard: Decimal[]; extended: Decimal[] }>;
  readonly aggregated: { standard: Decimal[]; extended: Decimal[] };
  readonly worstCase: Decimal;
  readonly rollShock: Decimal;
  readonly riskMatrixMargin: Decimal;
  readonly maintenanceMargin: Decimal;
}

/**
 * Deribit's rule itself, with what no linear table can say: aggregated gains times `pnl_offset` (0 in the worked example:
 * "clipped"), extended cells brought towards 0 by the dampener. Delta shock: none (below its threshold).
 *
 * The dampener is max(|move| / price_range - 1, 0) * extended_dampener / index. The worked example does not determine
 * it: it only shows that it exceeds the loss there.
 */
export function deribitReference(
  p: DeribitParameters,
  holdings: readonly Holding[],
  index: Amount,
): DeribitMargins {
  const coin = positiveAmount(index, unnamed("index"));
  const initialRiskVectors = new Map(
    holdings.map(({ instrument, quantity }) => {
      const q = amount(quantity, ofInstrument(instrument.symbol, ": quantity"));
      const gains = (cells: readonly Scenario[]) =>
        revalueAll(instrument, cells).map((gain) => gain.div(coin).times(q));
      return [
        instrument.symbol,
        { standard: gains(deribitStandard(p)), extended: gains(deribitExtended(p)) },
      ];
    }),
  );
  const sum = (table: "standard" | "extended", k: number) =>
    [...initialRiskVectors.values()].reduce((total, v) => total.plus(v[table][k]!), new Precise(0));
  const offset = nonNegativeAmount(p.pnl_offset, ofModel("pnl_offset"));
  const counted = (x: Decimal) => (x.gt(0) ? x.times(offset) : x);
  const aggregated = {
    standard: deribitStandard(p).map((_, k) => counted(sum("standard", k))),
    extended: deribitExtended(p).map((cell, k) => counted(damped(p, cell, sum("extended", k), coin))),
  };
  const worstCase = Precise.max(0, Precise.min(...aggregated.standard, ...aggregated.extended).negated());
  const rollShock = rollOf(p, holdings, coin);
  const riskMatrixMargin = worstCase.plus(rollShock);
  const maintenanceMargin = riskMatrixMargin.times(positiveAmount(p.mm_factor, ofModel("mm_factor")));
  return { initialRiskVectors, aggregated, worstCase, rollShock, riskMatrixMargin, maintenanceMargin };
}

/** Gain or loss brought towards 0 by at most the dampener. */
function damped(p: DeribitParameters, cell: Scenario, gain: Decimal, coin: Decimal): Decimal {
  const range = positiveAmount(p.price_range, ofModel("price_range"));
  const beyond = Precise.max(0, amount(cell.priceMove, unnamed("price move")).abs().div(range).minus(1));
  const most = beyond.times(nonNegativeAmount(p.extended_dampener, ofModel("extended_dampener"))).div(coin);
  const left = Precise.max(0, gain.abs().minus(most));
  return gain.isNegative() ? left.negated() : left;
}

function rollOf(p: DeribitParameters, holdings: readonly Holding[], coin: Decimal): Decimal {
  const net = new Map<string, Decimal>();
  for (const { instrument, quantity } of holdings) {
    const charge = cashDelta(instrument)
      .times(amount(quantity, unnamed("quantity")))
      .times(rollRate(p, daysOf(instrument)));
    net.set(expiryOf(instrument), (net.get(expiryOf(instrument)) ?? new Precise(0)).plus(charge));
  }
  return [...net.values()].reduce((total, x) => total.plus(x.abs()), new Precise(0)).div(coin);
}

/**
 * Worst cell of several pairs moved together: per cell, the sum of the pairs' aggregated gains, those above 0 times
 * `pnlOffset` as aggregated already. Never above the sum of the pairs' own worst cells, which the table charges.
 */
export function jointWorst(pairs: readonly DeribitMargins[]): Decimal {
  const cells = pairs.map((m) => [...m.aggregated.standard, ...m.aggregated.extended]);
  const sums = (cells[0] ?? []).map((_, k) => cells.reduce((total, c) => total.plus(c[k]!), new Precise(0)));
  return Precise.max(0, Precise.min(0, ...sums).negated());
}
