import { NAME_PATTERN } from "../market/namePatterns.js";
import {
  type Amount,
  amount,
  type Decimal,
  modelError,
  nonNegativeAmount,
  ofModel,
  Precise,
  positiveAmount,
  unnamed,
} from "./precise.js";

/** How a scenario changes an implied volatility v of an option with D days to expiry. Never below 0. */
export type VolShift =
  /** v + amount ("0.1": ten volatility points). */
  | { readonly kind: "absolute"; readonly amount: Amount }
  /** v * (1 + factor). */
  | { readonly kind: "multiplicative"; readonly factor: Amount }
  /**
   * v + max(v, least) * factor * (referenceDays / max(D, floorDays))^power, with `shortPower` up to referenceDays and
   * `longPower` beyond: the shock falls with time to expiry. `least` (default 0) applies only to a positive factor.
   */
  | {
      readonly kind: "byExpiry";
      readonly factor: Amount;
      readonly referenceDays: Amount;
      readonly shortPower: Amount;
      readonly longPower: Amount;
      readonly floorDays: Amount;
      readonly least?: Amount;
    };

/** One cell of a grid. */
export interface Scenario {
  /** Unique in its group, 1 to 80 visible ASCII characters. */
  readonly name: string;
  /** Relative move of the underlying: "-0.16". */
  readonly priceMove: Amount;
  /** Move that everything but options is given. Default: `priceMove`. */
  readonly linearMove?: Amount;
  /** Default: no change. */
  readonly volShift?: VolShift;
  /** Days that pass before options are revalued. Default 0. */
  readonly daysForward?: Amount;
  /** Share of the gain or loss that counts. Default 1. */
  readonly weight?: Amount;
}

/** Volatility of an option in a scenario. @throws MarginproofError MODEL_INPUT */
export function shiftedVolatility(volatility: Decimal, days: Decimal, shift: VolShift | undefined): Decimal {
  if (shift === undefined) return volatility;
  if (shift.kind === "absolute")
    return Precise.max(0, volatility.plus(amount(shift.amount, unnamed("volatility shift"))));
  const factor = amount(shift.factor, unnamed("volatility factor"));
  if (shift.kind === "multiplicative") return Precise.max(0, volatility.plus(volatility.times(factor)));
  const reference = positiveAmount(shift.referenceDays, ofModel("referenceDays"));
  const floored = Precise.max(days, positiveAmount(shift.floorDays, ofModel("floorDays")));
  const power = amount(floored.lte(reference) ? shift.shortPower : shift.longPower, unnamed("vega power"));
  const least = factor.gt(0)
    ? nonNegativeAmount(shift.least ?? "0", unnamed("least volatility"))
    : new Precise(0);
  const shock = Precise.max(volatility, least).times(factor).times(reference.div(floored).pow(power));
  return Precise.max(0, volatility.plus(shock));
}

/** All pairs of a price move and a volatility shift, price by price, named "-16% vol up". */
export function grid(
  priceMoves: readonly Amount[],
  volShifts: readonly { readonly name: string; readonly shift?: VolShift }[],
  weight?: Amount,
): Scenario[] {
  return priceMoves.flatMap((priceMove) =>
    volShifts.map(({ name, shift }) => ({
      name: `${percent(priceMove)} ${name}`,
      priceMove,
      ...(shift === undefined ? {} : { volShift: shift }),
      ...(weight === undefined ? {} : { weight }),
    })),
  );
}

/** "+5.33%": at most two decimals. */
export function percent(move: Amount): string {
  const x = amount(move, unnamed("price move")).times(100).toDecimalPlaces(2);
  return `${x.gt(0) ? "+" : ""}${x.toFixed()}%`;
}

/** Most scenarios that a market file takes in one group. */
const MOST_SCENARIOS = 128;

/** @throws MarginproofError MODEL_NO_SCENARIOS, MODEL_DUPLICATE_SCENARIO or MODEL_INPUT naming the group */
export function assertScenarios(group: string, names: readonly string[]): void {
  if (names.length === 0) {
    throw modelError(
      "MODEL_NO_SCENARIOS",
      unnamed(`group ${group} has no scenarios`),
      "a group without scenarios requires nothing: give it one, or leave it out",
    );
  }
  if (names.length > MOST_SCENARIOS) {
    throw modelError(
      "MODEL_INPUT",
      unnamed(`group ${group} has ${names.length} scenarios; at most ${MOST_SCENARIOS} fit`),
    );
  }
  const seen = new Set<string>();
  for (const name of names) {
    if (!NAME_PATTERN.test(name))
      throw modelError(
        "MODEL_INPUT",
        unnamed(`group ${group}: "${name.slice(0, 80)}" is not a scenario name`),
      );
    if (seen.has(name))
      throw modelError(
        "MODEL_DUPLICATE_SCENARIO",
        unnamed(`group ${group} has two scenarios called "${name}"`),
        "give each its own name",
      );
    seen.add(name);
  }
}
