import { compare, type Decimal, decimal, floorQuotient, integer, multiply } from "../decimal/decimal.js";
import { MAX_QUANTITY } from "../protocol/constants.js";
import type { RiskRow, RiskTable, TableInstrument } from "../protocol/riskTable.js";

/** The row that holds a signed quantity of an instrument (in steps), or undefined for 0 and beyond 2^52 - 1. */
export function rowOf(table: RiskTable, instrument: TableInstrument, quantity: bigint): RiskRow | undefined {
  const size = quantity < 0n ? -quantity : quantity;
  if (size === 0n || size > MAX_QUANTITY) return undefined;
  const lane = table.lanes[quantity > 0n ? instrument.longLane : instrument.shortLane]!;
  let low = lane.firstRow;
  let high = lane.firstRow + lane.rowCount - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (table.rows[middle]!.lo <= size) low = middle;
    else high = middle - 1;
  }
  return table.rows[low];
}

/** A decimal quantity in whole steps, or undefined when it is not a whole number of them. */
export function stepsOf(quantity: string, quantityStep: string): bigint | undefined {
  const q: Decimal = decimal(quantity);
  const step = decimal(quantityStep);
  const steps = floorQuotient(q, step);
  return compare(multiply(integer(steps), step), q) === 0 ? steps : undefined;
}
