import { type DeribitParameters, deribitExtended, deribitStandard } from "./deribitScenarios.js";
import { cashDelta, daysOf, type ModelInstrument } from "./instrument.js";
import { type ModelTable, mapGains, modelTable } from "./modelTable.js";
import {
  type Amount,
  type Decimal,
  modelError,
  nonNegativeAmount,
  ofModel,
  Precise,
  positiveAmount,
} from "./precise.js";
import { absoluteGroup, groupBy, plainFigures, rollGroups, scanGroups } from "./scanGroups.js";

/** Choices where Deribit's rule is not linear in the holdings. */
export interface DeribitChoices {
  /**
   * Rate on the net delta of the pair. Deribit charges it only above a threshold, up to `max_delta_shock` (0.1): "0" is
   * exact for accounts below it, `max_delta_shock` conservative for all.
   */
  readonly deltaShockRate: Amount;
  /**
   * Share of the extended cells that counts. Deribit brings them towards 0 by a constant amount per account: "1" is
   * conservative for all, "0" leaves them out, which is exact for accounts whose extended losses the dampener absorbs
   * and too little for larger ones.
   */
  readonly extendedShare: Amount;
}

/** Rate of the roll charge of an expiry: max(min_annualised_move, annualised_move_risk * days / 365). */
export function rollRate(p: DeribitParameters, days: Decimal): Decimal {
  const risk = nonNegativeAmount(p.annualised_move_risk, ofModel("annualised_move_risk"));
  return Precise.max(
    nonNegativeAmount(p.min_annualised_move, ofModel("min_annualised_move")),
    risk.times(days).div(365),
  );
}

/**
 * Deribit portfolio margin v2 as a table, in quote currency at today's index:
 *
 *     MMR = mm_factor * (worst of 27 standard and 8 extended cells + sum over expiries |net delta| * roll rate + delta shock)
 *     IMR = MMR / mm_factor         (without open orders and market-maker protection, which are no holdings)
 *
 * Not as Deribit does: the dampener, a constant amount per account, has no place in a function that is linear in the
 * holdings (see `extendedShare`), nor has the threshold of the delta shock; gains of one pair never offset another's losses.
 * @throws MarginproofError MODEL_INPUT when 1 / mm_factor is not a whole number of 1/10000, and those of `revalue`
 */
export function deribitTable(
  p: DeribitParameters,
  choices: DeribitChoices,
  instruments: readonly ModelInstrument[],
): ModelTable {
  const factor = positiveAmount(p.mm_factor, ofModel("mm_factor"));
  const initial = new Precise(10_000).div(factor);
  if (!initial.isInteger()) {
    throw modelError(
      "MODEL_INPUT",
      ofModel("mm_factor", `mm_factor ${factor.toFixed()}: 10000 / mm_factor must be a whole number`),
    );
  }
  const share = nonNegativeAmount(choices.extendedShare, ofModel("extendedShare"));
  const extended = deribitExtended(p).map((s) => ({ ...s, weight: share.times(s.weight ?? 1) }));
  const cells = [...deribitStandard(p), ...(share.isZero() ? [] : extended)];
  const shockRate = nonNegativeAmount(choices.deltaShockRate, ofModel("deltaShockRate"));
  const exact = [
    ...scanGroups(instruments, cells),
    ...rollGroups(instruments, (i) => rollRate(p, daysOf(i))),
    ...[...groupBy(instruments, (i) => i.underlying)].map(([underlying, members]) =>
      absoluteGroup(`${underlying} delta shock`, members, (i) => cashDelta(i).times(shockRate)),
    ),
  ];
  const scaled = exact.map((group) => ({ ...group, gains: mapGains(group.gains, (x) => x.times(factor)) }));
  return modelTable(scaled, plainFigures(instruments), initial.toNumber());
}
