import { INITIAL_SCALE, VALUE_BOUND } from "./constants.js";
import type { Evaluation } from "./evaluate.js";
import type { RiskRow, RiskTable } from "./riskTable.js";

/** Instruments that one message names. */
const SHOWN = 3;
/** A rate is rounded to value units by at most 1/100000 of a step's worth, unless a market says otherwise. */
const LEAST_PRECISION = 100_000n;

/**
 * What to choose for an account whose values are out of range: a coarser value unit where all prices are whole numbers of it,
 * else the instruments whose prices stand in its way, and by how much.
 */
export function coarserUnit(evaluation: Evaluation, { rows, lanes }: RiskTable): string {
  const largest = largestValue(evaluation);
  let times = 10n;
  while (largest >= times * VALUE_BOUND) times *= 10n;
  const refusing = rows.filter((row) => !allows(row, times));
  const names = [...new Set(refusing.map((row) => lanes[row.laneIndex]!.instrument))];
  const use = `use a valueUnit ${times} times coarser`;
  if (names.length === 0) return `In the rules or the market file, ${use}: every price of it allows that.`;
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return (
    `No valueUnit has room for this account and the prices of ${names.slice(0, SHOWN).join(", ")}${more}. Give these fewer ` +
    `decimals or larger quantity steps, so that a step is worth a multiple of ${times} value units, and ${use}.`
  );
}

function largestValue({ equity, stressed, initial, groups }: Evaluation): bigint {
  const values = [
    ...[equity, ...stressed].map(sizeOf),
    initial / INITIAL_SCALE,
    ...groups.flatMap(({ worst, gains }) => gains.map((gain) => worst + sizeOf(gain))),
  ];
  return values.reduce((a, b) => (a > b ? a : b));
}

const sizeOf = (x: bigint): bigint => (x < 0n ? -x : x);

/** Whether a row's price is exact, and its rate near enough, in a unit so many times coarser. */
function allows({ price, slope, initialSlope }: RiskRow, times: bigint): boolean {
  if (price % times !== 0n) return false;
  const size = sizeOf(price);
  const exact = [slope, initialSlope].every((x) => x % times === 0n || x > size);
  return exact || size >= times * LEAST_PRECISION;
}
