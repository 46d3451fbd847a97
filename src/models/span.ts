import type { ModelInstrument } from "./instrument.js";
import { type ModelTable, modelTable } from "./modelTable.js";
import { type Amount, nonNegativeAmount, ofModel, Precise, positiveAmount } from "./precise.js";
import { plainFigures, scanGroups, withShortOptionMinimum } from "./scanGroups.js";
import type { Scenario, VolShift } from "./scenarioGrid.js";

/** Parameters of a SPAN scan. */
export interface SpanParameters {
  /** Price scan range as a share of the price: "0.15". */
  readonly priceScan: Amount;
  /** Volatility scan range: added to and taken from the implied volatility, or a share of it. */
  readonly volScan: Amount;
  readonly volScanKind: "absolute" | "multiplicative";
  /** Extreme move in scan ranges. Default 2. */
  readonly extremeMultiple?: Amount;
  /** Share of the extreme scenarios' gain or loss that counts. Default 0.33. */
  readonly coveredFraction?: Amount;
  /** Days that pass before options are revalued: SPAN's look-ahead time. Default 0. */
  readonly lookAheadDays?: Amount;
  /** Short option minimum: share of the notional of what is short in options, a minimum of the scan. Default 0. */
  readonly shortOptionRate?: Amount;
}

/**
 * The 16 scenarios of SPAN in their published order: price unchanged, then 1/3, 2/3 and 3/3 of the scan range up and
 * down, each with volatility up and down; then the extreme move up and down, volatility unchanged, of which a share
 * counts. Source: CME, SPAN risk arrays ("Components of SPAN"). Thirds are rounded to 50 digits.
 */
export function span16(p: SpanParameters): Scenario[] {
  const range = positiveAmount(p.priceScan, ofModel("priceScan"));
  const vol = nonNegativeAmount(p.volScan, ofModel("volScan"));
  const days = { daysForward: p.lookAheadDays ?? "0" };
  const shift = (sign: 1 | -1): VolShift => {
    const size = vol.times(sign);
    return p.volScanKind === "absolute"
      ? { kind: "absolute", amount: size }
      : { kind: "multiplicative", factor: size };
  };
  const steps = [0, 1, -1, 2, -2, 3, -3].flatMap((thirds) =>
    ([1, -1] as const).map((sign): Scenario => {
      const price = thirds === 0 ? "price 0" : `price ${thirds > 0 ? "+" : "-"}${Math.abs(thirds)}/3`;
      const priceMove = range.times(thirds).div(3);
      return { name: `${price} vol ${sign > 0 ? "up" : "down"}`, priceMove, volShift: shift(sign), ...days };
    }),
  );
  const extreme = range.times(positiveAmount(p.extremeMultiple ?? "2", ofModel("extremeMultiple")));
  const weight = nonNegativeAmount(p.coveredFraction ?? "0.33", ofModel("coveredFraction"));
  return [
    ...steps,
    { name: "extreme up", priceMove: extreme, weight, ...days },
    { name: "extreme down", priceMove: Precise.max(-1, extreme.negated()), weight, ...days },
  ];
}

/**
 * SPAN scan risk per underlying as a table, max(scan risk, short option minimum): one group of 16 scenarios each, and a 17th
 * for the minimum if there is one; exact.
 */
export function spanTable(
  p: SpanParameters,
  instruments: readonly ModelInstrument[],
  initialFactorBp = 10_000,
): ModelTable {
  const minimum = nonNegativeAmount(p.shortOptionRate ?? "0", ofModel("shortOptionRate"));
  const groups = scanGroups(instruments, span16(p)).map((g) =>
    withShortOptionMinimum(g, instruments, minimum),
  );
  return modelTable(groups, plainFigures(instruments), initialFactorBp);
}
