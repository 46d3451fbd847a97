import { type Gain, isLinear } from "../market/gain.js";
import type { MarketJson } from "../market/schema.js";
import {
  type Amount,
  type Decimal,
  modelError,
  nonNegativeAmount,
  ofInstrument,
  Precise,
  type Subject,
  saying,
  unnamed,
} from "./precise.js";
import { assertScenarios } from "./scenarioGrid.js";

type InstrumentJson = MarketJson["instruments"][number];
export type RequirementJson = NonNullable<InstrumentJson["maintenance"]>;

/** What a model says about one instrument: fields of a market file's instrument. */
export interface InstrumentFigures {
  /** Per group, the gain of one unit in each scenario, quote currency. */
  readonly scenarioGains: Record<string, Gain[]>;
  /** Rates on the notional |quantity| * `notional`. */
  readonly maintenance?: RequirementJson;
  readonly initial?: RequirementJson;
  /** Quote currency per unit that rates apply to: an option's `notionalPrice`; for others it must equal |markPrice|. */
  readonly notional: string;
}

/** A risk group, or a part of one, as a market file has it. */
export interface TableGroup {
  readonly name: string;
  /** The group before it that it is a part of. */
  readonly within?: string;
  readonly scenarios: string[];
}

/** A margin model's figures, as plain data that a market file takes. */
export interface ModelTable {
  readonly groups: readonly TableGroup[];
  readonly perInstrument: ReadonlyMap<string, InstrumentFigures>;
  /** Initial requirement of the groups, in 1/10000 of their maintenance requirement: at least 10000. */
  readonly initialFactorBp: number;
}

/** Decimals of the figures in a market file. */
export const FIGURE_DECIMALS = 18;
const LARGEST = new Precise("1e21");

/**
 * Text of a gain. One number serves the long and the short side, so it is rounded away from 0 at 18 decimals: whoever
 * loses by it loses at least the exact amount. What another holding gains by it may be up to 1e-18 a unit too high.
 */
export function gainText(gain: Decimal, what: Subject): string {
  return figure(gain.toDecimalPlaces(FIGURE_DECIMALS, Precise.ROUND_UP), what);
}

/** What one unit gains: of a long one, where a short loses it; or by side. */
export type ExactGain = Decimal | { readonly long: Decimal; readonly short: Decimal };

/** What one unit gains on a side. */
export function onSide(gain: ExactGain, side: "long" | "short"): Decimal {
  if (!("long" in gain)) return side === "long" ? gain : gain.negated();
  return gain[side];
}

/** Every gain of a group changed, side by side. `change` must be linear. */
export function mapGains(
  gains: ReadonlyMap<string, readonly ExactGain[]>,
  change: (own: Decimal) => Decimal,
): ReadonlyMap<string, readonly ExactGain[]> {
  const one = (gain: ExactGain): ExactGain =>
    "long" in gain ? { long: change(gain.long), short: change(gain.short) } : change(gain);
  return new Map([...gains].map(([symbol, own]) => [symbol, own.map(one)]));
}

const isZero = (gain: ExactGain): boolean => onSide(gain, "long").isZero() && onSide(gain, "short").isZero();

/** As a market file has it. A side's own gain is rounded down at 18 decimals. */
function gainEntry(gain: ExactGain, what: Subject): Gain {
  if (!("long" in gain)) return gainText(gain, what);
  const own = (x: Decimal) => figure(x.toDecimalPlaces(FIGURE_DECIMALS, Precise.ROUND_FLOOR), what);
  const sided = { long: own(gain.long), short: own(gain.short) };
  return isLinear(sided) ? sided.long : sided;
}

/** Text of a rate or notional: rounded up at 18 decimals. @throws MarginproofError MODEL_INPUT when negative */
export function rateText(rate: Decimal, what: Subject): string {
  if (rate.lt(0)) throw modelError("MODEL_INPUT", saying(what, `: ${rate.toFixed()} must not be negative`));
  return figure(rate.toDecimalPlaces(FIGURE_DECIMALS, Precise.ROUND_CEIL), what);
}

