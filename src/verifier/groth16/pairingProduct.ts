import { bn254 } from "@noble/curves/bn254.js";
import { Fp12, type Fp12Element, type G1Point, type PairingLines } from "./curve.js";

/** One factor e(g1, g2) of a product; the G2 point is given by its lines. */
export interface PairingTerm {
  readonly g1: G1Point;
  readonly lines: PairingLines;
}

/**
 * The product of the pairings: one Miller loop for all, one final exponentiation. e(O, Q) = 1.
 * @param loops the Miller loops of further pairings
 */
export function pairingProduct(terms: readonly PairingTerm[], loops?: Fp12Element): Fp12Element {
  const pairs: [PairingLines, bigint, bigint][] = [];
  for (const { g1, lines } of terms) {
    if (g1.is0()) continue;
    const { x, y } = g1.toAffine();
    pairs.push([lines, x, y]);
  }
  const all = bn254.millerLoopBatch(pairs);
  return Fp12.finalExponentiate(loops === undefined ? all : Fp12.mul(all, loops));
}
