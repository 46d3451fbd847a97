import {
  type Decimal,
  decimal,
  decimalText,
  floorQuotient,
  integer,
  multiply,
  powerOfTen,
} from "../decimal/decimal.js";
import { VALUE_BOUND } from "../protocol/constants.js";
import type { Market, MarketInstrument } from "./marketFile.js";
import { fitsUnits, unitTick } from "./unitTick.js";

/** Decimals of a market file's figures. */
const FINEST = 18;

/** What a step of an instrument is worth in quote currency. */
const worthOf = (i: MarketInstrument): Decimal => multiply(decimal(i.quantityStep), decimal(i.markPrice));

/**
 * All that a price which is no whole number of value units can be mended by, with the figures: what to round the price to, a
 * larger step, or the unit that takes every price of the market and how much an account may be worth in it.
 */
export function unitChoices(market: Market, i: MarketInstrument): string {
  const tick = unitTick(market.valueUnit, i.quantityStep);
  const step = largerStep(market, i);
  const finer = finerUnit(market);
  const choices = [
    ...(tick === undefined ? [] : [`a mark price that is a multiple of ${tick}`]),
    ...(step === undefined ? [] : [`a quantityStep of ${step}`]),
    ...(finer === undefined
      ? []
      : [
          `valueUnit ${finer.unit}, in which no account may be worth more than ${finer.most} ${market.quote}`,
        ]),
  ];
  return choices.length === 0 ? "give the price fewer decimals" : `choose one: ${choices.join("; ")}`;
}

function largerStep(
  { valueUnit }: Market,
  { quantityStep, markPrice }: MarketInstrument,
): string | undefined {
  for (let k = 1; k <= FINEST; k++) {
    const step = decimalText(multiply(decimal(quantityStep), integer(powerOfTen(k))));
    if (fitsUnits(decimal(markPrice), valueUnit, step)) return step;
  }
  return undefined;
}

const finest = new WeakMap<Market, number>();

/** The coarsest decimal unit of which every price of the market is a whole number. */
function finerUnit(market: Market): { readonly unit: string; readonly most: string } | undefined {
  const scale = finest.get(market) ?? Math.max(...market.instruments.map((i) => decimalsOf(worthOf(i))));
  finest.set(market, scale);
  if (scale > FINEST) return undefined;
  const unit = { coefficient: 1n, scale };
  const most = floorQuotient(multiply(integer(VALUE_BOUND), unit), integer(1n));
  return { unit: decimalText(unit), most: String(most) };
}

const decimalsOf = (x: Decimal): number => decimalText(x).split(".")[1]?.length ?? 0;
