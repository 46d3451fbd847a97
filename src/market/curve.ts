import { add, ceilQuotient, type Decimal, decimal, multiply, subtract, ZERO } from "../decimal/decimal.js";
import { MAX_QUANTITY } from "../protocol/constants.js";

/**
 * One piece of a requirement, exact: for absolute quantities from `from` (in steps) to the next piece,
 * `requirement(|q|) = perStep * |q| - offset`, in quote currency.
 */
export interface Piece {
  readonly from: bigint;
  readonly perStep: Decimal;
  readonly offset: Decimal;
}

/** Pieces in order, the first from 0; continuous and convex. */
export type Curve = readonly Piece[];

export interface Tier {
  readonly floor: string;
  readonly rate: string;
}

export const NO_REQUIREMENT: Curve = [{ from: 0n, perStep: ZERO, offset: ZERO }];

/**
 * Tiered requirement on a notional N = |q| * valuePerStep (quote currency per step):
 * `N * rate_k - cum_k`, `cum_k = sum_(j <= k) floor_j * (rate_j - rate_(j-1))` (Binance USD-M).
 *
 * A piece begins at the smallest whole quantity whose notional reaches its floor; the two formulas agree at the
 * floor, so it does not matter which side an edge belongs to. Pieces no quantity falls into are left out.
 */
export function tierCurve(tiers: readonly Tier[], valuePerStep: Decimal): Curve {
  const pieces: Piece[] = [];
  let offset = ZERO;
  let previousRate = ZERO;
  for (const tier of tiers) {
    const floor = decimal(tier.floor);
    const rate = decimal(tier.rate);
    if (floor.coefficient > 0n && valuePerStep.coefficient === 0n) break;
    const from = floor.coefficient === 0n ? 0n : ceilQuotient(floor, valuePerStep);
    if (from > MAX_QUANTITY) break;
    offset = add(offset, multiply(floor, subtract(rate, previousRate)));
    previousRate = rate;
    if (pieces.at(-1)?.from === from) pieces.pop();
    pieces.push({ from, perStep: multiply(rate, valuePerStep), offset });
  }
  return pieces;
}

/** The piece that holds a quantity. */
export function pieceAt(curve: Curve, quantity: bigint): Piece {
  let k = curve.length - 1;
  while (curve[k]!.from > quantity) k--;
  return curve[k]!;
}

/** All the quantities at which one of the curves changes, in order, 0 first. */
export function edgesOf(curves: readonly Curve[]): bigint[] {
  const edges = new Set<bigint>([0n]);
  for (const curve of curves) for (const piece of curve) edges.add(piece.from);
  return [...edges].sort((a, b) => Number(a - b));
}

/** Sum of curves: a piece wherever one of them changes. */
export function addCurves(curves: readonly Curve[]): Curve {
  return edgesOf(curves).map((from) => {
    let perStep = ZERO;
    let offset = ZERO;
    for (const curve of curves) {
      const piece = pieceAt(curve, from);
      perStep = add(perStep, piece.perStep);
      offset = add(offset, piece.offset);
    }
    return { from, perStep, offset };
  });
}

/** Exact requirement of an absolute quantity, in quote currency. */
export function requirementAt(piece: Piece, quantity: bigint): Decimal {
  return subtract(multiply(piece.perStep, { coefficient: quantity, scale: 0 }), piece.offset);
}
