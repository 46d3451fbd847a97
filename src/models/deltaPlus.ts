import { cashDelta, greeksOf, type ModelInstrument, termsOf } from "./instrument.js";
import { type ExactGroup, type ModelTable, modelTable } from "./modelTable.js";
import { type Amount, type Decimal, nonNegativeAmount, ofModel, Precise } from "./precise.js";
import { groupBy, plainFigures } from "./scanGroups.js";

/** Delta-plus method: rates of the three charges. */
export interface DeltaPlusParameters {
  /** Rate on the absolute net cash delta of an underlying: "0.08". */
  readonly deltaRate: Amount;
  /** VU: assumed move of the underlying for gamma, a share of its price: "0.08". */
  readonly gammaMove: Amount;
  /** Assumed shift of volatility, a share of it: "0.25". */
  readonly vegaShift: Amount;
  /** One group of 8 scenarios an underlying, or three groups of 2, 1 and 2. Both require the same. Default "one". */
  readonly form?: "one" | "three";
}

/** 8% and 25%, as in Regulation (EU) 528/2014 for equities. */
export const DELTA_PLUS: DeltaPlusParameters = { deltaRate: "0.08", gammaMove: "0.08", vegaShift: "0.25" };

/** Charges of one long unit, quote currency; gamma is negative for who is short of it. */
export interface UnitCharges {
  readonly delta: Decimal;
  readonly gamma: Decimal;
  readonly vega: Decimal;
}

/**
 * delta = deltaRate * cash delta; gamma = 1/2 * Gamma * (gammaMove * F)^2; vega = vega per 1.00 of volatility * vegaShift
 * * volatility. Source: Commission Delegated Regulation (EU) No 528/2014, articles 5 and 6.
 * Options settled in coin: gamma and vega of the value in quote currency.
 */
export function unitCharges(p: DeltaPlusParameters, i: ModelInstrument): UnitCharges {
  const delta = cashDelta(i).times(nonNegativeAmount(p.deltaRate, ofModel("deltaRate")));
  if (i.kind !== "option") return { delta, gamma: new Precise(0), vega: new Precise(0) };
  const { forward, volatility } = termsOf(i);
  const { gamma, vega } = greeksOf(i);
  const move = forward.times(nonNegativeAmount(p.gammaMove, ofModel("gammaMove")));
  const shift = volatility.times(nonNegativeAmount(p.vegaShift, ofModel("vegaShift")));
  return { delta, gamma: gamma.times(move).times(move).div(2), vega: vega.times(shift) };
}

/**
 * Per underlying |sum of delta charges| + max(0, -sum of gamma charges) + |sum of vega charges|, exactly.
 *
 * One group holds all three: its scenarios are every choice of (delta up or down) x (gamma counted or not) x (vega up or
 * down), and the worst of a sum of independent choices is the sum of their worsts. One group costs an account one place
 * instead of three. Shorts in one underlying never offset longs in another.
 */
export function deltaPlusTable(
  p: DeltaPlusParameters,
  instruments: readonly ModelInstrument[],
  initialFactorBp = 10_000,
): ModelTable {
  const groups = [...groupBy(instruments, (i) => i.underlying)].flatMap(([underlying, members]) => {
    const charges = members.map((i) => ({ symbol: i.symbol, ...unitCharges(p, i) }));
    return p.form === "three" ? threeGroups(underlying, charges) : [oneGroup(underlying, charges)];
  });
  return modelTable(groups, plainFigures(instruments), initialFactorBp);
}

type Charged = UnitCharges & { readonly symbol: string };

function oneGroup(underlying: string, charges: readonly Charged[]): ExactGroup {
  const choices = [1, -1].flatMap((d) => [1, 0].flatMap((g) => [1, -1].map((v) => ({ d, g, v }))));
  const way = (sign: number) => (sign > 0 ? "up" : "down");
  return {
    name: `${underlying} greeks`,
    scenarios: choices.map(({ d, g, v }) => `delta ${way(d)}${g === 1 ? ", gamma" : ""}, vega ${way(v)}`),
    gains: new Map(
      charges.map((c) => [
        c.symbol,
        choices.map(({ d, g, v }) => c.delta.times(d).plus(c.gamma.times(g)).plus(c.vega.times(v))),
      ]),
    ),
  };
}

function threeGroups(underlying: string, charges: readonly Charged[]): ExactGroup[] {
  const group = (name: string, scenarios: string[], gains: (c: Charged) => Decimal[]): ExactGroup => {
    return {
      name: `${underlying} ${name}`,
      scenarios,
      gains: new Map(charges.map((c) => [c.symbol, gains(c)])),
    };
  };
  return [
    group("delta", ["up", "down"], (c) => [c.delta, c.delta.negated()]),
    group("gamma", ["any move"], (c) => [c.gamma]),
    group("vega", ["up", "down"], (c) => [c.vega, c.vega.negated()]),
  ];
}
