import {
  absolute,
  compare,
  type Decimal,
  decimal,
  decimalText,
  multiply,
  subtract,
} from "../decimal/decimal.js";
import { addCurves, type Curve, edgesOf, NO_REQUIREMENT, type Piece, pieceAt, tierCurve } from "./curve.js";
import type { MarketInstrument, Requirement, Side } from "./marketFile.js";

/** One bracket of a lane before rounding: both requirements from quantity `from` on. */
export interface ExactBracket {
  readonly from: bigint;
  readonly maintenance: Piece;
  readonly initial: Piece;
}

/** Quote currency that one unit's notional counts: an option's `notionalPrice`, else |markPrice|. */
export function notionalPrice(i: {
  readonly markPrice: string;
  readonly notionalPrice?: string | undefined;
}): Decimal {
  return i.notionalPrice === undefined ? absolute(decimal(i.markPrice)) : decimal(i.notionalPrice);
}

/** Notional of one step, quote currency. */
export function notionalPerStep(i: MarketInstrument): Decimal {
  return multiply(decimal(i.quantityStep), notionalPrice(i));
}

/**
 * The brackets of one lane: wherever the maintenance or the initial requirement changes.
 * Both take what a haircut leaves uncounted (long) or the borrow charge (short) on top of their own brackets.
 */
export function laneBrackets(i: MarketInstrument, side: Side): ExactBracket[] {
  const asset = assetCharge(i, side);
  const maintenance = addCurves([statedCurve(i, i.maintenance, side), asset]);
  const initial = i.initial === undefined ? maintenance : addCurves([statedCurve(i, i.initial, side), asset]);
  const brackets: ExactBracket[] = [];
  for (const from of edgesOf([maintenance, initial])) {
    const bracket = { from, maintenance: pieceAt(maintenance, from), initial: pieceAt(initial, from) };
    const last = brackets.at(-1);
    if (last && sameLine(last.maintenance, bracket.maintenance) && sameLine(last.initial, bracket.initial))
      continue;
    brackets.push(bracket);
  }
  return brackets;
}

function sameLine(x: Piece, y: Piece): boolean {
  return compare(x.perStep, y.perStep) === 0 && compare(x.offset, y.offset) === 0;
}

function statedCurve(i: MarketInstrument, requirement: Requirement | undefined, side: Side): Curve {
  if (requirement === undefined) return NO_REQUIREMENT;
  const own =
    requirement.long !== undefined || requirement.short !== undefined ? requirement[side] : requirement;
  if (own === undefined) return NO_REQUIREMENT;
  const perStep = notionalPerStep(i);
  const curves: Curve[] = [NO_REQUIREMENT];
  if (own.brackets) {
    const tiers = own.brackets.map((t) => ({ floor: t.notionalFloor, rate: t.rate }));
    curves.push(tierCurve(tiers, perStep));
  }
  if (own.liquidationFeeRate) curves.push(tierCurve([{ floor: "0", rate: own.liquidationFeeRate }], perStep));
  return addCurves(curves);
}

/** Haircut of a long asset: 1 - ratio of the marginal value. Borrow charge of a short one. */
function assetCharge(i: MarketInstrument, side: Side): Curve {
  const valuePerStep = multiply(decimal(i.quantityStep), absolute(decimal(i.markPrice)));
  if (side === "long" && i.haircut) {
    const one = decimal("1");
    const tiers = i.haircut.map((t) => ({
      floor: t.valueFloor,
      rate: decimalText(subtract(one, decimal(t.ratio))),
    }));
    return tierCurve(tiers, valuePerStep);
  }
  if (side === "short" && i.borrowRate !== undefined) {
    const tiers = typeof i.borrowRate === "string" ? [{ valueFloor: "0", rate: i.borrowRate }] : i.borrowRate;
    return tierCurve(
      tiers.map((t) => ({ floor: t.valueFloor, rate: t.rate })),
      valuePerStep,
    );
  }
  return NO_REQUIREMENT;
}
