import { optionValue, yearsOf } from "./black76.js";
import {
  coinsOf,
  daysOf,
  type InverseInstrument,
  type ModelInstrument,
  notionalOf,
  type OptionInstrument,
  termsOf,
} from "./instrument.js";
import {
  amount,
  type Decimal,
  modelError,
  nonNegativeAmount,
  ofInstrument,
  Precise,
  positiveAmount,
  unnamed,
} from "./precise.js";
import { type Scenario, shiftedVolatility } from "./scenarioGrid.js";

/**
 * Gain of one long unit in a scenario, quote currency, weight included. Linear in the quantity, so an account's gain is
 * the sum over what it holds. With x the move:
 *
 *     linear           |mark| * x
 *     inverse          coins * x / (1 + x) * index        (coins = contractValue / mark, or 1)
 *     option           V(F (1 + x), vol') - V(F, vol)     in quote currency
 *     option in coin   (V(F (1 + x), vol') / (F (1 + x)) - V(F, vol) / F) * index
 *
 * Coins count at today's index: the requirement is the coin requirement, in today's quote currency.
 * @throws MarginproofError OPTION_VOLATILITY, OPTION_EXPIRED, MODEL_INPUT naming the instrument
 */
export function revalue(i: ModelInstrument, scenario: Scenario): Decimal {
  return revalueAll(i, [scenario])[0]!;
}

/** `revalue` in every scenario; an option's value today is computed once. */
export function revalueAll(i: ModelInstrument, scenarios: readonly Scenario[]): Decimal[] {
  const gain = i.kind === "option" ? optionGain(i) : (scenario: Scenario) => linearGain(i, scenario);
  return scenarios.map((scenario) => {
    const weight = nonNegativeAmount(scenario.weight ?? "1", unnamed(`scenario ${scenario.name}: weight`));
    return gain(scenario).times(weight);
  });
}

function linearGain(i: Exclude<ModelInstrument, OptionInstrument>, scenario: Scenario): Decimal {
  const move = checkedMove(scenario.linearMove ?? scenario.priceMove, i, scenario);
  // A move is a share of the price's size: what is below 0 falls further when it falls.
  if (i.kind === "linear") return notionalOf(i).times(move);
  return inverseCoinGain(i, move).times(positiveAmount(i.index, ofInstrument(i.symbol, ": index")));
}

/** Gain in coins of one long unit of an inverse contract: coins * x / (1 + x). */
export function inverseCoinGain(i: InverseInstrument, move: Decimal): Decimal {
  if (move.lte(-1))
    throw modelError(
      "MODEL_INPUT",
      ofInstrument(i.symbol, ": an inverse contract's loss is unbounded when its price falls to 0"),
    );
  return coinsOf(i).times(move).div(move.plus(1));
}

function optionGain(i: OptionInstrument): (scenario: Scenario) => Decimal {
  const before = termsOf(i);
  const days = daysOf(i);
  const today = optionValue(before);
  return (scenario) => {
    const move = checkedMove(scenario.priceMove, i, scenario);
    const passed = nonNegativeAmount(
      scenario.daysForward ?? "0",
      unnamed(`scenario ${scenario.name}: daysForward`),
    );
    const forward = before.forward.times(move.plus(1));
    const volatility = shiftedVolatility(before.volatility, days, scenario.volShift);
    const years = yearsOf(Precise.max(0, days.minus(passed)));
    const value = optionValue({ ...before, forward, volatility, years });
    if (i.index === undefined) return value.minus(today);
    if (forward.isZero()) {
      const problem = "an option settled in coin has no value when the coin's price is 0";
      throw modelError("MODEL_INPUT", ofInstrument(i.symbol, `: ${problem}`));
    }
    const coins = value.div(forward).minus(today.div(before.forward));
    return coins.times(positiveAmount(i.index, ofInstrument(i.symbol, ": index")));
  };
}

function checkedMove(text: Scenario["priceMove"], i: ModelInstrument, scenario: Scenario): Decimal {
  const move = amount(text, unnamed(`scenario ${scenario.name}: price move`));
  if (move.gte(-1)) return move;
  throw modelError(
    "MODEL_INPUT",
    ofInstrument(i.symbol, `, scenario ${scenario.name}: a price can't fall by more than 100%`),
  );
}