function figure(x: Decimal, what: Subject): string {
  if (x.abs().gte(LARGEST))
    throw modelError(
      "MODEL_INPUT",
      saying(what, `: ${x.toPrecision(6)} has more than 21 digits before the point`),
    );
  return x.isZero() ? "0" : x.toFixed();
}

/** A tier of a charge: `rate` on the part of the notional above `notionalFloor`, as in a market file. */
export interface ChargeTier {
  readonly notionalFloor: Amount;
  readonly rate: Amount;
}

/**
 * Brackets of a market file from tiers; rates times `factor`, rounded up.
 * @throws MarginproofError MODEL_INPUT unless they begin at 0
 */
export function brackets(tiers: readonly ChargeTier[], factor: Amount, what: Subject) {
  const scale = nonNegativeAmount(factor, saying(what, ": factor"));
  if (
    tiers[0] === undefined ||
    !nonNegativeAmount(tiers[0].notionalFloor, saying(what, ": notionalFloor")).isZero()
  ) {
    throw modelError("MODEL_INPUT", saying(what, `: tiers must begin at a notionalFloor of "0"`));
  }
  return tiers.map((t) => ({
    notionalFloor: rateText(nonNegativeAmount(t.notionalFloor, saying(what, ": notionalFloor")), what),
    rate: rateText(nonNegativeAmount(t.rate, saying(what, ": rate")).times(scale), what),
  }));
}

/** One group's scenarios with the exact gains of those that belong to it. */
export interface ExactGroup {
  readonly name: string;
  /** The group before it that it is a part of: what its members gain in a scenario counts there where that is a loss. */
  readonly within?: string;
  readonly scenarios: readonly string[];
  /** Instrument symbol to its gains, one a scenario. */
  readonly gains: ReadonlyMap<string, readonly ExactGain[]>;
}

/** Linear charges of an instrument, already as text. */
export interface ExactFigures {
  readonly symbol: string;
  readonly notional: Decimal;
  readonly maintenance?: RequirementJson;
  readonly initial?: RequirementJson;
}

/**
 * Rounds a model's exact figures into its table. Groups that nothing gains or loses in are left out.
 * @throws MarginproofError MODEL_NO_SCENARIOS, MODEL_DUPLICATE_SCENARIO, MODEL_INPUT
 */
export function modelTable(
  groups: readonly ExactGroup[],
  figures: readonly ExactFigures[],
  initialFactorBp: number,
): ModelTable {
  if (!(initialFactorBp >= 10_000)) {
    const problem = `initial factor of ${initialFactorBp / 10_000}: an initial requirement is never below maintenance`;
    throw modelError("MODEL_INPUT", unnamed(problem));
  }
  assertDistinct(
    groups.map((g) => g.name),
    "group",
  );
  assertDistinct(
    figures.map((f) => f.symbol),
    "instrument",
  );
  for (const group of groups) assertScenarios(group.name, group.scenarios);
  const moves = (g: ExactGroup) => [...g.gains.values()].some((gains) => !gains.every(isZero));
  const used = groups.filter((g) => moves(g) || groups.some((part) => part.within === g.name && moves(part)));
  const perInstrument = new Map<string, InstrumentFigures>();
  for (const { symbol, notional, ...charges } of figures) {
    const scenarioGains: Record<string, Gain[]> = {};
    for (const group of used) {
      const gains = group.gains.get(symbol);
      if (gains === undefined || gains.every(isZero)) continue;
      scenarioGains[group.name] = gains.map((x, s) =>
        gainEntry(x, ofInstrument(symbol, `, scenario ${group.scenarios[s]}`)),
      );
    }
    perInstrument.set(symbol, {
      scenarioGains,
      ...charges,
      notional: rateText(notional, ofInstrument(symbol, ": notional")),
    });
  }
  return {
    groups: used.map(({ name, within, scenarios }) => ({
      name,
      ...(within === undefined ? {} : { within }),
      scenarios: [...scenarios],
    })),
    perInstrument,
    initialFactorBp,
  };
}

function assertDistinct(names: readonly string[], what: string): void {
  const twice = names.find((name, k) => names.indexOf(name) !== k);
  if (twice !== undefined) throw modelError("MODEL_INPUT", unnamed(`two ${what}s are called ${twice}`));
}
