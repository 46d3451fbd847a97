import { Decimal } from "decimal.js";
import { decimal, decimalText, integer, multiply } from "../../src/decimal/decimal.js";
import type { RoundingBound } from "../../src/market/roundingBound.js";
import { type LaneHolding, roundingBound } from "../../src/market/roundingBound.js";
import type { Market } from "../../src/market/schema.js";
import { BANDS, type Band, bandOf } from "../../src/protocol/bands.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";
import { evaluateReference, type ReferenceResult } from "../../src/reference/referenceEngine.js";
import { evaluateWithTable } from "./tableEvaluation.js";

const Exact = Decimal.clone({ precision: 120, toExpNeg: -200, toExpPos: 200 });

/** How far the table is above the reference, in quote currency, and how far it may be. */
export interface Excess {
  readonly maintenance: Decimal;
  readonly bound: Decimal;
  readonly reference: ReferenceResult;
}

/** Compares table and reference on one portfolio (signed steps); throws with the figures on any disagreement. */
export function compareEngines(
  market: Market,
  table: RiskTable,
  holdings: ReadonlyMap<string, bigint>,
): Excess {
  const got = evaluateWithTable(table, holdings);
  const portfolio: Record<string, string> = {};
  const held: LaneHolding[] = [];
  for (const [symbol, steps] of holdings) {
    const instrument = table.instruments.find((i) => i.symbol === symbol)!;
    portfolio[symbol] = decimalText(multiply(integer(steps), decimal(instrument.quantityStep)));
    const lane = steps > 0n ? instrument.longLane : instrument.shortLane;
    held.push({ lane, steps: steps < 0n ? -steps : steps });
  }
  const exact = evaluateReference(market, portfolio);
  const bound: RoundingBound = roundingBound(table, market)(held);
  const unit = new Exact(market.valueUnit);
  const excess = (units: bigint, value: Decimal, scale = 1) =>
    new Exact(units.toString()).minus(new Exact(value).div(unit).times(scale));
  const within = (what: string, x: Decimal, low: bigint, high: bigint) => {
    if (x.gte(low.toString()) && x.lte(high.toString())) return;
    throw new Error(`${what} is off by ${x} units, allowed ${low} to ${high}; ${JSON.stringify(portfolio)}`);
  };
  within("equity", excess(got.equity, exact.equity), bound.equity, bound.equity);
  within("maintenance", excess(got.maintenance, exact.maintenance), 0n, bound.maintenance);
  within("initial", excess(got.initial, exact.initial, 10_000), 0n, bound.initial);
  const place = (band: Band) => BANDS.indexOf(band);
  if (place(bandOf(got, table.marginCallBp)) > place(exact.band)) {
    throw new Error(
      `band ${bandOf(got, table.marginCallBp)} instead of ${exact.band}; ${JSON.stringify(portfolio)}`,
    );
  }
  for (const [z, value] of got.stressed.entries()) {
    within(`stress ${z}`, excess(value, exact.stressed[z]!), -bound.stressed, 0n);
  }
  // A unit for every step in the group itself, and one in each part.
  const parts = Math.max(0, ...table.groupPlaces.map(({ part }) => part));
  const most = held.reduce((sum, h) => sum + h.steps * BigInt(1 + parts), 0n);
  for (const [name, loss] of exact.worst) {
    within(`group ${name}`, excess(got.worst[table.groupNames.indexOf(name)]!, loss), 0n, most);
  }
  const currency = (units: Decimal.Value) => unit.times(units);
  return {
    maintenance: currency(excess(got.maintenance, exact.maintenance)),
    bound: currency(bound.maintenance.toString()),
    reference: exact,
  };
}
